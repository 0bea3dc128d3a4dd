"""A policy server that speaks LeRobot's protocol (gRPC, async inference), with the contract it lacks added here.

That protocol says neither in which unit an action is nor how long it may be used, and its messages are pickles. What is sent is
written as pickle; of what comes only numbers are read: lists of timed actions with tensors of one dimension. Any other name
in a pickle is refused before anything of it is called (SEC-06). The server's own clock and step are checked against the mapping:
actions that were meant for another observation, or for steps of another length, move nothing.
"""
from __future__ import annotations

import io
import pickle
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from ..client.session import ProtocolError
from .brain import Observation
from .mapping import Mapping
from .pictures import Picture

_HELPERS = "lerobot.async_inference.helpers"
_SERVICE = "/transport.AsyncInference/"
_MOST_BYTES = 4 << 20
#: Of a piece of an observation, as LeRobot's own client cuts them.
_PIECE_BYTES = 2 << 20
_BEGIN, _MIDDLE, _END = 1, 2, 3
#: How far a step may be from the mapping's, as a share: more is another rate, and no rounding.
_STEP_TOLERANCE = 0.02


def _messages() -> dict[str, Any]:
    """The messages of `transport.AsyncInference`: bytes, and of a piece what part of the whole it is."""
    file = descriptor_pb2.FileDescriptorProto(name="pons/lerobot_transport.proto", package="transport", syntax="proto3")
    field = descriptor_pb2.FieldDescriptorProto
    for name, fields in (("Observation", ("transfer_state", "data")), ("Actions", ("data",)), ("PolicySetup", ("data",)), ("Empty", ())):
        message = file.message_type.add(name=name)
        for number, field_name in enumerate(fields, 1):
            # The state is an enumeration there: the same bytes.
            kind = field.TYPE_BYTES if field_name == "data" else field.TYPE_INT32
            message.field.add(name=field_name, number=number, type=kind, label=field.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"transport.{name}"))
            for name in ("Observation", "Actions", "PolicySetup", "Empty")}


MESSAGES = _messages()


# MARK: What is sent

class _Writer(pickle._Pickler):  # the one of C asks for numpy to be installed
    """Writes pictures as arrays of numpy's: `numpy.ndarray(shape, "uint8", bytes)`, which every version of it reads."""

    dispatch = dict(pickle._Pickler.dispatch)

    def _picture(self, picture: Picture) -> None:
        self.write(b"cnumpy\nndarray\n")
        self.save(((picture.height, picture.width, 3), "uint8", picture.rgb))
        self.write(b"R")

    dispatch[Picture] = _picture


def pickled(name: str, fields: dict[str, Any]) -> bytes:
    """An object of LeRobot's, which need not be installed here: its class by name, and its fields."""
    file = io.BytesIO()
    _Writer(file, protocol=3).dump(fields)
    # PROTO 3, GLOBAL, EMPTY_TUPLE, NEWOBJ, the fields without their own beginning and end, BUILD, STOP.
    return b"\x80\x03c" + f"{_HELPERS}\n{name}\n".encode() + b")\x81" + file.getvalue()[2:-1] + b"b."


def pieces(data: bytes) -> Iterator[Any]:
    """A message cut as LeRobot's own client cuts it; the last piece ends it, even where it is the first."""
    for start in range(0, len(data), _PIECE_BYTES):
        state = _END if start + _PIECE_BYTES >= len(data) else _BEGIN if start == 0 else _MIDDLE
        yield MESSAGES["Observation"](transfer_state=state, data=data[start:start + _PIECE_BYTES])


# MARK: What comes

class TimedAction:
    """An action as the server has timed it, in its wall clock's seconds."""

    timestamp: float
    timestep: int
    action: Any


_NUMBERS = {"FloatStorage": ("f", 4), "DoubleStorage": ("d", 8)}


class _Reader(pickle.Unpickler):
    """Reads a pickle of numbers. Whatever else it names is refused, and nothing of it is run."""

    def __init__(self, file: io.BytesIO, storages: dict[str, tuple[str, int]] | None = None):
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        allowed: dict[tuple[str, str], Callable[..., Any] | type | str] = {
            (_HELPERS, "TimedAction"): TimedAction, ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor, ("torch.storage", "_load_from_bytes"): _storage,
        }
        if self._storages is not None and module == "torch" and name in _NUMBERS:
            return name
        if (module, name) not in allowed:
            raise ProtocolError(f"the policy server's answer names {module}.{name}, which is no number; nothing of it was used")
        return allowed[module, name]

    def persistent_load(self, key: Any) -> Any:
        if self._storages is None or not isinstance(key, tuple) or len(key) < 5 or key[0] != "storage" or key[1] not in _NUMBERS:
            raise ProtocolError("the policy server's answer has a tensor of something else than floats")
        self._storages[key[2]] = (key[1], int(key[4]))
        return key[2]


def _storage(data: Any) -> list[float]:
    """Numbers of a tensor, in the format in which torch writes them into pickles."""
    storages: dict[str, tuple[str, int]] = {}
    file = io.BytesIO(data)
    # A magic number, a version, facts about the machine, the storage by its key, all keys; then the bytes of each.
    parts = [_Reader(file, storages).load() for _ in range(5)]
    key = parts[3]
    if parts[0] != 0x1950A86A20F9469CFC6C or parts[1] != 1001 or parts[4] != [key] or key not in storages:
        raise ProtocolError("the policy server's answer has a tensor in a format that is not known here")
    kind, count = storages[key]
    code, size = _NUMBERS[kind]
    body = file.read()
    if len(body) != 8 + count * size or struct.unpack("<q", body[:8])[0] != count:
        raise ProtocolError(f"{len(body)} bytes where {count} numbers of a tensor should be")
    return list(struct.unpack(f"<{count}{code}", body[8:]))


