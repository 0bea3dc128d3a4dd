"""A robot to talk to, whoever built it: `async with await connect(url, keys=…) as robot`.

Nothing here knows a vendor. What the robot is comes from its descriptor; what it refuses comes as `Refused`.
"""
from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .. import schema
from ..schema import AckOutcome, AuthorityAction, PowerAction, RejectReason, Role, SafetyState, StopKind
from .session import ClientSession, ProtocolError

MS = 1_000_000
_ANSWER_S = 2.0


class Refused(Exception):
    """The robot refused: `reason` (RejectReason), `path` of the field, `limit` in the field's unit."""

    def __init__(self, what: str, reason: int, path: str = "", limit: float | None = None, blocking: Sequence[str] = ()):
        self.what, self.reason, self.path, self.limit = what, RejectReason(reason), path, limit
        self.blocking = list(blocking)
        where = f" at {path}" if path else ""
        bound = f", limit {limit:g}" if limit is not None else ""
        way = f"; in the way: {', '.join(blocking)}" if blocking else ""
        super().__init__(f"{what}: {self.reason.name}{where}{bound}{way}")


class StopSeen(Exception):
    """The robot stopped while something was waited for; only a person lets it go on."""


def client_context(keys: str | Path, role: str) -> ssl.SSLContext:
    """TLS 1.3 with the keys of `conform keys`; the robot proves itself by its certificate's name, not by a host name."""
    folder = Path(keys)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.load_verify_locations(folder / "authority.pem")
    context.load_cert_chain(folder / f"{role}.pem", folder / f"{role}.key")
    return context


async def connect(url: str, *, role: str = "controller", keys: str | Path | None = None, name: str = "pons-kit") -> RobotConnection:
    """Opens a session at `tls://HOST:PORT`, `tcp://HOST:PORT` or `unix:PATH`. Raises `OSError`, `ValueError`, `Refused`."""
    try:
        reader, writer = await _link(url, role, keys)
    except OSError as error:
        raise ConnectionError(f"can't reach {url}: {error.strerror or error}") from error
    connection = RobotConnection(reader, writer, Role[role.upper().replace("-", "_")], name)
    try:
        await connection._open()
    except BaseException:
        await connection.close()
        raise
    return connection


async def _link(url: str, role: str, keys: str | Path | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    scheme, _, rest = url.partition(":")
    if scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(rest.removeprefix("//"))
    elif scheme in ("tls", "tcp"):
        host, _, port = rest.removeprefix("//").rpartition(":")
        if scheme == "tls" and keys is None:
            raise ValueError(f"{url} wants to see certificates: give keys=, a folder of `conform keys create`")
        context = client_context(keys, role) if scheme == "tls" else None
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context,
                                                       server_hostname="" if context else None)
        if context:
            names = writer.get_extra_info("ssl_object").getpeercert().get("subjectAltName", ())
            if ("URI", "pons:robot") not in names:
                writer.close()
                raise ProtocolError("the other end shows a certificate that is not a robot's (no name pons:robot)")
    else:
        raise ValueError(f"'{url}' is no robot address; use tls://HOST:PORT, tcp://HOST:PORT or unix:PATH")
    return reader, writer


