"""The loop of a big brain around a policy."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..client import Refused, RobotConnection, connect
from ..client.session import ProtocolError
from ..schema import RejectReason, SafetyState

MS = 1_000_000
_MOVING = (SafetyState.OPERATIONAL, SafetyState.REDUCED)


@dataclass(slots=True)
class Observation:
    """What the policy sees: joints in the descriptor's order, at one capture time of the robot's clock."""

    descriptor: Any
    capture_ns: int
    position: Sequence[float]
    velocity: Sequence[float]
    #: When the policy is asked, robot time: its first step is meant for a little after this.
    robot_time_ns: int


class Policy(Protocol):
    """Answers an observation with rows of joint positions, `step_ns` apart."""

    step_ns: int

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

    async def run(self) -> None:
        """Serves until it is cancelled; connects again whenever its link ends."""
        while True:
            try:
                async with await connect(self.url, keys=self.keys, name=self.name) as robot:
                    await self._serve(robot)
            except (OSError, TimeoutError, ProtocolError, Refused):
                await asyncio.sleep(0.2)

    async def _serve(self, robot: RobotConnection) -> None:
        self.policy.reset()
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
            age = now - robot.state_received_ns
            if robot.descriptor is None or has_stopped:
                pass
            elif not is_moving:
                await self._prepare(robot)
            elif age > self.BLIND_NS:
                if not is_blind:
                    is_blind = True
                    await robot.request_stop()
            elif now >= next_ns and robot.state.capture_ns > too_old_ns:
                is_blind = False
                next_ns = now + self.PERIOD_NS
                too_old_ns = await self._think(robot) or 0
            await asyncio.sleep(0.005)

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
        observation = Observation(robot.descriptor, state.capture_ns, state.position, state.velocity, robot.robot_time_ns)
        steps = await self.policy.infer(observation)
        if robot.safety_state not in _MOVING or robot.descriptor is None:
            return None
        try:
            await robot.play(steps, period_ns=self.policy.step_ns, start_in_ns=self.LEAD_NS, observed_ns=state.capture_ns,
                             valid_for_ns=1_000 * MS)
        except Refused as refused:
            # Nothing is said twice: the next chunk rests on a newer observation (BRN-08).
            if refused.reason in (RejectReason.RATE_LIMIT, RejectReason.LIMIT_EXCEEDED):
                await asyncio.sleep(1)
            return state.capture_ns
        return None
