"""Frames of part BCH: header, check sequence, numbering, and cutting a byte stream into them."""
from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import fastcrc

from .schema import table_of

HEADER = struct.Struct("<4sBBHIIQHHHHqII")
HEADER_SIZE = HEADER.size
MAGIC = b"PONS"
SHORT_PAYLOAD = 4096
CONTROL_PAYLOAD = 65_536


class FrameError(Exception):
    """Bytes that are no frame; the text says what is wrong with them."""


@dataclass(slots=True)
class Header:
    """The 48 bytes before a payload."""

    type: int
    length: int
    session_id: int = 0
    counter: int = 0
    source: int = 0
    destination: int = 0
    stream: int = 0
    flags: int = 0
    send_time_ns: int = 0
    monitoring: int = 0
    echoed: int = 0

    @classmethod
    def read(cls, data: bytes | bytearray | memoryview, limit: int = CONTROL_PAYLOAD) -> Header:
        """From the first 48 bytes; raises `FrameError` for what nobody may send."""
        if len(data) < HEADER_SIZE:
            raise FrameError("truncated header")
        magic, version, flags, kind, length, counter, session, source, destination, stream, zero, sent, monitoring, echoed = (
            HEADER.unpack_from(data))
        if magic != MAGIC:
            raise FrameError("no PONS at the start")
        if version != 1:
            raise FrameError(f"frame version {version}")
        if length > limit:
            raise FrameError(f"{length} bytes of payload, at most {limit} are taken")
        if zero:
            raise FrameError("reserved bytes are not zero")
        return cls(kind, length, session, counter, source, destination, stream, flags, sent, monitoring, echoed)

    def write(self) -> bytes:
        return HEADER.pack(MAGIC, 1, self.flags, self.type, self.length, self.counter, self.session_id, self.source,
                           self.destination, self.stream, 0, self.send_time_ns, self.monitoring, self.echoed)

    @property
    def frame_size(self) -> int:
        return HEADER_SIZE + self.length + (4 if self.length <= SHORT_PAYLOAD else 8)


@dataclass(slots=True, frozen=True)
class Identity:
    """What both ends know and neither sends: boot id and session id, mixed into every check sequence (BCH-02)."""

    boot_id: bytes = bytes(16)
    session_id: int = 0

    @property
    def prefix(self) -> bytes:
        return self.boot_id + struct.pack("<Q", self.session_id)


NOBODY = Identity()


def check_sequence(identity: Identity, head_and_payload: bytes, length: int) -> bytes:
    """CRC-32P4 up to 4 KiB of payload, CRC-64 above; a computed 0 is sent as 1 (BCH-01, BCH-04)."""
    covered = identity.prefix + head_and_payload
    if length <= SHORT_PAYLOAD:
        return struct.pack("<I", fastcrc.crc32.autosar(covered) or 1)
    return struct.pack("<Q", fastcrc.crc64.xz(covered) or 1)


def open_frame(frame: bytes, identity: Identity, limit: int = CONTROL_PAYLOAD) -> tuple[Header, bytes]:
    """Header and payload of one whole frame whose check sequence is right; raises `FrameError`."""
    header = Header.read(frame, limit)
    if len(frame) != header.frame_size:
        raise FrameError(f"{len(frame)} bytes where the header says {header.frame_size}")
    end = HEADER_SIZE + header.length
    if frame[end:] != check_sequence(identity, frame[:end], header.length):
        raise FrameError("wrong check sequence")
    return header, frame[HEADER_SIZE:end]


@dataclass(slots=True)
class Sealer:
    """Numbers and seals the frames of one end of a session."""

    identity: Identity = NOBODY
    source: int = 0
    destination: int = 0
    stream: int = 0
    echoed: int = 0
    counter: int = 0
    monitoring: int = 0

    def seal(self, payload: bytes, type_id: int, now: int) -> bytes:
        self.counter = (self.counter + 1) & 0xFFFF_FFFF
        self.monitoring = (self.monitoring + 1) & 0xFFFF_FFFF
        header = Header(type_id, len(payload), self.identity.session_id, self.counter, self.source, self.destination,
                        self.stream, 0, now, self.monitoring, self.echoed)
        body = header.write() + payload
        return body + check_sequence(self.identity, body, len(payload))

    def seal_message(self, message: Any, now: int) -> bytes:
        return self.seal(message.SerializeToString(), table_of(message).type_id, now)


@dataclass(slots=True)
class Assembler:
    """Cuts a stream into frames; holds no more than one of them and what one read brought."""

    limit: int = CONTROL_PAYLOAD
    _buffer: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> bytes | None:
        """The next whole frame, or `None` until more has come; raises `FrameError` at once for a head nobody may send."""
        if len(self._buffer) >= 4 and self._buffer[:4] != MAGIC:
            raise FrameError("no PONS at the start")
        if len(self._buffer) < HEADER_SIZE:
            return None
        size = Header.read(self._buffer, self.limit).frame_size
        if len(self._buffer) < size:
            return None
        frame = bytes(self._buffer[:size])
        del self._buffer[:size]
        return frame
