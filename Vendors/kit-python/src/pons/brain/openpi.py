"""A policy server that speaks openpi's protocol (websocket, msgpack with numpy arrays), with the contract it lacks added here.

That protocol says neither which joint an action moves, nor in which unit, nor how long an answer may be used. The mapping says
the first two, `Brain` stamps and expires what comes. Arrays are read from their bytes, shape and type; nothing is unpickled,
and a traceback in place of an answer is a failure of the server, told by its last line only.
"""
from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from ..client.session import ProtocolError
from .brain import Observation
from .mapping import Mapping
from .pictures import Picture

_FORMATS = {"<f4": "f", "<f8": "d", "float32": "f", "float64": "d"}
MOST_VALUES = 1 << 20


def _array(kind: str, shape: Sequence[int], data: bytes) -> dict[bytes, Any]:
    """As openpi's own client writes an array."""
    return {b"__ndarray__": True, b"data": data, b"dtype": kind, b"shape": list(shape)}


def pack_row(values: Sequence[float]) -> dict[bytes, Any]:
    """One row of single-precision numbers."""
    return _array("<f4", [len(values)], struct.pack(f"<{len(values)}f", *values))


def pack_picture(picture: Picture) -> dict[bytes, Any]:
    """Height × width × 3."""
    return _array("|u1", [picture.height, picture.width, 3], picture.rgb)


def unpack_rows(array: Any) -> list[list[float]]:
    """A two-dimensional array of numbers; raises `ProtocolError` for anything else."""
    if not isinstance(array, dict):
        raise ProtocolError(f"actions are {type(array).__name__}, not an array")
    found = {(key.decode() if isinstance(key, bytes) else key): value for key, value in array.items()}
    kind = found.get("dtype", found.get("type"))
    kind = kind.decode() if isinstance(kind, bytes) else kind
    shape, data = found.get("shape"), found.get("data")
    if kind not in _FORMATS or not isinstance(shape, (list, tuple)) or len(shape) != 2 or not isinstance(data, bytes):
        raise ProtocolError(f"actions of type {kind!r} and shape {shape!r}; wanted float32 or float64, steps × joints")
    rows, columns = (int(size) for size in shape)
    code = _FORMATS[kind]
    if not 0 < rows * columns <= MOST_VALUES or len(data) != rows * columns * struct.calcsize(code):
        raise ProtocolError(f"{len(data)} bytes where {rows} × {columns} numbers should be")
    values = struct.unpack(f"<{rows * columns}{code}", data)
    return [list(values[row * columns:(row + 1) * columns]) for row in range(rows)]


class OpenPi:
    """Asks an openpi policy server; joints that its mapping does not name stay where they are."""

    def __init__(self, uri: str, mapping: Mapping):
        self.uri, self.mapping, self.step_ns, self.cameras = uri, mapping, mapping.step_ns, mapping.cameras
        self._socket: Any = None
        self.metadata: Any = None

    def reset(self) -> None:
        """The server keeps no plan of its own between two answers."""

    async def infer(self, observation: Observation) -> list[list[float]]:
        import msgpack
        state = self.mapping.state(observation)
        question: dict[str, Any] = {name: pack_picture(picture) for name, picture in observation.pictures.items()}
        question |= {self.mapping.state_key: pack_row(state), "prompt": self.mapping.prompt}
        answer = await self._ask(msgpack.packb(question), msgpack)
        return self.mapping.rows(observation, unpack_rows(answer.get("actions", answer.get(b"actions"))))

    async def _ask(self, question: bytes, msgpack: Any) -> dict[Any, Any]:
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException
        try:
            if self._socket is None:
                self._socket = await connect(self.uri, max_size=16 << 20, compression=None)
                self.metadata = msgpack.unpackb(await self._socket.recv())
            await self._socket.send(question)
            answer = await self._socket.recv()
        except (OSError, WebSocketException) as error:
            self._socket = None
            raise ProtocolError(f"the policy server at {self.uri}: {error}") from error
        if isinstance(answer, str):
            raise ProtocolError(f"the policy server failed: {answer.strip().splitlines()[-1] if answer.strip() else 'no reason'}")
        found = msgpack.unpackb(answer)
        if not isinstance(found, dict):
            raise ProtocolError("the policy server answered with something else than a map")
        return found
