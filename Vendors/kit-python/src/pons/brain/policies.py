"""Policies to start from."""
from __future__ import annotations

import math
from collections.abc import Sequence

from .brain import Observation
from .pictures import Camera


class SlowWave:
    """Moves one joint to and fro in four seconds. What matters is when the brain around it speaks and when it is silent."""

    def __init__(self, amplitude: float = 0.1, horizon: int = 25, step_ns: int = 20_000_000):
        self.amplitude, self.horizon, self.step_ns = amplitude, horizon, step_ns
        self.cameras: dict[str, Camera] = {}
        self._home: list[float] | None = None
        self._start_ns = 0

    def reset(self) -> None:
        self._home = None

    async def infer(self, observation: Observation) -> Sequence[Sequence[float]]:
        if self._home is None:
            self._home, self._start_ns = list(observation.position), observation.robot_time_ns
        names = [joint.name for joint in observation.descriptor.joints]
        moved = next((index for index, name in enumerate(names) if "elbow" in name), 0)
        rows = []
        for step in range(self.horizon):
            seconds = (observation.robot_time_ns - self._start_ns + step * self.step_ns) / 1e9
            row = list(self._home)
            row[moved] += self.amplitude * math.sin(math.pi * seconds / 2)
            rows.append(row)
        return rows
