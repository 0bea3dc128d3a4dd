"""The robot's side of one session: who the peer is, whether it lives, what it was answered, what waits to be sent."""
from __future__ import annotations

import enum
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from ..frame import Assembler, Sealer
from ..schema import RejectReason, StreamClass, table_of

SECOND = 1_000_000_000


class Protection(enum.IntEnum):
    """What the transport has proven of the peer."""

    CLEAR = 0
    LOCAL = 1
    AUTHENTICATED = 2


@dataclass(slots=True, frozen=True)
class Trust:
    """Who stands at the other end of a link, as the certificate says (SEC-01, SEC-02)."""

    protection: Protection = Protection.CLEAR
    #: Roles that the certificate grants; `None` where there is none, and any role is granted.
    roles: frozenset[int] | None = None
    name: str = ""
    valid_for_ns: int | None = None


@dataclass(slots=True)
class CounterMonitor:
    """Order by frame counter, and a budget for damaged frames (BCH-07, BCH-09)."""

    max_gap: int
    _last: int | None = None
    _errors: tuple[int, int] = (-SECOND * 10, -SECOND * 10)

    def receive(self, counter: int) -> int | None:
        """Why a frame is refused; counters wrap at 2^32."""
        if self._last is None:
            self._last = counter
            return None
        step = (counter - self._last) & 0xFFFF_FFFF
        if step == 0:
            return RejectReason.REPEATED
        if step > 0x7FFF_FFFF:
            return RejectReason.WRONG_SEQUENCE
        self._last = counter
        return RejectReason.LOST if step - 1 > self.max_gap else None

    def damaged(self, now: int) -> bool:
        """Notes a damaged frame; whether more than two came within a second."""
        exceeded = now - self._errors[0] <= SECOND
        self._errors = (self._errors[1], now)
        return exceeded


@dataclass(slots=True)
class Ledger:
    """Commands by id, so that each is executed once (CMD-03, CMD-04)."""

    capacity: int
    _memory: OrderedDict[int, list[Any]] = field(default_factory=OrderedDict)

    def receive(self, command_id: int, type_id: int, payload: bytes) -> tuple[str, Any]:
        digest = (type_id, len(payload), zlib.crc32(payload), zlib.adler32(payload))
        known = self._memory.get(command_id)
        if known:
            return ("duplicate", known[1]) if known[0] == digest else ("reused", None)
        self._memory[command_id] = [digest, None]
        if len(self._memory) > self.capacity:
            self._memory.popitem(last=False)
        return "new", None

    def settle(self, command_id: int, ack: Any) -> None:
        if command_id in self._memory:
            self._memory[command_id][1] = ack


@dataclass(slots=True)
class SetpointGate:
    """Order and freshness of one stream of setpoints (MOT-15, TIM-06 to TIM-09)."""

    max_lead_ns: int
    received: int | None = None
    accepted: int | None = None
    accepted_stamp_ns: int | None = None
    accepted_receive_ns: int | None = None
    lost: int = 0
    rejected: int = 0

    def check(self, sequence: int, stamp_ns: int, valid_until_ns: int, now: int) -> int | None:
        self.received = max(sequence, self.received or 0)
        if self.accepted is not None and sequence <= self.accepted:
            return RejectReason.DUPLICATE if sequence == self.accepted else RejectReason.STALE
        if self.accepted_stamp_ns is not None and stamp_ns < self.accepted_stamp_ns:
            return RejectReason.STALE
        return check_time(stamp_ns, valid_until_ns, self.max_lead_ns, now)

    def accept(self, sequence: int, stamp_ns: int, now: int) -> None:
        if self.accepted is not None and sequence > self.accepted + 1:
            self.lost = (self.lost + sequence - self.accepted - 1) & 0xFFFF_FFFF
        self.accepted, self.accepted_stamp_ns, self.accepted_receive_ns = sequence, stamp_ns, now

    def restart(self) -> None:
        self.accepted = self.accepted_stamp_ns = self.received = None


def check_time(start_ns: int, valid_until_ns: int, max_lead_ns: int, now: int) -> int | None:
    """Expiry and lead of any command."""
    if valid_until_ns <= now:
        return RejectReason.EXPIRED
    if start_ns <= 0:
        return RejectReason.BAD_STAMP
    return RejectReason.TOO_FAR if start_ns - now > max_lead_ns else None


