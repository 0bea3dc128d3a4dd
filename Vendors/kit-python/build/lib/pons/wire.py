"""Reads bytes as a message and refuses what part FMT refuses: a walk over the fields, before protobuf sees them.

protobuf takes the last of two equal fields, keeps what it does not know and reads a message of any depth. A robot must not.
"""
from __future__ import annotations

from typing import Any

from .schema import Field, RejectReason, Table, Wire, table_of

DEPTH = 16
UNKNOWN_BYTES = 65_536
MUST_UNDERSTAND = range(10_000, 11_000)


class Rejection(Exception):
    """Why a message is refused: reason, field and limit, as the peer is told."""

    def __init__(self, reason: int, path: str = "", limit: float | None = None, *, holder: int = 0,
                 blocking: tuple[str, ...] = ()):
        super().__init__(reason, path, limit)
        self.reason, self.path, self.limit, self.holder, self.blocking = reason, path, limit, holder, blocking

    def inside(self, name: str) -> Rejection:
        self.path = f"{name}.{self.path}" if self.path else name
        return self


def decode(cls: Any, data: bytes) -> Any:
    """The message, or `Rejection`. Cost: one walk over the bytes, and protobuf's own."""
    table = table_of(cls)
    _walk(data, 0, len(data), table, 0, table.is_strict)
    try:
        return cls.FromString(data)
    except Exception as error:
        raise Rejection(RejectReason.MALFORMED) from error


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= end:
            raise Rejection(RejectReason.MALFORMED)
        byte = data[at]
        at += 1
        if shift == 63 and byte > 1:
            raise Rejection(RejectReason.MALFORMED)
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _walk(data: bytes, at: int, end: int, table: Table, depth: int, strict: bool) -> None:
    seen: set[int] = set()
    counts: dict[int, int] = {}
    unknown = 0
    while at < end:
        start = at
        tag, at = _varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if at - start > 5 or tag > 0xFFFF_FFFF or not 0 < number < 1 << 29 or wire not in (0, 1, 2, 5):
            raise Rejection(RejectReason.MALFORMED)
        known = table.fields.get(number)
        if known is not None and wire != known.wire and not (known.is_packable and wire == Wire.DELIMITED):
            if strict:
                raise Rejection(RejectReason.MALFORMED, known.name)
            known = None  # telemetry keeps it as unknown
        if known is None:
            if number in MUST_UNDERSTAND:
                raise Rejection(RejectReason.UNSUPPORTED_CRITICAL, f"field {number}")
            at = _pass(data, at, end, wire)
            unknown += at - start
            if unknown > UNKNOWN_BYTES:
                raise Rejection(RejectReason.LIMIT_EXCEEDED, f"field {number}", UNKNOWN_BYTES)
            continue
        if known.is_repeated:
            at = _elements(data, at, end, wire, known, counts, depth, strict)
        else:
            if strict and number in seen:
                raise Rejection(RejectReason.MALFORMED, known.name)
            seen.add(number)
            at = _value(data, at, end, known, known.limit, depth, strict)


def _pass(data: bytes, at: int, end: int, wire: int) -> int:
    if wire == Wire.VARINT:
        return _varint(data, at, end)[1]
    size = 4 if wire == Wire.FIXED32 else 8
    if wire == Wire.DELIMITED:
        size, at = _varint(data, at, end)
    if size > end - at:
        raise Rejection(RejectReason.MALFORMED)
    return at + size


def _elements(data: bytes, at: int, end: int, wire: int, known: Field, counts: dict[int, int], depth: int,
              strict: bool) -> int:
    count = counts.get(known.number, 0)
    if known.is_packable and wire == Wire.DELIMITED:
        stop = _pass(data, at, end, wire)
        at = _varint(data, at, end)[1]
        if known.wire == Wire.VARINT:
            while at < stop:
                value, at = _varint(data, at, stop)
                _enumerated(value, known, strict)
                count += 1
        else:
            width = 8 if known.wire == Wire.FIXED64 else 4
            if (stop - at) % width:
                raise Rejection(RejectReason.MALFORMED, known.name)
            count += (stop - at) // width
        at = stop
    else:
        if count >= known.limit:
            raise Rejection(RejectReason.LIMIT_EXCEEDED, known.name, known.limit)
        at = _value(data, at, end, known, known.element_limit, depth, strict)
        count += 1
    if count > known.limit:
        raise Rejection(RejectReason.LIMIT_EXCEEDED, known.name, known.limit)
    counts[known.number] = count
    return at


def _value(data: bytes, at: int, end: int, known: Field, limit: int, depth: int, strict: bool) -> int:
    if known.wire == Wire.VARINT:
        value, at = _varint(data, at, end)
        _enumerated(value, known, strict)
        return at
    if known.wire != Wire.DELIMITED:
        return _pass(data, at, end, known.wire)
    size, at = _varint(data, at, end)
    if size > end - at:
        raise Rejection(RejectReason.MALFORMED, known.name)
    stop = at + size
    if known.message is not None:
        if depth >= DEPTH:
            raise Rejection(RejectReason.LIMIT_EXCEEDED, known.name, DEPTH)
        try:
            _walk(data, at, stop, known.message, depth + 1, strict)
        except Rejection as error:
            raise error.inside(known.name) from None
        return stop
    if size > limit:
        raise Rejection(RejectReason.LIMIT_EXCEEDED, known.name, limit)
    if known.is_text:
        try:
            data[at:stop].decode("utf-8")
        except UnicodeDecodeError:
            raise Rejection(RejectReason.BAD_STRING, known.name) from None
    return stop


def _enumerated(value: int, known: Field, strict: bool) -> None:
    if not strict or known.enum_numbers is None:
        return
    number = value & 0xFFFF_FFFF
    if number >= 1 << 31:
        number -= 1 << 32
    if number not in known.enum_numbers:
        raise Rejection(RejectReason.UNKNOWN_ENUM, known.name)
