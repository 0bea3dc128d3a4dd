"""What a policy's numbers mean. The protocols of today's policy servers don't say it, so a file must."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..client.session import ProtocolError
from .brain import Observation
from .pictures import Camera

_UNITS = {"rad": 1.0, "deg": math.pi / 180}


@dataclass(slots=True, frozen=True)
class Mapping:
    """Joint names in the order of the policy's numbers, their unit, the time between steps, and what the policy is asked."""

    joints: tuple[str, ...]
    unit: float
    step_ns: int
    prompt: str = ""
    #: Of openpi: under which name the policy looks for the state.
    state_key: str = "observation/state"
    #: Of LeRobot: which policy the server is to load, as it names them.
    policy: str = ""
    checkpoint: str = ""
    device: str = "cpu"
    most_steps: int = 50
    #: By the policy's names for its cameras.
    cameras: dict[str, Camera] = field(default_factory=dict)

    def places(self, descriptor: Any) -> list[int]:
        """Of the joints in the robot's order; raises `ProtocolError` for one that it has not."""
        names = [joint.name for joint in descriptor.joints]
        missing = [name for name in self.joints if name not in names]
        if missing:
            raise ProtocolError(f"the robot has no joint {', '.join(missing)}; mend the mapping")
        return [names.index(name) for name in self.joints]

    def state(self, observation: Observation) -> list[float]:
        """Positions as the policy wants them."""
        return [observation.position[place] / self.unit for place in self.places(observation.descriptor)]

    def rows(self, observation: Observation, actions: Sequence[Sequence[float]]) -> list[list[float]]:
        """Whole postures, joints that the policy doesn't move where they are; raises `ProtocolError` for what is no action."""
        places = self.places(observation.descriptor)
        rows = []
        for action in actions:
            if len(action) != len(places) or not all(map(math.isfinite, action)):
                raise ProtocolError(f"an action of {len(action)} numbers for {len(places)} joints, or not finite")
            row = list(observation.position)
            for place, value in zip(places, action):
                row[place] = value * self.unit
            rows.append(row)
        return rows


def load_mapping(path: str | Path, *, wanted: Sequence[str] = ()) -> Mapping:
    """From YAML: joints, unit (rad or deg), step_ms; prompt, cameras, state_key, policy, checkpoint, device, most_steps.

    Raises `ValueError` with what is missing: the first three always, and those that are `wanted`.
    """
    values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    for key in ("joints", "unit", "step_ms", *wanted):
        if not isinstance(values, dict) or key not in values:
            raise ValueError(f"{path}: '{key}' is missing; the policy's protocol does not say it, so this file must")
    known = ("joints", "unit", "step_ms", "prompt", "state_key", "policy", "checkpoint", "device", "most_steps", "cameras")
    unknown = [str(key) for key in values if key not in known]
    if unknown:
        raise ValueError(f"{path}: unknown {', '.join(unknown)}; known are {', '.join(known)}")
    if values["unit"] not in _UNITS:
        raise ValueError(f"{path}: unit {values['unit']!r}; use {' or '.join(_UNITS)}")
    rest = {key: values[key] for key in known[3:] if key in values}
    if "cameras" in rest:
        rest["cameras"] = _cameras(path, rest["cameras"])
    return Mapping(tuple(values["joints"]), _UNITS[values["unit"]], int(values["step_ms"] * 1e6), **rest)


def _cameras(path: str | Path, values: Any) -> dict[str, Camera]:
    """`name: sensor`, or `name: {sensor: …, width: …, height: …}`."""
    if not isinstance(values, dict):
        raise ValueError(f"{path}: cameras are {type(values).__name__}; write the policy's name for each, and the robot's sensor")
    cameras = {}
    for name, value in values.items():
        value = {"sensor": value} if isinstance(value, str) else value
        if not isinstance(value, dict) or not isinstance(value.get("sensor"), str) or set(value) - {"sensor", "width", "height"}:
            raise ValueError(f"{path}: camera {name}: {value!r}; write a sensor's id, or {{sensor: ID, width: 224, height: 224}}")
        sides = [value.get(side, 0) for side in ("width", "height")]
        if not all(isinstance(side, int) and side >= 0 for side in sides):
            raise ValueError(f"{path}: camera {name}: {sides[0]!r} by {sides[1]!r} is no size of a picture, in pixels")
        cameras[str(name)] = Camera(value["sensor"], *sides)
    return cameras