@dataclass(slots=True)
class Pace:
    """Setpoints counted in windows of 20 ms: a burst after a pause is no offence (MOT-14)."""

    _start_ns: int = -SECOND
    _count: int = 0

    def exceeds(self, rate_hz: float, now: int) -> bool:
        if now - self._start_ns >= 20_000_000:
            self._start_ns, self._count = now, 0
        self._count += 1
        return self._count > max(5.0, 1.5 * rate_hz * 0.02)


_STREAMS = (StreamClass.SETPOINT, StreamClass.STATE, StreamClass.BULK)
_RELIABLE_LIMIT = 4096


@dataclass(slots=True)
class Peer:
    trust: Trust
    opened_ns: int
    peer_timeout_ns: int
    assembler: Assembler
    ledger: Ledger
    gate: SetpointGate
    counters: CounterMonitor
    phase: str = "awaiting hello"
    role: int = 0
    session_id: int = 0
    has_fingerprint_mismatch: bool = False
    sealer: Sealer = field(default_factory=Sealer)
    pace: Pace = field(default_factory=Pace)
    subscriptions: set[int] = field(default_factory=set)
    is_congested: bool = False
    dropped: int = 0
    #: Sealed before the session has an identity: it tells the identity.
    greeting: bytes | None = None
    _safety: list[tuple[int, bytes]] = field(default_factory=list)
    _reliable: list[tuple[int, bytes]] = field(default_factory=list)
    _newest: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _challenges: list[tuple[int, int]] = field(default_factory=list)
    _alive_ns: int = 0
    _sync_expires_ns: int = -1
    _sync_uncertainty_ns: int = 1 << 62

    @property
    def is_open(self) -> bool:
        return self.phase == "open"

    def open(self, now: int) -> None:
        self.phase, self._alive_ns = "open", now

    def is_dead(self, now: int) -> bool:
        return self.is_open and now - self._alive_ns > self.peer_timeout_ns

    def is_certificate_over(self, now: int) -> bool:
        return self.trust.valid_for_ns is not None and now - self.opened_ns >= self.trust.valid_for_ns

    # Liveness is proven by answering a challenge, not by traffic (LNK-06)

    def challenge(self, nonce: int, now: int) -> None:
        self._challenges = (self._challenges + [(nonce, now)])[-16:]

    def answer(self, nonce: int, now: int) -> None:
        for index, (issued, at) in enumerate(self._challenges):
            if issued == nonce and now - at <= SECOND:
                del self._challenges[:index + 1]
                self._alive_ns = now
                return

    # Clock comparison (TIM-04, TIM-05)

    def synchronise(self, uncertainty_ns: int, validity_ns: int, now: int) -> None:
        self._sync_uncertainty_ns, self._sync_expires_ns = uncertainty_ns, now + validity_ns

    def forget_sync(self) -> None:
        self._sync_expires_ns = -1

    def is_synchronised(self, bound_ns: int, now: int) -> bool:
        return now < self._sync_expires_ns and self._sync_uncertainty_ns <= bound_ns

    # Sending: safety first, then what may not be lost, then the newest of each stream (LNK-12)

    def send(self, message: Any, key: int = 0) -> None:
        if self.phase == "closed":
            return
        table = table_of(message)
        payload = message.SerializeToString()
        if table.stream_class == StreamClass.SAFETY:
            self._safety.append((table.type_id, payload))
        elif table.stream_class in _STREAMS:
            if (table.type_id, key) in self._newest:
                self.dropped = (self.dropped + 1) & 0xFFFF_FFFF
            self._newest[table.type_id, key] = payload
        else:
            self._reliable.append((table.type_id, payload))

    @property
    def has_overflowed(self) -> bool:
        return len(self._safety) + len(self._reliable) > _RELIABLE_LIMIT

    @property
    def has_frames(self) -> bool:
        streams = self._newest and not self.is_congested
        return bool(self.greeting or self._safety or self._reliable or streams)

    def drain(self, now: int) -> list[bytes]:
        frames = [self.greeting] if self.greeting else []
        self.greeting = None
        items = self._safety + self._reliable
        self._safety, self._reliable = [], []
        if not self.is_congested and self._newest:
            items += [(type_id, payload) for (type_id, _), payload in self._newest.items()]
            self._newest = {}
        frames += [self.sealer.seal(payload, type_id, now) for type_id, payload in items]
        return frames
