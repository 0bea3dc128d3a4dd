"""The robot's clock seen from here: four stamps an exchange, the fastest decides until it has grown old (part TIM)."""
from __future__ import annotations

from dataclasses import dataclass

#: How fast two conforming clocks may drift apart (TIM-03).
DRIFT_BOUND = 200e-6


@dataclass(slots=True)
class ClockComparison:
    offset_ns: int = 0
    count: int = 0
    newest_ns: int = -(1 << 62)
    _best_ns: int | None = None
    _compared_ns: int = 0

    def uncertainty_ns(self, now: int) -> int | None:
        """Half the round trip of the best exchange, and what the clocks may have drifted since."""
        if self._best_ns is None:
            return None
        return self._best_ns + int(max(0, now - self._compared_ns) * DRIFT_BOUND)

    def add(self, sent: int, robot_received: int, robot_sent: int, received: int) -> None:
        self.count += 1
        self.newest_ns = received
        uncertainty = max((received - sent) - (robot_sent - robot_received), 0) // 2 + 1
        known = self.uncertainty_ns(received)
        if known is None or uncertainty <= known:
            self._best_ns, self._compared_ns = uncertainty, received
            self.offset_ns = ((robot_received - sent) + (robot_sent - received)) // 2

    def robot_time(self, own: int) -> int:
        return own + self.offset_ns if self.count else 0
