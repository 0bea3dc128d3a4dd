"""The descriptor of part DSC from a manifest, with the files that it refers to."""
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from .. import schema
from ..schema import (AcknowledgePlace, ControlMode, JointType, LatencyClass, LimitPolicy, SafetyState, SensorKind, Stability,
                      StampSource, StopCategory, StopKind)
from .manifest import Joint, Manifest
from .safety import AUTO_CLEAR

MS = 1_000_000
SECOND = 1_000_000_000


@dataclass(slots=True)
class Description:
    """The descriptor, its bytes and hash, and the files it refers to by their hashes."""

    message: Any
    files: dict[bytes, bytes]
    data: bytes = b""
    sha256: bytes = b""
    #: Of the stop plans in force: what a hard cut must confirm (HUM-05).
    stop_plan_sha256: bytes = b""

    def __post_init__(self) -> None:
        self.seal()

    def seal(self) -> None:
        """After a change: bytes and hashes anew."""
        self.data = self.message.SerializeToString(deterministic=True)
        self.sha256 = _sha(self.data)
        plans = self.message.safety.stop_plans
        self.stop_plan_sha256 = _sha(b"".join(plan.SerializeToString(deterministic=True) for plan in plans))


#: What this runtime serves; what else a manifest claims needs more than the kit has.
SERVED = ("CORE", "TASK", "CHUNK", "MOTION")


def served(manifest: Manifest) -> list[str]:
    return [profile for profile in manifest.profiles if profile in SERVED]


def describe(manifest: Manifest, firmware: str, *, is_lab: bool = False) -> Description:
    message = schema.Descriptor(
        vendor=manifest.vendor, model=manifest.model, hardware_version=manifest.hardware, firmware_version=firmware,
        serial_number="SIM" if manifest.is_simulated else "UNKNOWN", simulator=manifest.is_simulated, lab_mode=is_lab,
        descriptor_epoch=1, features=["joint-position", "joint-impedance", "action-chunk", "task"],
        action_spaces=["joint-position"], skills=["wait"],
        vulnerability_contact="https://pons.invalid/security (put your own here)")
    if manifest.is_simulated:
        message.features.append("injection")
    for joint in manifest.joints:
        _joint(message.joints.add(), joint, manifest)
    _resources(message, manifest)
    _frames(message, manifest)
    _promises(message, manifest)
    _safety(message.safety, manifest)
    for profile in served(manifest):
        message.claims.add(profile=profile, level="L1", spec_version="1.0-draft")
    model = _body_model(manifest)
    parts = _bill_of_materials(manifest.id)
    message.body_models.add(media_type="application/urdf+xml", sha256=_sha(model), size=len(model), name="body")
    message.software_bill_of_materials.CopyFrom(schema.ContentReference(
        media_type="application/spdx+json", sha256=_sha(parts), size=len(parts), name=manifest.id))
    return Description(message, {_sha(model): model, _sha(parts): parts})


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _joint(message: Any, joint: Joint, manifest: Manifest) -> None:
    margin = 0.025 * (joint.upper - joint.lower)
    assumed = manifest.assumed
    message.name, message.type = joint.name, JointType.REVOLUTE
    message.parent_link, message.child_link = joint.parent, joint.child
    message.sign_convention, message.zero_definition = manifest.sign, manifest.zero
    message.hard_position.lower, message.hard_position.upper = joint.lower, joint.upper
    message.soft_position.lower, message.soft_position.upper = joint.lower + margin, joint.upper - margin
    message.velocity_limit = joint.velocity
    message.acceleration_limit = joint.velocity * assumed["acceleration_per_velocity"]
    message.jerk_limit = joint.velocity * assumed["jerk_per_velocity"]
    message.effort_limit = joint.effort
    message.stiffness_limit = joint.effort * assumed["stiffness_per_effort"]
    message.damping_limit = joint.effort * assumed["damping_per_effort"]
    message.modes.extend([ControlMode.POSITION, ControlMode.IMPEDANCE])
    if "temperature_limit_c" in assumed:
        message.temperature_limit = assumed["temperature_limit_c"]
    message.bump_tolerance = assumed["bump_tolerance_rad"]
    message.following_error_limit = assumed["following_error_rad"]
    message.following_error_time_ns = int(assumed["following_error_time_ms"] * MS)


def _resources(message: Any, manifest: Manifest) -> None:
    numbers = {part.name: index + 1 for index, part in enumerate(manifest.parts)}
    for part in manifest.parts:
        message.resources.add(
            id=numbers[part.name], name=part.name, parent_id=numbers.get(part.parent, 0),
            joint_indices=[index for index, joint in enumerate(manifest.joints)
                           if not part.chains or joint.part in part.chains])


