"""From targets to motion: limits, the shaper, action chunks, the last check before the actuators."""
from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field, replace
from typing import Any

from ..schema import RejectReason
from ..wire import Rejection


def _single(*values: float) -> tuple[float, ...]:
    """As single precision: what setpoints are sent in, so that a target at the limit is not beyond it."""
    return struct.unpack(f"{len(values)}f", struct.pack(f"{len(values)}f", *values))


@dataclass(slots=True, frozen=True)
class Limits:
    """Of one joint, in its unit and per second."""

    hard_lower: float
    hard_upper: float
    soft_lower: float
    soft_upper: float
    velocity: float
    acceleration: float
    effort: float
    stiffness: float
    damping: float
    bump: float
    lag: float | None
    lag_ns: int

    @classmethod
    def of(cls, joint: Any) -> Limits:
        """From the joint's description."""
        return cls(*_single(joint.hard_position.lower, joint.hard_position.upper, joint.soft_position.lower,
                            joint.soft_position.upper, joint.velocity_limit, joint.acceleration_limit, joint.effort_limit,
                            joint.stiffness_limit, joint.damping_limit,
                            joint.bump_tolerance if joint.HasField("bump_tolerance") else 0.05),
                   joint.following_error_limit if joint.HasField("following_error_limit") else None,
                   joint.following_error_time_ns)

    def scaled(self, share: float) -> Limits:
        return replace(self, velocity=self.velocity * share, acceleration=self.acceleration * share)

    def check_position(self, target: float, path: str) -> None:
        for bound, broken in ((self.hard_upper, not target <= self.hard_upper), (self.hard_lower, not target >= self.hard_lower),
                              (self.soft_upper, target > self.soft_upper), (self.soft_lower, target < self.soft_lower)):
            if broken:
                raise Rejection(RejectReason.OUT_OF_RANGE, path, bound)


def check_symmetric(value: float, bound: float, path: str) -> None:
    if abs(value) > bound:
        raise Rejection(RejectReason.OUT_OF_RANGE, path, math.copysign(bound, value))


@dataclass(slots=True)
class Shaper:
    """Turns targets into motion within velocity and acceleration limits: no step reaches an actuator."""

    position: list[float]
    velocity: list[float]

    def start(self, measured: list[float]) -> None:
        self.position = list(measured)
        self.velocity = [0.0] * len(measured)

    def follow(self, targets: list[float], limits: list[Limits], seconds: float) -> None:
        """Never faster than can still be stopped at the target."""
        for index, limit in enumerate(limits):
            distance = targets[index] - self.position[index]
            if distance == 0.0 and self.velocity[index] == 0.0:
                continue
            way = abs(distance)
            wanted = min(way / seconds, math.sqrt(2 * limit.acceleration * way), limit.velocity)
            self._advance(index, math.copysign(wanted, distance), limit, seconds)

    def coast(self, seconds: float) -> None:
        for index, velocity in enumerate(self.velocity):
            self.position[index] += velocity * seconds

    def decelerate(self, limits: list[Limits], seconds: float) -> None:
        for index, limit in enumerate(limits):
            if self.velocity[index]:
                self._advance(index, 0.0, limit, seconds)

    def _advance(self, index: int, wanted: float, limit: Limits, seconds: float) -> None:
        change = limit.acceleration * seconds
        velocity = self.velocity[index] + max(-change, min(change, wanted - self.velocity[index]))
        self.velocity[index] = velocity
        self.position[index] = max(limit.hard_lower, min(limit.hard_upper, self.position[index] + velocity * seconds))

    @property
    def is_still(self) -> bool:
        return not any(abs(velocity) > 0.005 for velocity in self.velocity)