class RobotConnection:
    """An open session. `descriptor`, `state` and `safety` are the newest that the robot sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, role: int, name: str):
        self.session = ClientSession(role, name, random.SystemRandom().getrandbits(64))
        self.descriptor: Any = None
        self.state: Any = None
        self.state_received_ns = 0
        self.safety: Any = None
        #: Of the newest status or event, whichever came last.
        self.safety_state: int = SafetyState.UNSPECIFIED
        self.events: list[Any] = []
        #: The newest valid picture of each sensor that is watched, and when it came (own monotonic clock, ns).
        self.pictures: dict[str, tuple[Any, int]] = {}
        self._reader, self._writer = reader, writer
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()
        self._failure: Exception | None = None
        self._description: dict[int, bytes] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._next_enable = random.SystemRandom().getrandbits(48)
        self._next_chunk = 0
        self._next_setpoint = 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    # Life

    async def _open(self) -> None:
        self._writer.write(self.session.hello())
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._keep())]
        await self.until(lambda: self.session.is_open, "the Welcome")
        self._send(schema.DescribeRequest())
        await self.until(lambda: self.descriptor is not None and self.session.is_synchronised, "the descriptor and the clock")
        await self.subscribe("WholeBodyState")
        # A robot that was just switched on tests itself first.
        await self.until(lambda: self.state is not None and self.safety is not None and not self._is_in(SafetyState.INITIALISING),
                         "the first state")

    async def close(self) -> None:
        """Says goodbye: what this session held ends, and a robot in motion is brought to rest."""
        if self._failure is None and self.session.is_open:
            self._send(schema.Goodbye())
        for task in self._tasks:
            task.cancel()
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except (OSError, ssl.SSLError):
            pass

    async def _listen(self) -> None:
        try:
            while data := await self._reader.read(65_536):
                messages, replies = self.session.receive(data, time.monotonic_ns())
                for frame in replies:
                    self._writer.write(frame)
                for message in messages:
                    self._take(message)
                async with self._changed:
                    self._changed.notify_all()
            raise ConnectionError("the robot closed the link")
        except (OSError, ProtocolError, Refused) as error:
            self._failure = error
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(error)
            async with self._changed:
                self._changed.notify_all()

    def check(self) -> None:
        """Raises why the link has ended, where it has."""
        if self._failure:
            raise self._failure

    async def _keep(self) -> None:
        while not self._failure:
            for frame in self.session.advance(time.monotonic_ns()):
                self._writer.write(frame)
            await asyncio.sleep(0.002 if self.session.clock.count < 16 else 0.01)

    def _take(self, message: Any) -> None:
        match message.DESCRIPTOR.name:
            case "WholeBodyState":
                self.state, self.state_received_ns = message, time.monotonic_ns()
            case "Image":
                if message.header.valid:
                    self.pictures[message.header.sensor_id] = message, time.monotonic_ns()
            case "SafetyStatus":
                self.safety, self.safety_state = message, message.state
            case "SafetyEvent":
                self.safety_state = message.to
                self.events = (self.events + [message])[-256:]
            case "TaskEvent" | "ChunkStatus" | "SetpointRejected" | "LeaseEnded":
                self.events = (self.events + [message])[-256:]
            case "DescribeReply":
                self._description[message.offset] = message.descriptor_bytes
                whole = b"".join(piece for _, piece in sorted(self._description.items()))
                if len(whole) >= message.total_size:
                    self.descriptor, self._description = schema.Descriptor.FromString(whole), {}
            case "DescriptorChanged":
                self.descriptor = None
                self._send(schema.DescribeRequest())
            case "Ack":
                answer = self._answers.pop(message.command_id, None)
                if answer and not answer.done():
                    answer.set_result(message)
            case "Refusal":
                if not self.session.is_open:
                    raise Refused("the session", message.reason, message.field_path)

    def _send(self, message: Any) -> None:
        self.check()
        self._writer.write(self.session.seal(message, time.monotonic_ns()))

    async def until(self, is_so: Any, what: str, timeout_s: float = 5.0) -> None:
        """Waits for a condition on what the robot sends; raises `TimeoutError` with `what`."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                while not is_so():
                    if self._failure:
                        raise self._failure
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"waited {timeout_s} s for {what}") from None

    # Commands

    async def command(self, message: Any, what: str | None = None) -> Any:
        """Sends a command with an id of its own and waits for its one Ack; raises `Refused`."""
        message.command_id = self.session.command_id()
        answer = self._answers[message.command_id] = asyncio.get_running_loop().create_future()
        self._send(message)
        ack = await asyncio.wait_for(answer, _ANSWER_S)
        if ack.outcome != AckOutcome.ACCEPTED:
            raise Refused(what or message.DESCRIPTOR.name, ack.reason, ack.field_path,
                          ack.limit if ack.HasField("limit") else None, ack.blocking)
        return ack

    @property
    def robot_time_ns(self) -> int:
        return self.session.robot_time(time.monotonic_ns())

    async def subscribe(self, *names: str) -> None:
        await self.command(schema.Subscribe(message_types=[schema.tables[name].type_id for name in names]))

    async def watch(self, *sensors: str, rate_hz: float = 10.0, width: int = 0, height: int = 0) -> None:
        """Has pictures sent, as fast and as large at most; 0 leaves a side as it is. They come as `pictures`."""
        for sensor in sensors:
            await self.command(schema.StreamRequest(sensor_id=sensor, max_rate_hz=rate_hz, max_width=width, max_height=height),
                               f"pictures of {sensor}")
        await self.subscribe("Image")

    def resource(self, name: str | None = None) -> Any:
        """A part of the body by its name; the whole where none is given."""
        if name is None:
            return self.descriptor.resources[0]
        return next(part for part in self.descriptor.resources if part.name == name)

    async def acquire(self, part: str | None = None, *, take: bool = False) -> Any:
        """Authority over a part of the body; it is renewed until `release` or the end of the session."""
        number = self.resource(part).id
        action = AuthorityAction.TAKE if take else AuthorityAction.ACQUIRE
        await self.command(schema.AuthorityRequest(action=action, resource_id=number), f"authority over {part or 'the whole'}")
        await self.until(lambda: number in self.session.leases, "the lease")
        return self.session.leases[number]

    async def release(self, part: str | None = None) -> None:
        await self.command(schema.AuthorityRequest(action=AuthorityAction.RELEASE, resource_id=self.resource(part).id))

    async def power(self, on: bool = True) -> None:
        await self.command(schema.PowerRequest(action=PowerAction.ON if on else PowerAction.OFF), "power")
        await self.until(lambda: self._is_in(SafetyState.STANDBY if on else SafetyState.OFF), "power")

    async def enable(self) -> None:
        self._next_enable += 1
        await self.command(schema.EnableRequest(enable_id=self._next_enable), "enable")
        await self.until(lambda: self._is_in(SafetyState.OPERATIONAL, SafetyState.REDUCED), "motion to be enabled")

    async def disable(self) -> None:
        await self.command(schema.DisableRequest(), "disable")
        await self.until(lambda: self._is_in(SafetyState.STANDBY), "standstill")

    async def stop(self, *, emergency: bool = False) -> None:
        """A stop request needs no lease. It is no emergency stop device and replaces none."""
        await self.command(schema.StopRequest(kind=StopKind.EMERGENCY if emergency else StopKind.PROTECTIVE), "stop")
        ends = (SafetyState.PROTECTIVE_STOP, SafetyState.EMERGENCY_STOP, SafetyState.FAULT, SafetyState.OFF)
        await self.until(lambda: self._is_in(*ends), "the stop", 8.0)

    async def request_stop(self) -> None:
        """A protective stop, without waiting for standstill."""
        await self.command(schema.StopRequest(kind=StopKind.PROTECTIVE), "stop")

    async def release_stop(self) -> None:
        await self.command(schema.StopRelease(), "release of the stop")

    async def resume(self) -> None:
        self._next_enable += 1
        await self.command(schema.ResumeRequest(resume_id=self._next_enable), "resume")
        await self.until(lambda: self._is_in(SafetyState.STANDBY), "standby")

    def _is_in(self, *states: int) -> bool:
        return self.safety_state in states

    # Motion

    async def play(self, steps: Sequence[Sequence[float]], *, period_ns: int = 20 * MS, start_in_ns: int = 20 * MS,
                   part: str | None = None, commit_prefix: int = 0, valid_for_ns: int | None = None,
                   observed_ns: int | None = None) -> Any:
        """An action chunk: rows of joint positions (rad or m) in the descriptor's order, on their own time grid.

        It rests on the newest state that was seen, or on what was captured at `observed_ns` (robot time). Returns the Ack, which says which step is the first to be executed.
        """
        resource = self.resource(part).id
        lease = self.session.leases[resource]
        now = self.robot_time_ns
        # Ids grow by one, and over sessions: the first is the robot's own time.
        self._next_chunk = self._next_chunk + 1 if self._next_chunk else max(now, 1)
        chunk = schema.ActionChunk(
            chunk_id=self._next_chunk, based_on_observation_ns=observed_ns or self.state.capture_ns, start_ns=now + start_in_ns,
            step_period_ns=period_ns, horizon=len(steps), commit_prefix=commit_prefix,
            valid_until_ns=now + (valid_for_ns or start_in_ns + len(steps) * period_ns), space=self.descriptor.action_spaces[0],
            descriptor_epoch=self.descriptor.descriptor_epoch, lease_epoch=lease.epoch, lease_sequence=lease.sequence,
            resource_id=resource, position=[value for row in steps for value in row])
        return await self.command(chunk, "the chunk")

    def set_joints(self, position: Sequence[float], *, part: str | None = None, valid_for_ns: int = 40 * MS) -> None:
        """One setpoint of a stream; refusals come as `SetpointRejected` among `events`."""
        resource = self.resource(part).id
        lease = self.session.leases[resource]
        now = self.robot_time_ns
        self._send(schema.JointSetpoint(
            sequence=self._next_setpoint, stamp_ns=now, valid_until_ns=now + valid_for_ns, lease_epoch=lease.epoch,
            lease_sequence=lease.sequence, resource_id=resource, descriptor_epoch=self.descriptor.descriptor_epoch,
            mode=schema.ControlMode.POSITION, position=position))
        self._next_setpoint += 1

    async def states(self) -> AsyncIterator[Any]:
        """Every newer state, as it comes; ends with `StopSeen` when the robot stops."""
        last = None
        while True:
            await self.until(lambda: self.state is not None and self.state.sequence != last, "a state")
            last = self.state.sequence
            yield self.state
