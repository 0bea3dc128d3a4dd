"""The loop of a big brain around a policy."""
from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..client import Refused, RobotConnection, connect
from ..client.session import ProtocolError
from ..schema import RejectReason, SafetyState
from .pictures import Camera, Picture, picture_of

MS = 1_000_000
_MOVING = (SafetyState.OPERATIONAL, SafetyState.REDUCED)


@dataclass(slots=True)
class Observation:
    """What the policy sees: joints in the descriptor's order, and a picture of each of its cameras."""

    descriptor: Any
    #: Of the oldest part of it, robot time: an action rests on no newer one.
    capture_ns: int
    position: Sequence[float]
    velocity: Sequence[float]
    #: When the policy is asked, robot time: its first step is meant for a little after this.
    robot_time_ns: int
    #: By the policy's own names for its cameras.
    pictures: Mapping[str, Picture] = field(default_factory=dict)


class Policy(Protocol):
    """Answers an observation with rows of joint positions, `step_ns` apart."""

    step_ns: int
    #: What it looks through, by its own names; none where it goes by joints alone.
    cameras: Mapping[str, Camera]

    def reset(self) -> None:
        """A new session, or a robot that was moved by somebody else: what was planned is void."""

    async def infer(self, observation: Observation) -> Sequence[Sequence[float]]:
        """May take its time: what it answers is stamped with the observation, and refused where that has grown old."""


class Brain:
    """Runs a policy on a robot, over as many links as it takes."""

    #: How often the policy is asked; a chunk must be there before the running one ends (BRN-07).
    PERIOD_NS = 200 * MS
    #: An observation older than this is none: the policy would act on the past (BRN-13).
    BLIND_NS = 300 * MS
    #: Of the first step after the chunk is sent.
    LEAD_NS = 10 * MS

    def __init__(self, policy: Policy, url: str, *, keys: str | Path | None = None, name: str = "pons-brain"):
        self.policy, self.url, self.keys, self.name = policy, url, keys, name
        self._said = ""

    async def run(self) -> None:
        """Serves until it is cancelled; connects again whenever its link ends."""
        while True:
            try:
                async with await connect(self.url, keys=self.keys, name=self.name) as robot:
                    await self._serve(robot)
            except (OSError, TimeoutError, ProtocolError, Refused) as error:
                self._say(f"{str(error) or type(error).__name__}; connecting again")
                await asyncio.sleep(0.2)

    def _say(self, what: str) -> None:
        """To whoever watches, once while it stays the same."""
        if what != self._said:
            self._said = what
            print(f"{self.name}: {what}", file=sys.stderr, flush=True)

    async def _serve(self, robot: RobotConnection) -> None:
        self.policy.reset()
        await self._watch(robot)
        was_moving = is_blind = has_stopped = False
        next_ns = 0
        too_old_ns = 0
        while True:
            robot.check()
            is_moving = robot.safety_state in _MOVING
            # After a stop a person lets the robot go on, never this brain (BRN-09).
            has_stopped = (has_stopped or was_moving) and not is_moving
            was_moving = is_moving
            now = time.monotonic_ns()
            seen_ns = self._seen_ns(robot)
            age = now - (seen_ns or now)
            if robot.descriptor is None or has_stopped or seen_ns is None:
                pass
            elif not is_moving:
                await self._prepare(robot)
            elif age > self.BLIND_NS:
                if not is_blind:
                    is_blind = True
                    await robot.request_stop()
            elif now >= next_ns and self._capture_ns(robot) > too_old_ns:
                is_blind = False
                next_ns = now + self.PERIOD_NS
                too_old_ns = await self._think(robot) or 0
            await asyncio.sleep(0.005)

    async def _watch(self, robot: RobotConnection) -> None:
        """Asks for the pictures that the policy needs, twice as often as it is asked."""
        sensors = {sensor.id for sensor in robot.descriptor.sensors}
        for name, camera in self.policy.cameras.items():
            if camera.sensor not in sensors:
                raise ProtocolError(f"the robot has no camera {camera.sensor} for {name}; it has {', '.join(sorted(sensors)) or 'none'}")
            await robot.watch(camera.sensor, rate_hz=2e9 / self.PERIOD_NS, width=camera.width, height=camera.height)

    def _seen_ns(self, robot: RobotConnection) -> int | None:
        """When the oldest part of what is seen came; `None` before the first picture of each camera."""
        times = [robot.state_received_ns]
        for camera in self.policy.cameras.values():
            if camera.sensor not in robot.pictures:
                return None
            times.append(robot.pictures[camera.sensor][1])
        return min(times)

    def _capture_ns(self, robot: RobotConnection) -> int:
        """Of the oldest part of what is seen, robot time."""
        images = (robot.pictures[camera.sensor][0] for camera in self.policy.cameras.values())
        return min([robot.state.capture_ns, *(image.header.capture_midpoint_ns for image in images)])

    async def _prepare(self, robot: RobotConnection) -> None:
        """Authority, power and permission, one after the other; what is refused is asked again later, and not at once."""
        try:
            if not robot.session.leases:
                await robot.acquire()
            elif robot.safety_state == SafetyState.OFF:
                await robot.power()
            elif robot.safety_state == SafetyState.STANDBY:
                await robot.enable()
        except Refused:
            await asyncio.sleep(0.5)

    async def _think(self, robot: RobotConnection) -> int | None:
        """Asks the policy and sends its answer; returns the capture time of an observation that the robot found too old."""
        state = robot.state
        capture_ns = self._capture_ns(robot)
        pictures = {name: picture_of(robot.pictures[camera.sensor][0]) for name, camera in self.policy.cameras.items()}
        observation = Observation(robot.descriptor, capture_ns, state.position, state.velocity, robot.robot_time_ns, pictures)
        steps = await self.policy.infer(observation)
        if robot.safety_state not in _MOVING or robot.descriptor is None:
            return None
        try:
            await robot.play(steps, period_ns=self.policy.step_ns, start_in_ns=self.LEAD_NS, observed_ns=capture_ns,
                             valid_for_ns=1_000 * MS)
        except Refused as refused:
            self._say(str(refused))
            # Nothing is sent twice: the next chunk rests on a newer observation (BRN-08).
            if refused.reason in (RejectReason.RATE_LIMIT, RejectReason.LIMIT_EXCEEDED):
                await asyncio.sleep(1)
            return capture_ns
        return None