def _frames(message: Any, manifest: Manifest) -> None:
    children = {joint.child for joint in manifest.joints}
    root = next((joint.parent for joint in manifest.joints if joint.parent not in children), "base")
    names = {"base": "", root: "base"} if root != "base" else {"base": ""}
    for sensor in manifest.sensors:
        names.setdefault(sensor["frame"], root)
        description = message.sensors.add(
            id=sensor["id"], kind=SensorKind.IMU, frame=sensor["frame"], nominal_rate_hz=sensor["rate_hz"],
            latency_class=LatencyClass.FAST, stamp_source=StampSource.ARRIVAL)
        description.extrinsics.position.CopyFrom(schema.Vector3(x=0, y=0, z=0))
        description.extrinsics.orientation.CopyFrom(schema.Quaternion(x=0, y=0, z=0, w=1))
    for name, parent in names.items():
        message.frames.add(name=name, parent=parent)


def _promises(message: Any, manifest: Manifest) -> None:
    """What this runtime keeps, whatever body is behind it."""
    timing = message.timing
    timing.spinal_rate_hz = manifest.timing["spinal_rate_hz"]
    timing.small_brain_rate_hz = manifest.timing["small_brain_rate_hz"]
    timing.state_rate_hz = manifest.timing["state_rate_hz"]
    timing.setpoint_deadline_ns = int(manifest.timing["setpoint_deadline_ms"] * MS)
    timing.chunk_deadline_ns = 500 * MS
    timing.setpoint_max_lead_ns = 100 * MS
    timing.task_max_lead_ns = 2 * SECOND
    timing.lease_duration_ns = SECOND
    timing.heartbeat_period_ns = 100 * MS
    timing.peer_timeout_ns = 300 * MS
    timing.sync_validity_ns = 30 * SECOND
    timing.max_observation_age_ns = 500 * MS
    timing.safety_timeout_ns = 200 * MS
    timing.array_skew_ns = 0
    limits = message.limits
    limits.max_control_frame, limits.max_datagram_frame = 65_536, 1200
    limits.max_sessions, limits.max_concurrent_tasks = 8, 4
    limits.max_chunk_horizon, limits.max_string, limits.max_plan_nodes = 100, 1024, 256
    limits.max_setpoint_rate_hz = manifest.timing["small_brain_rate_hz"]
    limits.command_memory, limits.max_counter_gap = 10_000, 1_000_000


def _safety(safety: Any, manifest: Manifest) -> None:
    safety.stop_sources.add(id=1, name="estop", kind=StopKind.EMERGENCY, category=StopCategory.ONE,
                            acknowledge_place=AcknowledgePlace.REMOTE_ALLOWED)
    for stop in manifest.stops:
        is_emergency = stop.kind == "emergency"
        safety.stop_plans.add(
            kind=StopKind.EMERGENCY if is_emergency else StopKind.PROTECTIVE, posture=Stability.STATIC,
            category=[StopCategory.ZERO, StopCategory.ONE, StopCategory.TWO][stop.category], max_time_ns=stop.time_ns,
            max_travel=stop.travel_rad, method=stop.method,
            end_state=SafetyState.EMERGENCY_STOP if is_emergency else SafetyState.PROTECTIVE_STOP)
        if is_emergency:
            safety.settle_time_ns = stop.time_ns
    safety.limit_policy = LimitPolicy.REJECT
    safety.reset_place = AcknowledgePlace.REMOTE_ALLOWED
    safety.auto_clear_causes.extend(sorted(AUTO_CLEAR))
    safety.stop_self_test_interval_ns = 86_400 * SECOND
    safety.selftest_time_ns = 100 * MS
    safety.reduced_speed = 0.3


def _body_model(manifest: Manifest) -> bytes:
    """URDF: links, joints and the limits that hold (DSC-09)."""
    links = sorted({link for joint in manifest.joints for link in (joint.parent, joint.child)})
    lines = ['<?xml version="1.0"?>', f"<robot name={quoteattr(manifest.id)}>"]
    lines += [f"  <link name={quoteattr(link)}/>" for link in links]
    for joint in manifest.joints:
        lines.append(
            f'  <joint name={quoteattr(joint.name)} type="revolute"><parent link={quoteattr(joint.parent)}/>'
            f'<child link={quoteattr(joint.child)}/><limit lower="{joint.lower}" upper="{joint.upper}" '
            f'effort="{joint.effort}" velocity="{joint.velocity}"/></joint>')
    return "\n".join(lines + ["</robot>", ""]).encode()


def _bill_of_materials(name: str) -> bytes:
    """SPDX 2.3 (SEC-12)."""
    packages = [{"SPDXID": f"SPDXRef-{each}", "name": each, "downloadLocation": "NOASSERTION"}
                for each in ("pons-kit", "protobuf", "fastcrc", "PyYAML")]
    return json.dumps({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
                       "packages": packages}).encode()
