"""The facts of a robot, from `manifest.yaml` (schema pons.manifest/1): the same file as of ports and adapters."""
from __future__ import annotations

import dataclasses
import pathlib
from dataclasses import dataclass, field
from typing import Any

import yaml


class ManifestError(Exception):
    """What is wrong, where, and how to mend it."""


@dataclass(slots=True, frozen=True)
class Joint:
    name: str
    part: str
    parent: str
    child: str
    lower: float
    upper: float
    velocity: float
    effort: float
    stiffness: float
    damping: float
    stand: float = 0.0
    seat: float = 0.0


@dataclass(slots=True, frozen=True)
class Part:
    name: str
    parent: str
    #: Groups of joints that it holds; empty for all of them.
    chains: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class Stop:
    kind: str
    category: int
    time_ns: int
    travel_rad: float
    method: str


@dataclass(slots=True)
class Manifest:
    id: str
    vendor: str
    model: str
    hardware: str
    sign: str
    zero: str
    is_simulated: bool
    profiles: list[str]
    joints: list[Joint]
    parts: list[Part]
    assumed: dict[str, float]
    timing: dict[str, float]
    stops: list[Stop]
    sensors: list[dict[str, Any]] = field(default_factory=list)


_ASSUMED = ("acceleration_per_velocity", "jerk_per_velocity", "stiffness_per_effort", "damping_per_effort",
            "bump_tolerance_rad", "following_error_rad", "following_error_time_ms")
_TIMING = ("spinal_rate_hz", "small_brain_rate_hz", "state_rate_hz", "setpoint_deadline_ms")
_ROOT = {"schema", "id", "vendor", "model", "hardware", "legged", "profiles", "bundle", "sources", "unknown", "sign", "zero",
         "mass_kg", "joints", "parts", "assumed", "timing", "stops", "sensors", "command", "simulated"}
_LISTS = {"parts": {"name", "in", "joints"}, "stops": {"kind", "category", "time_ms", "travel_rad", "method"},
          "sensors": {"id", "kind", "frame", "rate_hz"}}
_POSITIVE = ("velocity", "effort", "stiffness", "damping")


class _Reader:
    def __init__(self, path: pathlib.Path):
        self.path = path

    def fail(self, message: str, hint: str) -> ManifestError:
        return ManifestError(f"{self.path}: {message}; {hint}")

    def get(self, mapping: Any, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        if not isinstance(mapping, dict) or key not in mapping:
            raise self.fail(f"{what} has no '{key}'", f"write {key}: …")
        value = mapping[key]
        if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
            raise self.fail(f"{key} of {what} is {value!r}", "that is another kind of value than the key takes")
        return value

    def only(self, mapping: Any, keys: set[str], what: str) -> None:
        """A typing error must not read as silence."""
        if not isinstance(mapping, dict):
            raise self.fail(f"{what} is no mapping", "write key: value")
        for key in mapping:
            if key not in keys:
                raise self.fail(f"{what} has an unknown key '{key}'", f"there are: {', '.join(sorted(keys))}")

    def positives(self, mapping: Any, keys: tuple[str, ...], what: str) -> dict[str, float]:
        values = {key: float(self.get(mapping, key, (int, float), what)) for key in keys}
        for key, value in values.items():
            if value <= 0:
                raise self.fail(f"{key} of {what} is {value}", "0 is a placeholder, not a fact; find the fact")
        return values

    def joint(self, node: Any) -> Joint:
        name = self.get(node, "name", str, "a joint")
        what = f"joint {name}"
        self.only(node, {f.name for f in dataclasses.fields(Joint)} | {"native", "topic"}, what)
        lower, upper = (float(self.get(node, key, (int, float), what)) for key in ("lower", "upper"))
        if not lower < upper:
            raise self.fail(f"{what}: lower {lower} is not below upper {upper}", "a placeholder is no limit (DSC-03)")
        stand = float(node.get("stand", 0.0))
        seat = float(node.get("seat", stand))
        for key, value in (("stand", stand), ("seat", seat)):
            if not lower < value < upper:
                raise self.fail(f"{what}: {key} {value} is outside {lower} to {upper}", "choose a posture it can take")
        texts = [self.get(node, key, str, what) for key in ("part", "parent", "child")]
        return Joint(name, *texts, lower, upper, **self.positives(node, _POSITIVE, what), stand=stand, seat=seat)


def load(path: str | pathlib.Path) -> Manifest:
    """Reads a manifest and checks it against itself; raises `ManifestError`."""
    read = _Reader(pathlib.Path(path))
    try:
        root = yaml.safe_load(read.path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{path}: {error}") from error
    what = "the manifest"
    read.only(root, _ROOT, what)
    read.only(root.get("assumed"), {*_ASSUMED, "temperature_limit_c"}, "assumed")
    read.only(root.get("timing"), set(_TIMING), "timing")
    for key, keys in _LISTS.items():
        for node in root.get(key) or []:
            read.only(node, keys, f"an element of {key}")
    if read.get(root, "schema", str, what) != "pons.manifest/1":
        raise read.fail(f"schema is {root['schema']!r}", "this kit reads pons.manifest/1")
    joints = [read.joint(node) for node in read.get(root, "joints", list, what)]
    names = [joint.name for joint in joints]
    if not joints or len(set(names)) != len(names):
        raise read.fail("joints are missing, or two have one name", "names of joints are theirs alone")
    parts = [Part(read.get(node, "name", str, "a part"), str(node.get("in", "")), tuple(node.get("joints", ())))
             for node in read.get(root, "parts", list, what)]
    for part in parts:
        for chain in part.chains:
            if chain not in {joint.part for joint in joints}:
                raise read.fail(f"part {part.name} holds {chain}, which no joint is in", "see 'part' of the joints")
    assumed = read.positives(root.get("assumed"), _ASSUMED, "assumed")
    if "temperature_limit_c" in root["assumed"]:
        assumed |= read.positives(root["assumed"], ("temperature_limit_c",), "assumed")
    stops = [Stop(read.get(node, "kind", str, "a stop"), read.get(node, "category", int, "a stop"),
                  int(read.get(node, "time_ms", (int, float), "a stop") * 1e6),
                  float(read.get(node, "travel_rad", (int, float), "a stop")), read.get(node, "method", str, "a stop"))
             for node in read.get(root, "stops", list, what)]
    for kind in ("protective", "emergency"):
        if kind not in {stop.kind for stop in stops}:
            raise read.fail(f"there is no {kind} stop", "say how the robot stops, and how fast")
    return Manifest(
        id=read.get(root, "id", str, what), vendor=read.get(root, "vendor", str, what),
        model=read.get(root, "model", str, what), hardware=read.get(root, "hardware", str, what),
        sign=read.get(root, "sign", str, what), zero=read.get(root, "zero", str, what),
        is_simulated=bool(root.get("simulated", True)), profiles=list(root.get("profiles", [])), joints=joints, parts=parts,
        assumed=assumed, timing=read.positives(root.get("timing"), _TIMING, "timing"), stops=stops,
        sensors=list(root.get("sensors", [])))