def _tensor(storage: list[float], offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> list[float]:
    """A row of a tensor."""
    if len(size) != 1 or len(stride) != 1 or offset < 0 or size[0] < 0 or stride[0] < 1:
        raise ProtocolError(f"an action of shape {tuple(size)!r}; wanted one dimension")
    row = storage[offset:offset + size[0] * stride[0]:stride[0]]
    if len(row) != size[0]:
        raise ProtocolError(f"an action of {size[0]} numbers, of which {len(row)} came")
    return row


def actions_in(data: bytes) -> list[TimedAction]:
    """The timed actions of an answer; raises `ProtocolError` for anything else."""
    try:
        found = _Reader(io.BytesIO(data)).load()
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"the policy server's answer can't be read: {type(error).__name__}: {error}") from error
    if not isinstance(found, list) or not found or not all(isinstance(action, TimedAction) for action in found):
        raise ProtocolError("the policy server's answer is no list of timed actions")
    for action in found:
        fields = vars(action)
        if not (isinstance(fields.get("timestamp"), float) and isinstance(fields.get("timestep"), int)
                and isinstance(fields.get("action"), list)):
            raise ProtocolError("an action of the policy server lacks its time, its number or its values")
    return found


# MARK: Policy

class LeRobot:
    """Asks LeRobot's policy server; joints that its mapping does not name stay where they are."""

    def __init__(self, address: str, mapping: Mapping):
        self.address, self.mapping, self.step_ns, self.cameras = address, mapping, mapping.step_ns, mapping.cameras
        self._channel: Any = None
        self._timestep = 0
        self._is_ready = False

    def reset(self) -> None:
        """The next question is a new beginning: the server forgets what it was asked."""
        self._is_ready = False

    async def infer(self, observation: Observation) -> list[list[float]]:
        import grpc
        state = dict(zip(self._names, self.mapping.state(observation)))
        asked_s = time.time()
        try:
            if not self._is_ready:
                await self._begin(observation)
            self._timestep += 1
            question = pickled("TimedObservation", {
                "timestamp": asked_s, "timestep": self._timestep, "must_go": True,
                "observation": state | dict(observation.pictures) | {"task": self.mapping.prompt}})
            await self._method("SendObservations", "Observation", "Empty", is_stream=True)(pieces(question))
            answer = await self._method("GetActions", "Empty", "Actions")(MESSAGES["Empty"]())
        except grpc.RpcError as error:
            self._is_ready = False
            reason = error.details() if isinstance(error, grpc.aio.AioRpcError) else str(error)
            raise ProtocolError(f"the policy server at {self.address}: {reason}") from error
        if not answer.data:
            raise ProtocolError("the policy server has no actions for this observation")
        actions = actions_in(answer.data)
        self._check(actions)
        return self.mapping.rows(observation, [action.action for action in actions])

    @property
    def _names(self) -> list[str]:
        """As LeRobot names a joint's position."""
        return [f"{joint}.pos" for joint in self.mapping.joints]

    async def _begin(self, observation: Observation) -> None:
        await self._method("Ready", "Empty", "Empty")(MESSAGES["Empty"]())
        features = {"observation.state": {"dtype": "float32", "shape": (len(self._names),), "names": self._names}}
        for name, picture in observation.pictures.items():
            features[f"observation.images.{name}"] = {
                "dtype": "image", "shape": (picture.height, picture.width, 3), "names": ["height", "width", "channels"]}
        setup = pickled("RemotePolicyConfig", {
            "policy_type": self.mapping.policy, "pretrained_name_or_path": self.mapping.checkpoint, "lerobot_features": features,
            "actions_per_chunk": self.mapping.most_steps, "device": self.mapping.device, "rename_map": {}})
        await self._method("SendPolicyInstructions", "PolicySetup", "Empty")(MESSAGES["PolicySetup"](data=setup))
        self._is_ready = True

    def _check(self, actions: list[TimedAction]) -> None:
        """An answer is for the observation that was asked about, and its steps are as far apart as the mapping says."""
        if actions[0].timestep != self._timestep:
            raise ProtocolError(f"actions for observation {actions[0].timestep}, asked was {self._timestep}")
        step_s = self.step_ns / 1e9
        for earlier, later in zip(actions, actions[1:]):
            apart = later.timestamp - earlier.timestamp
            if abs(apart - step_s) > _STEP_TOLERANCE * step_s or later.timestep != earlier.timestep + 1:
                raise ProtocolError(f"steps {apart * 1000:.1f} ms apart, the mapping says {step_s * 1000:g} ms: one of them is wrong")

    def _method(self, name: str, question: str, answer: str, *, is_stream: bool = False) -> Callable[[Any], Any]:
        import grpc
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(self.address, options=[("grpc.max_receive_message_length", _MOST_BYTES)])
        make = self._channel.stream_unary if is_stream else self._channel.unary_unary
        call = make(_SERVICE + name, request_serializer=MESSAGES[question].SerializeToString,
                    response_deserializer=MESSAGES[answer].FromString)
        return lambda request: call(request, timeout=10)