@dataclass(slots=True)
class Chunk:
    id: int
    start_ns: int
    period_ns: int
    horizon: int
    commit_prefix: int
    positions: list[float]

    @classmethod
    def of(cls, message: Any) -> Chunk:
        return cls(message.chunk_id, message.start_ns, message.step_period_ns, message.horizon, message.commit_prefix,
                   list(message.position))

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.horizon * self.period_ns

    def first_step(self, now: int) -> int:
        """The first step that is not over."""
        return 0 if now <= self.start_ns else -((self.start_ns - now) // self.period_ns)

    def step(self, now: int) -> int:
        return (now - self.start_ns) // self.period_ns


@dataclass(slots=True)
class ChunkPlayer:
    """Plays chunks on their own time grid: a step whose time has passed is never shifted to later (CMD-12)."""

    running: Chunk | None = None
    next: Chunk | None = None
    newest_id: int = 0
    #: When the last chunk ran out without a successor.
    underrun_ns: int | None = None

    def enqueue(self, chunk: Chunk, now: int) -> None:
        """It takes over at its own start, never inside the committed prefix of the running one (CMD-14)."""
        self.newest_id, self.underrun_ns = max(self.newest_id, chunk.id), None
        if self.running is None:
            self.running = chunk
        else:
            self.next = chunk
        self._promote(now)

    def clear(self) -> None:
        self.running = self.next = self.underrun_ns = None

    def restart(self) -> None:
        self.clear()
        self.newest_id = 0

    def depth(self, now: int) -> int:
        chunk = self.next or self.running
        return max(0, chunk.horizon - max(0, chunk.first_step(now))) if chunk else 0

    def targets(self, now: int, joints: int) -> list[float] | None:
        """Linear between steps; `None` where nothing is to be played."""
        self._promote(now)
        chunk = self.running
        if chunk is None or now < chunk.start_ns:
            return None
        if now >= chunk.end_ns:
            self.running, self.underrun_ns = None, chunk.end_ns
            return None
        step = chunk.step(now)
        following = min(step + 1, chunk.horizon - 1)
        share = (now - chunk.start_ns) % chunk.period_ns / chunk.period_ns
        here, there = step * joints, following * joints
        at = chunk.positions
        return [at[here + j] + share * (at[there + j] - at[here + j]) for j in range(joints)]

    def _promote(self, now: int) -> None:
        if self.next is None or self.running is None:
            return
        committed = self.running.start_ns + min(self.running.commit_prefix, self.running.horizon) * self.running.period_ns
        if now >= max(self.next.start_ns, min(committed, self.running.end_ns)):
            self.running, self.next = self.next, None


@dataclass(slots=True)
class SpinalGuard:
    """The last check before the actuators: way and speed of every joint, whoever asks (MOT-13)."""

    _last: list[float] | None = None
    _allowance: list[float] = field(default_factory=list)
    _was_running: bool = False

    def hold(self, position: list[float], velocity: list[float], is_running: bool, limits: list[Limits],
             seconds: float = 0.001) -> bool:
        """Holds joints whose target of this cycle is beyond the limits where they are; whether there was one."""
        last, was, self._was_running = self._last, self._was_running, is_running
        fastest = [limit.velocity * seconds * 1.05 for limit in limits]
        held = False
        if is_running and was and last is not None:
            if position != last:
                for joint, limit in enumerate(limits):
                    way = min(self._allowance[joint] + fastest[joint], 2 * fastest[joint])
                    lowest = max(min(limit.soft_lower, last[joint]), last[joint] - way)
                    highest = min(max(limit.soft_upper, last[joint]), last[joint] + way)
                    if lowest <= position[joint] <= highest:
                        self._allowance[joint] = way - abs(position[joint] - last[joint])
                    else:
                        self._allowance[joint] = way
                        position[joint], velocity[joint] = last[joint], 0.0
                        held = True
            else:
                self._allowance = [min(a + f, 2 * f) for a, f in zip(self._allowance, fastest)]
        else:
            self._allowance = [2 * each for each in fastest]
        self._last = list(position)
        return held


@dataclass(slots=True)
class Standstill:
    """Debounced: a slow turn at the end of a swing is not standstill (50 ms), one noisy sample no motion (10 ms)."""

    is_still: bool = True
    _run: int = 0

    def observe(self, sample: bool) -> None:
        if sample == self.is_still:
            self._run = 0
            return
        self._run += 1
        if self._run >= (50 if sample else 10):
            self.is_still, self._run = sample, 0
