"""What the robot tells: state, safety status, streams, statistics of its loop, the audit log."""
from __future__ import annotations

import bisect
import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .. import schema
from ..schema import OperatingMode, Role, SyncSource, Tier, Unit
from ..wire import Rejection
from .peer import Peer

MS = 1_000_000
#: Upper bounds of the classes of lateness, seconds.
_BOUNDS = (50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3)


@dataclass(slots=True)
class LoopRecord:
    """How punctual the control loop is (MOT-02)."""

    cycles: int = 0
    overruns: int = 0
    worst: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * 9)

    def note(self, lateness_ns: int) -> None:
        """A cycle began this late; later than a whole cycle is an overrun."""
        self.cycles += 1
        self.overruns += lateness_ns > MS
        seconds = lateness_ns / 1e9
        self.worst = max(self.worst, seconds)
        self.counts[bisect.bisect_left(_BOUNDS, seconds)] += 1

    def message(self, now: int) -> Any:
        latency = schema.Histogram(name="cycle-lateness", unit=Unit.SECOND, upper_bounds=_BOUNDS, counts=self.counts,
                                   total=self.cycles, max=self.worst)
        return schema.LoopStatistics(time_ns=now, tier=Tier.SPINAL, cycles=self.cycles, overruns=self.overruns, latency=latency)


@dataclass(slots=True)
class AuditLog:
    """What was done and by whom: append-only, each entry hashed with the one before it (SEC-10)."""

    entries: deque[Any] = field(default_factory=lambda: deque(maxlen=4096))
    _last: bytes = bytes(32)
    _next: int = 1

    def append(self, what: str, session: int, now: int) -> None:
        entry = schema.AuditEntry(sequence=self._next, time_ns=now, what=what, session=session)
        self._last = entry.sha256 = hashlib.sha256(self._last + entry.SerializeToString()).digest()
        self._next += 1
        self.entries.append(entry)


