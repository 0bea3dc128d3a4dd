"""The robot in step with a tester's clock, over standard input and output (docs/robot-protocol.md): minutes in seconds."""
from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from random import Random
from typing import Any, BinaryIO

from .peer import Protection, Trust
from .runtime import Robot

VERSION = 1
START, OPENED, CLOSED, BYTES, ADVANCE, CONGESTED = range(1, 7)
_HEAD = struct.Struct("<IHH")


def _trust(data: bytes) -> Trust:
    protection, has_roles, roles, valid_for, size = struct.unpack_from("<BBHqI", data)
    name = data[16:16 + size].decode("utf-8", "replace")
    granted = frozenset(role for role in range(16) if roles >> role & 1) if has_roles else None
    return Trust(Protection(protection), granted, name, None if valid_for < 0 else valid_for)


def _answer(actions: list[tuple[Any, ...]]) -> bytes:
    out = bytearray()
    for action in actions:
        data = action[2] if action[0] == "send" else b""
        out += struct.pack("<BII", 1 if action[0] == "send" else 2, action[1], len(data)) + data
    return bytes(out)


def run(make: Callable[[Random, int], Robot], source: BinaryIO = sys.stdin.buffer, sink: BinaryIO = sys.stdout.buffer) -> None:
    """Answers until the tester closes its end. `make` makes a robot that was just powered on."""
    robot: Robot | None = None
    while head := source.read(_HEAD.size):
        length, kind, version = _HEAD.unpack(head)
        question = source.read(length)
        if version != VERSION:
            sys.exit(f"robot: protocol version {version}, this program speaks {VERSION}")
        (now,) = struct.unpack_from("<q", question)
        if kind == START:
            robot = make(Random(struct.unpack_from("<Q", question, 8)[0]), now)
        elif robot is None:
            sys.exit("robot: the first question must be START")
        elif kind == ADVANCE:
            robot.advance(now)
        else:
            (link,) = struct.unpack_from("<I", question, 8)
            if kind == OPENED:
                robot.link_opened(link, _trust(question[12:]), now)
            elif kind == CLOSED:
                robot.link_closed(link, now)
            elif kind == BYTES:
                robot.receive(link, question[12:], now)
            elif kind == CONGESTED:
                robot.set_congestion(link, question[12] != 0)
            else:
                sys.exit(f"robot: unknown question {kind}")
        answer = _answer(robot.take_actions())
        sink.write(_HEAD.pack(len(answer), kind, VERSION) + answer)
        sink.flush()
