"""What a robot keeps of its stops: a file from ten seconds before each to five after (REC-05), as part REC has it.

The robot hands messages over and never waits: files are written on a thread of their own, half a second after what they hold.
Needs `pip install "pons-kit[recordings]"`.
"""
from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcap.writer import CompressionType, Writer

from .. import schema

SECOND = 1_000_000_000
_STOPS = frozenset({schema.SafetyState.STOPPING, schema.SafetyState.SETTLING, schema.SafetyState.PROTECTIVE_STOP,
                    schema.SafetyState.EMERGENCY_STOP, schema.SafetyState.FAULT, schema.SafetyState.FALL})


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message as it happened: `commands` as they came, `verdicts` on them, `state`, `safety`, `clock`, `description`."""

    topic: str
    name: str
    time_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Incident:
    """A stop, and everything from a heading at least ten seconds before it."""

    cause: str
    time_ns: int
    boot_id: bytes
    past: list[Recorded] = field(repr=False)


class IncidentRecorder:
    """Holds what a robot records of the last ten to fifteen seconds. One thread calls; another one writes."""

    BEFORE_NS, AFTER_NS, HEADING_NS = 10 * SECOND, 5 * SECOND, 5 * SECOND
    #: Of a robot that stops all day the oldest files go.
    KEPT = 100

    def __init__(self, folder: str | Path, descriptor: Any):
        """Raises `OSError` where the folder can't be made."""
        self._folder, self._descriptor = Path(folder), descriptor
        self._folder.mkdir(parents=True, exist_ok=True)
        self._segments: deque[list[Recorded]] = deque()
        self._end_ns: int | None = None
        self._is_closed = False
        self._jobs: queue.SimpleQueue[Incident | Recorded | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="incidents", daemon=True)
        self._thread.start()

    def wants_heading(self, now: int) -> bool:
        """Whether description, safety status and clocks are due: a file begins with them."""
        return not self._segments or now - self._segments[-1][0].time_ns >= self.HEADING_NS

    def head(self, description: bytes, now: int) -> None:
        self._segments.append([])
        self.record("description", "Descriptor", description, now)

    def record(self, topic: str, name: str, payload: bytes, now: int) -> None:
        if not self._segments:
            return
        recorded = Recorded(topic, name, now, payload)
        self._segments[-1].append(recorded)
        # A segment is needed while the one after it begins too late.
        while len(self._segments) > 1 and self._segments[1][0].time_ns <= now - self.BEFORE_NS:
            self._segments.popleft()
        if self._end_ns is None:
            return
        if now > self._end_ns:
            self._end_ns = None
            self._jobs.put(None)
        else:
            self._jobs.put(recorded)

    def notice(self, previous: int, state: int, cause: str, boot_id: bytes, now: int) -> None:
        """Keeps what leads from a state in which it may move, or is about to, into one in which it stops or has stopped. A stop
        soon after another one makes the file longer."""
        if not self._segments or state not in _STOPS or previous in _STOPS:
            return
        if self._end_ns is None:
            past = [recorded for segment in self._segments for recorded in segment]
            self._jobs.put(Incident(cause, now, boot_id, past))
        self._end_ns = now + self.AFTER_NS

    def close(self) -> None:
        """Completes the file that is open, and returns when everything is on the disk."""
        self._is_closed = True
        self._jobs.put(None)  # ends the file
        self._jobs.put(None)  # and the thread
        self._thread.join()

    # The other thread

    def _write(self) -> None:
        while (first := self._jobs.get()) is not None or not self._is_closed:
            if isinstance(first, Incident):
                try:
                    self._write_file(first)
                    self._drop_old()
                except OSError as error:
                    print(f"pons-robot: an incident is lost: {error}", flush=True)

    def _write_file(self, incident: Incident) -> None:
        with self._new_file() as file:
            writer = Writer(file, chunk_size=_half_a_second(incident.past), compression=CompressionType.NONE)
            writer.start(profile="pons/1", library="pons-kit")
            self._describe(writer, incident)
            channels: dict[tuple[str, str], int] = {}
            for recorded in incident.past:
                _add(writer, channels, recorded)
            written = _saved(file, 0)
            while isinstance(recorded := self._jobs.get(), Recorded):
                _add(writer, channels, recorded)
                written = _saved(file, written)
            writer.add_metadata("outcome", {"outcome": f"stopped: {incident.cause}"})
            writer.finish()

    def _new_file(self) -> Any:
        stem = time.strftime("incident-%Y%m%dT%H%M%SZ", time.gmtime())
        number = 1
        while True:
            name = f"{stem}.mcap" if number == 1 else f"{stem}-{number}.mcap"
            try:
                return (self._folder / name).open("xb")
            except FileExistsError:
                number += 1

    def _describe(self, writer: Writer, incident: Incident) -> None:
        it = self._descriptor
        writer.add_metadata("clock", {"epoch": "robot monotonic", "unit": "ns", "boot_id": incident.boot_id.hex(),
                                      "utc": "clock anchors in /pons/clock"})
        writer.add_metadata("robot", {
            "vendor": it.vendor, "model": it.model, "serial_number": it.serial_number, "firmware_version": it.firmware_version,
            "simulator": "true" if it.simulator else "false"})
        writer.add_metadata("incident", {"time_ns": str(incident.time_ns), "cause": incident.cause})

    def _drop_old(self) -> None:
        files = sorted(self._folder.glob("incident-*.mcap"), key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-self.KEPT]:
            path.unlink(missing_ok=True)


def _saved(file: Any, written: int) -> int:
    """Power may go next: what the writer has given out is on the disk."""
    if file.tell() > written:
        file.flush()
        os.fsync(file.fileno())
    return file.tell()


def _half_a_second(past: list[Recorded]) -> int:
    """How many bytes that is: a chunk is closed by its size, and a cut costs what it holds (REC-06)."""
    seconds = max((past[-1].time_ns - past[0].time_ns) / SECOND, 0.1)
    size = sum(len(recorded.payload) for recorded in past if recorded.topic == "state")
    return max(1024, int(size / seconds / 2))


def _add(writer: Writer, channels: dict[tuple[str, str], int], recorded: Recorded) -> None:
    key = recorded.topic, recorded.name
    if key not in channels:
        kind = writer.register_schema(name=f"pons.v1.{recorded.name}", encoding="protobuf", data=schema.DESCRIPTOR_SET)
        channels[key] = writer.register_channel(
            topic=f"/pons/{recorded.topic}/{recorded.name}", message_encoding="protobuf", schema_id=kind)
    writer.add_message(channels[key], log_time=recorded.time_ns, data=recorded.payload, publish_time=recorded.time_ns)