class Reporting:
    """The part of `Robot` that speaks unasked."""

    def publish(self, now: int) -> None:
        if self.tick_count % self.state_cycles == 0:
            self.state_sequence += 1
            self._publish("WholeBodyState", lambda: self.whole_body_state(now))
        if now >= self.next_status_ns:
            self.next_status_ns = now + 50 * MS
            status = self.safety_status(now)
            self._record_status(status, now)
            self.broadcast(status)
        if self.source == "chunk" and now - self.last_chunk_status_ns >= 20 * MS:
            self.last_chunk_status_ns = now
            self.broadcast(self._chunk_status(now))
        if self.audit_readers:
            self._publish_audit()
        if self.inertia_cycles and self.tick_count % self.inertia_cycles == 0:
            self._publish("ImuSample", lambda: self._inertia(now))
        if self.tick_count % 500 == 0:
            at = self.body.measurement
            self._publish("BatteryState", lambda: schema.BatteryState(
                capture_ns=at.capture_ns, charge=at.charge, voltage=at.voltage, current=at.current))
            self._publish("JointHealth", lambda: schema.JointHealth(capture_ns=at.capture_ns, temperature=at.temperature))
        if self.tick_count % 100 == 0:
            self._publish("LoopStatistics", lambda: self.loop.message(now))

    def _publish(self, name: str, make: Any) -> None:
        """To those who subscribed; made once, and only where somebody listens."""
        number = schema.tables[name].type_id
        listeners = [peer for peer in self.peers.values() if peer.is_open and number in peer.subscriptions]
        if listeners:
            message = make()
            for peer in listeners:
                peer.send(message)

    # What leads to stops (REC-05)

    def record(self, topic: str, message: Any, now: int) -> None:
        """Hands a message to the recorder, where there is one."""
        if self.recorder:
            self.recorder.record(topic, type(message).__name__, message.SerializeToString(), now)

    def _record_status(self, status: Any, now: int) -> None:
        if self.recorder and self.recorder.wants_heading(now):
            self.recorder.head(self.description.data, now)
            self.record("clock", schema.ClockAnchor(robot_ns=now, utc_ns=now + self.utc_step_ns, boot_id=self.boot_id), now)
        self.record("safety", status, now)

    def whole_body_state(self, now: int) -> Any:
        at, supervisor = self.body.measurement, self.supervisor
        state = schema.WholeBodyState(
            sequence=self.state_sequence, capture_ns=at.capture_ns, safety_state=supervisor.state, operating_mode=supervisor.mode,
            descriptor_epoch=self.descriptor.descriptor_epoch, authority_epoch=supervisor.epoch, position=at.position,
            velocity=at.velocity, effort=at.effort, commanded=self.commanded, applied=self.command.position,
            limited_mask=[0] * self._words, brake_mask=self._mask(supervisor.permission == "off"), fault_mask=[0] * self._words,
            imu=at.imu, queue_depth=self.chunks.depth(now) + self.tasks.active_count, clock_uncertainty_ns=1000,
            sync_source=SyncSource.NONE, rejected_setpoints=0, lost_setpoints=0,
            descriptor_hash_prefix=int.from_bytes(self.description.sha256[:8], "little"),
            test_active=supervisor.mode == OperatingMode.TEST)
        if self.applied:
            state.applied_sequence, state.applied_ns = self.applied
        peer = self.peers.get(self.holder_link) if self.holder_link is not None else None
        if peer:
            gate = peer.gate
            state.rejected_setpoints, state.lost_setpoints = gate.rejected, gate.lost
            for name, value in (("received_sequence", gate.received), ("accepted_sequence", gate.accepted),
                                ("received_ns", gate.accepted_receive_ns)):
                if value is not None:
                    setattr(state, name, value)
        return state

    def _inertia(self, now: int) -> Any:
        sensor, imu = self.descriptor.sensors[0], self.body.measurement.imu
        header = schema.CaptureHeader(
            sensor_id=sensor.id, sequence=self.tick_count // self.inertia_cycles,
            capture_midpoint_ns=self.body.measurement.capture_ns, exposure_ns=0, publish_ns=now,
            stamp_source=sensor.stamp_source, uncertainty_ns=1000, valid=True, fault=schema.SensorFault.NONE, frame=sensor.frame)
        return schema.ImuSample(
            header=header, orientation=schema.Quaternion(x=imu[0], y=imu[1], z=imu[2], w=imu[3]),
            angular_velocity=schema.Vector3(x=imu[4], y=imu[5], z=imu[6]),
            specific_force=schema.Vector3(x=imu[7], y=imu[8], z=imu[9]))

    @property
    def _words(self) -> int:
        return (len(self.limits) + 63) // 64

    def _mask(self, is_set: bool) -> list[int]:
        count = len(self.limits)
        return [((1 << min(64, count - 64 * word)) - 1) if is_set else 0 for word in range(self._words)]

    def safety_status(self, now: int) -> Any:
        supervisor = self.supervisor
        self.status_sequence += 1
        torque = self.command.permission != "off" and supervisor.permission != "off"
        status = schema.SafetyStatus(
            sequence=self.status_sequence, time_ns=now, state=supervisor.state, hold=supervisor.hold, mode=supervisor.mode,
            stability=supervisor.stability, category=supervisor.category, authority_epoch=supervisor.epoch, torque_on=torque,
            brakes_on=not torque, test_active=supervisor.mode == OperatingMode.TEST, insecure=self.descriptor.lab_mode,
            causes=supervisor.causes_by_severity, queue_depth=self.chunks.depth(now) + self.tasks.active_count,
            descriptor_sha256=self.description.sha256, descriptor_epoch=self.descriptor.descriptor_epoch,
            stop_self_test_age_ns=now - self.stop_tested_ns, stop_plan_sha256=self.description.stop_plan_sha256,
            wrong_session_frames=self.wrong_session_frames, integrity_errors=self.integrity_errors,
            fail_safe_values=any(source.is_missing for source in self.check_ins.values()))
        if self.is_envelope_reduced:
            status.speed_scale = 0.5
        for source in supervisor.sources.values():
            status.sources.add(id=source.device, enabled=True, active=source.is_active, since_ns=source.since_ns,
                               kind=source.kind, session=source.session)
        for name in self.descriptor.safety.interlocks:
            status.interlocks.add(id=name, ok=supervisor.interlocks_ok)
        if self.authority.leases:
            lease = self.authority.leases[0]
            status.holder_session, status.lease_sequence, status.lease_expires_ns = lease.session, lease.sequence, lease.expires_ns
        return status

    def _chunk_status(self, now: int) -> Any:
        chunk = self.chunks.running
        status = schema.ChunkStatus(chunk_id=chunk.id if chunk else self.chunks.newest_id,
                                    underrun=self.chunks.underrun_ns is not None, steps_left=self.chunks.depth(now), time_ns=now)
        if chunk:
            status.step_index, status.step_total = max(0, min(chunk.step(now), chunk.horizon - 1)), chunk.horizon
        return status

    # Audit

    def log(self, what: str, session: int, now: int) -> None:
        self.audit.append(what[:256], session, now)

    def audit_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        if peer.role not in (Role.OPERATOR, Role.SERVICE):
            raise Rejection(schema.RejectReason.PERMISSION_DENIED)
        self.audit_readers[link] = max(request.from_sequence, 1)

    def _publish_audit(self) -> None:
        """Piece by piece: at once it would be more than may wait on a link."""
        for link, wanted in list(self.audit_readers.items()):
            peer = self.peers.get(link)
            if not peer:
                del self.audit_readers[link]
                continue
            if peer.is_congested:
                continue
            piece = [entry for entry in self.audit.entries if entry.sequence >= wanted][:64]
            for entry in piece:
                peer.send(entry)
            if len(piece) < 64:
                del self.audit_readers[link]
            else:
                self.audit_readers[link] = piece[-1].sequence + 1
