#!/usr/bin/env python3
"""The adapter of VENDOR's robot: tells the drives what Pons decided, and Pons what they measured.

The protocol is in docs/adapter-protocol.md of Pons. Everything above `main` is yours to replace; print to standard error only.
"""
import struct
import sys

JOINTS = 4  # TODO as many as in manifest.yaml (DSC-02)

START, BOOT, CYCLE, INJECT = 1, 2, 3, 4
RESISTANCE, CHARGE, TEMPERATURE, STUCK = 7, 9, 8, 16


class Drives:
    """TODO your drives. These are simulated: each joint exact by itself, with inertia, friction and a torque limit.

    Read position, velocity, effort and temperature from your bus; hand the targets over as they are. Clamping, filtering or
    retrying here hides faults from everybody (an adapter translates and never repairs).
    """

    INERTIA = [0.6, 0.4, 0.6, 0.4]  # kg·m²
    LIMIT = [60.0, 40.0, 60.0, 40.0]  # N·m

    def __init__(self):
        self.position = [0.0] * JOINTS
        self.velocity = [0.0] * JOINTS
        self.effort = [0.0] * JOINTS
        self.temperature = [30.0] * JOINTS
        self.resistance = [0.0] * JOINTS
        self.resistance_until = 0
        self.stuck = None
        self.charge = 1.0
        self.last = None

    def move(self, now, targets):
        """One cycle: `targets` are (enabled, position, velocity, effort, stiffness, damping) in the manifest's order."""
        seconds = 0.001 if self.last is None else min((now - self.last) * 1e-9, 0.01)
        self.last = now
        if self.resistance_until and now >= self.resistance_until:
            self.resistance, self.resistance_until = [0.0] * JOINTS, 0
        for joint, (enabled, position, velocity, effort, stiffness, damping) in enumerate(targets):
            if not enabled:  # the brakes hold
                self.velocity[joint] = self.effort[joint] = 0.0
                continue
            torque = (effort + stiffness * (position - self.position[joint])
                      + damping * (velocity - self.velocity[joint]))
            torque = max(-self.LIMIT[joint], min(self.LIMIT[joint], torque))
            free = self.velocity[joint] + torque / self.INERTIA[joint] * seconds
            held = (0.02 * self.LIMIT[joint] + self.resistance[joint]) / self.INERTIA[joint] * seconds
            self.velocity[joint] = 0.0 if abs(free) <= held else free - held if free > 0 else free + held
            if self.stuck and self.stuck[0] == joint and now < self.stuck[2]:
                self.velocity[joint] = self.stuck[1]
            self.position[joint] += self.velocity[joint] * seconds
            self.effort[joint] = torque

    def inject(self, kind, index, value, duration, now):
        """What a tester does to the body in TEST mode. Hardware answers False."""
        if kind == CHARGE:
            self.charge = value
        elif index >= JOINTS:
            return False
        elif kind == RESISTANCE:
            self.resistance[index] = value
            self.resistance_until = now + duration if duration else 0
        elif kind == TEMPERATURE:
            self.temperature[index] = value
        elif kind == STUCK:
            self.stuck = (index, value, now + duration)
        else:
            return False
        return True


def state(drives, now):
    """TODO the inertial unit and the battery, where there are such."""
    answer = struct.pack("<qII", now, 1, JOINTS)
    for joint in range(JOINTS):
        answer += struct.pack("<4f", drives.position[joint], drives.velocity[joint], drives.effort[joint],
                              drives.temperature[joint])
    return answer + struct.pack("<10f3f", 0, 0, 0, 1, 0, 0, 0, 0, 0, 9.81, drives.charge, 48.0, 2.0)


def main():
    drives, now = Drives(), 0
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(8):
        length, kind, version = struct.unpack("<IHH", head)
        question = source.read(length)
        if version != 1:
            sys.exit(f"adapter: protocol version {version}, this program speaks 1")
        if kind == START:
            answer = struct.pack("<I", JOINTS)
        elif kind == BOOT:
            answer = b""
        elif kind == CYCLE:
            now, _permission, count = struct.unpack_from("<qII", question)
            drives.move(now, [struct.unpack_from("<I5f", question, 16 + 24 * joint) for joint in range(count)])
            answer = state(drives, now)
        elif kind == INJECT:
            what, index, value, duration = struct.unpack("<IIdq", question)
            answer = struct.pack("<I", drives.inject(what, index, value, duration, now))
        else:
            sys.exit(f"adapter: unknown question {kind}")
        sink.write(struct.pack("<IHH", len(answer), kind, 1) + answer)
        sink.flush()


main()
