"""What a robot's runtime needs of its body, and a body of simulated joints."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ..schema import InjectionKind, Stability
from .manifest import Manifest


@dataclass(slots=True)
class Command:
    """What the actuators are told in one cycle; lists follow the manifest's joint order."""

    permission: str
    position: list[float]
    velocity: list[float]
    #: Empty means the body's own gains.
    stiffness: list[float] = field(default_factory=list)
    damping: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Measurement:
    """What was measured at one time: rad, rad/s, N·m, °C."""

    capture_ns: int
    position: list[float]
    velocity: list[float]
    effort: list[float]
    temperature: list[float]
    #: Orientation x y z w, angular velocity, specific force.
    imu: tuple[float, ...] = (0, 0, 0, 1, 0, 0, 0, 0, 0, 9.81)
    contact_force: float = 0.0
    stability: int = Stability.STATIC
    charge: float = 1.0
    voltage: float = 48.0
    current: float = 2.0

    @property
    def is_still(self) -> bool:
        """No joint moves faster than V_STILL."""
        return max(map(abs, self.velocity)) < 0.02


class Body(Protocol):
    """What a vendor writes: the way to the drives. It translates and never repairs a command."""

    measurement: Measurement

    def boot(self, now: int) -> None:
        """The robot was powered on, or off and on again."""

    def advance(self, now: int, command: Command) -> None:
        """One cycle of 1 ms: hand the command to the drives, bring `measurement` up to `now` (ns, monotonic)."""

    def inject(self, kind: int, index: int, value: float, duration_ns: int, now: int) -> bool:
        """What a tester does to the body in TEST mode; hardware answers False."""


class SimulatedBody:
    """Each joint exact by itself: inertia, a drive with the manifest's gains and torque limit, dry friction. No contacts."""

    SETTLE_SPEED = 1.2  # rad/s, on the way to the seat

    def __init__(self, manifest: Manifest):
        joints = manifest.joints
        count = len(joints)
        self._joints = joints
        self._inertia = [joint.effort / (12 * joint.velocity) for joint in joints]
        self._targets = [joint.stand for joint in joints]
        self._resistance, self._resistance_until = [0.0] * count, 0
        self._stuck: tuple[int, float, int] | None = None
        self._contact: tuple[float, int] = (0.0, 0)
        self._last: int | None = None
        self.measurement = Measurement(0, [joint.stand for joint in joints], [0.0] * count, [0.0] * count, [30.0] * count)

    def boot(self, now: int) -> None:
        self._last = None

    def advance(self, now: int, command: Command) -> None:
        seconds = 0.001 if self._last is None else min((now - self._last) * 1e-9, 0.01)
        self._last = now
        if self._resistance_until and now >= self._resistance_until:
            self._resistance, self._resistance_until = [0.0] * len(self._joints), 0
        at = self.measurement
        if command.permission in ("off", "damp"):
            at.velocity = [0.0] * len(self._joints)
            at.effort = [0.0] * len(self._joints)
        else:
            self._drive(now, command, seconds)
        at.capture_ns = now
        at.contact_force = self._contact[0] if now < self._contact[1] else 0.0
        settling = command.permission == "settle" and any(
            abs(joint.seat - target) > 0.002 for joint, target in zip(self._joints, self._targets))
        at.stability = Stability.DYNAMIC if settling else Stability.STATIC

    def _drive(self, now: int, command: Command, seconds: float) -> None:
        at, step = self.measurement, self.SETTLE_SPEED * seconds
        settles = command.permission == "settle"
        for index, joint in enumerate(self._joints):
            velocity = at.velocity[index]
            if settles:
                distance = joint.seat - self._targets[index]
                self._targets[index] += max(-step, min(step, distance))
                target, speed = self._targets[index], 0.0
            else:
                target = self._targets[index] = command.position[index]
                speed = command.velocity[index]
            stiffness = command.stiffness[index] if command.stiffness else joint.stiffness
            damping = command.damping[index] if command.damping else joint.damping
            torque = stiffness * (target - at.position[index]) + damping * (speed - velocity)
            torque = max(-joint.effort, min(joint.effort, torque))
            free = velocity + torque / self._inertia[index] * seconds
            held = (0.02 * joint.effort + self._resistance[index]) / self._inertia[index] * seconds
            velocity = 0.0 if abs(free) <= held else free - held if free > 0 else free + held
            if self._stuck and self._stuck[0] == index and now < self._stuck[2]:
                velocity = self._stuck[1]
            at.velocity[index], at.effort[index] = velocity, torque
            at.position[index] = max(joint.lower, min(joint.upper, at.position[index] + velocity * seconds))

    def inject(self, kind: int, index: int, value: float, duration_ns: int, now: int) -> bool:
        if kind == InjectionKind.STATE_OF_CHARGE:
            self.measurement.charge = value
        elif kind == InjectionKind.CONTACT_FORCE:
            self._contact = (value, now + duration_ns)
        elif index >= len(self._joints):
            return False
        elif kind == InjectionKind.JOINT_RESISTANCE:
            self._resistance[index] = value
            self._resistance_until = now + duration_ns if duration_ns else 0
        elif kind == InjectionKind.TEMPERATURE:
            self.measurement.temperature[index] = value
        elif kind == InjectionKind.STUCK_JOINT:
            self._stuck = (index, value, now + duration_ns)
        else:
            return False
        return True
