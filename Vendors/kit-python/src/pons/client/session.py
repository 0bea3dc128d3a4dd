"""The controller's side of a session: handshake, answers to challenges, clock comparison, renewal of leases.

Pure: bytes and `now` (own monotonic clock, ns) in, frames and messages out.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from .. import schema
from ..clock import ClockComparison
from ..frame import Assembler, FrameError, Header, Identity, NOBODY, Sealer, open_frame
from ..schema import AuthorityAction, Health, types
from ..wire import Rejection, decode
from .bulk import BulkAssembler

MS = 1_000_000


class ProtocolError(Exception):
    """What the robot sent is no Pons, or not for this session."""


@dataclass(slots=True)
class ClientSession:
    role: int
    name: str
    #: Random; echoed by the robot's Welcome.
    nonce: int
    is_open: bool = False
    welcome: Any = None
    clock: ClockComparison = field(default_factory=ClockComparison)
    leases: dict[int, Any] = field(default_factory=dict)
    sealer: Sealer = field(default_factory=Sealer)
    renews_leases: bool = True
    _hello: bytes = b""
    _assembler: Assembler = field(default_factory=Assembler)
    _pieces: BulkAssembler = field(default_factory=BulkAssembler)
    _next_command: int = 1
    _next_ping: int = 1
    _next_ping_ns: int = -(1 << 62)
    _pings: dict[int, int] = field(default_factory=dict)
    _reported_ns: int | None = None
    _renewals: dict[int, int] = field(default_factory=dict)

    # Sending

    def hello(self) -> bytes:
        version = schema.ProtocolVersion(major=1, minor=0)
        message = schema.Hello(version_min=version, version_max=version, role=self.role, client_nonce=self.nonce | 1,
                               schema_fingerprint=schema.FINGERPRINT, client_name=self.name)
        self._hello = message.SerializeToString()
        return self.sealer.seal_message(message, 0)

    def command_id(self) -> int:
        self._next_command += 1
        return self._next_command - 1

    def robot_time(self, now: int) -> int:
        return self.clock.robot_time(now)

    def seal(self, message: Any, now: int) -> bytes:
        return self.sealer.seal_message(message, self.robot_time(now))

    # Receiving

    def receive(self, data: bytes, now: int) -> tuple[list[Any], list[bytes]]:
        """Messages of the robot, and frames that answer them at once; raises `ProtocolError`."""
        messages: list[Any] = []
        replies: list[bytes] = []
        self._assembler.feed(data)
        try:
            while frame := self._assembler.next():
                self._frame(frame, now, messages, replies)
        except (FrameError, Rejection) as error:
            raise ProtocolError(f"the robot sent what is no frame of this session: {error}") from error
        return messages, replies

    def _frame(self, frame: bytes, now: int, messages: list[Any], replies: list[bytes]) -> None:
        identity = NOBODY if Header.read(frame).session_id == 0 else self.sealer.identity
        header, payload = open_frame(frame, identity)
        self.sealer.echoed = header.monitoring
        table = types.get(header.type)
        if table is None:
            return  # of a newer schema
        message = decode(table.cls, payload)
        if table.name == "BulkChunk":
            whole = self._pieces.receive(message)
            table = types.get(whole[0]) if whole else None
            if table is None:
                return
            message = decode(table.cls, whole[1])
        match table.name:
            case "Welcome":
                self._welcomed(message)
            case "Heartbeat":
                if self.is_open and message.challenge:
                    replies.append(self.seal(schema.Heartbeat(answer=message.challenge, health=Health.OK), now))
            case "TimePong":
                sent = self._pings.pop(message.id, None)
                if sent is not None:
                    self.clock.add(sent, message.robot_receive_ns, message.robot_send_ns, now)
            case "LeaseGranted":
                self.leases[message.lease.resource_id] = message.lease
                left = max(message.lease.expires_ns - self.robot_time(now), 30 * MS)
                self._renewals[message.lease.resource_id] = now + left // 3
            case "LeaseEnded":
                if message.lease.holder_session == self.sealer.identity.session_id:
                    self._renewals.pop(message.lease.resource_id, None)
                    self.leases.pop(message.lease.resource_id, None)
        messages.append(message)

    def _welcomed(self, message: Any) -> None:
        if message.client_nonce != self.nonce | 1 or message.hello_sha256 != hashlib.sha256(self._hello).digest():
            raise ProtocolError("the robot vouches for another Hello than the one that was sent (VER-09)")
        self.welcome, self.is_open = message, True
        self.sealer.identity = Identity(message.boot_id, message.session_id)
        self.sealer.source = message.source_id

    # Time

    def advance(self, now: int) -> list[bytes]:
        """Frames that are due; call it every few milliseconds."""
        if not self.is_open:
            return []
        frames: list[bytes] = []
        self._compare_clocks(now, frames)
        if self.renews_leases:
            for resource, due in list(self._renewals.items()):
                if now >= due:
                    frames.append(self._renew(resource, now))
        return frames

    def _compare_clocks(self, now: int, frames: list[bytes]) -> None:
        """Sixteen quick exchanges, then one every 500 ms; the robot is told after eight and then every ten seconds."""
        if now >= self._next_ping_ns:
            frames.append(self.seal(schema.TimePing(id=self._next_ping, client_send_ns=now), now))
            self._pings[self._next_ping] = now
            self._pings.pop(self._next_ping - 64, None)
            self._next_ping += 1
            self._next_ping_ns = now + (2 * MS if self.clock.count < 16 else 500 * MS)
        is_due = self.clock.count >= 8 if self._reported_ns is None else now - self._reported_ns >= 10_000 * MS
        if is_due and now - self.clock.newest_ns < 1_000 * MS:
            self._reported_ns = now
            frames.append(self.seal(schema.TimeSyncReport(
                command_id=self.command_id(), offset_ns=self.clock.offset_ns, uncertainty_ns=self.clock.uncertainty_ns(now),
                last_ping_id=self._next_ping - 1, boot_id=self.welcome.boot_id), now))

    @property
    def is_synchronised(self) -> bool:
        """Whether the robot was told how the clocks compare; a stamp before that means nothing to it."""
        return self._reported_ns is not None

    def _renew(self, resource: int, now: int) -> bytes:
        lease = self.leases[resource]
        self._renewals[resource] = now + 200 * MS
        return self.seal(schema.AuthorityRequest(
            command_id=self.command_id(), action=AuthorityAction.RENEW, resource_id=resource, epoch=lease.epoch,
            sequence=lease.sequence), now)
