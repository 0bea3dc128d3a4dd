"""Setpoints, chunks and tasks: from a message to a target, and from targets to what the body is told."""
from __future__ import annotations

from functools import partial
from typing import Any

from .. import schema
from ..frame import Header
from ..schema import Cause, ControlMode, NodeKind, OperatingMode, RejectReason
from ..wire import Rejection
from .motion import Chunk, check_symmetric
from .peer import Peer, check_time

MS = 1_000_000
LOW_CHARGE = 0.15


def _raise(rejection: Rejection) -> None:
    raise rejection


class Moving:
    """The part of `Robot` that moves."""

    # Setpoints

    def joint_setpoint(self, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        try:
            self._accept_setpoint(self.decode(schema.JointSetpoint, payload), link, peer, now)
        except Rejection as rejection:
            peer.gate.rejected = (peer.gate.rejected + 1) & 0xFFFF_FFFF
            self._report_setpoint(rejection, header, payload, link, now)

    def _accept_setpoint(self, message: Any, link: int, peer: Peer, now: int) -> None:
        self.check_authority(peer, message)
        if self.authority.is_holder(peer.session_id):
            self.holder_link = link
        rate = self.protocol.max_setpoint_rate_hz
        if peer.pace.exceeds(rate, now):
            raise Rejection(RejectReason.RATE_LIMIT, limit=rate)
        self._check_descriptor(message)
        self._check_synchronised(peer, self.SETPOINT_CLOCK_BOUND_NS, "stamp_ns", now)
        self._check_motion()
        reason = peer.gate.check(message.sequence, message.stamp_ns, message.valid_until_ns, now)
        if reason:
            rewinds = peer.gate.accepted is not None and message.sequence < peer.gate.accepted
            raise Rejection(reason, "sequence" if reason == RejectReason.DUPLICATE or rewinds else "stamp_ns")
        targets = self._check_targets(message)
        self._check_bump(targets)
        peer.gate.accept(message.sequence, message.stamp_ns, now)
        self.setpoint_fed_ns = now
        self.chunks.clear()
        self.commanded = targets
        self.command.stiffness, self.command.damping = list(message.stiffness), list(message.damping)
        self.source, self.targets, self.pending_sequence = "setpoint", targets, message.sequence

    def _check_descriptor(self, message: Any) -> None:
        if message.descriptor_epoch != self.descriptor.descriptor_epoch:
            raise Rejection(RejectReason.DESCRIPTOR_MISMATCH, "descriptor_epoch", self.descriptor.descriptor_epoch)

    def _check_synchronised(self, peer: Peer, bound_ns: int, path: str, now: int) -> None:
        """Stamps of a sender whose clock is not known well enough mean nothing (TIM-04)."""
        if not peer.is_synchronised(bound_ns, now):
            raise Rejection(RejectReason.NO_TIMESYNC, path, bound_ns)

    def _check_motion(self) -> None:
        reason = self.supervisor.motion_refusal
        if reason:
            raise Rejection(reason)

    def _check_targets(self, message: Any) -> list[float]:
        if message.mode not in (ControlMode.POSITION, ControlMode.IMPEDANCE):
            unspecified = message.mode == ControlMode.UNSPECIFIED
            raise Rejection(RejectReason.UNKNOWN_ENUM if unspecified else RejectReason.UNSUPPORTED, "mode")
        if not message.position:
            raise Rejection(RejectReason.FIELD_MISSING, "position")
        for name in ("stiffness", "damping"):
            for index, value in enumerate(getattr(message, name)):
                limit = getattr(self.limits[index], name)
                if not 0 <= value <= limit:
                    raise Rejection(RejectReason.GAIN_LIMIT, f"{name}[{index}]", limit)
        targets = list(message.position)
        for index, (limit, target) in enumerate(zip(self.limits, targets)):
            limit.check_position(target, f"position[{index}]")
        for name in ("velocity", "effort"):
            for index, value in enumerate(getattr(message, name)):
                check_symmetric(value, getattr(self.limits[index], name), f"{name}[{index}]")
        return targets

    def _check_bump(self, targets: list[float]) -> None:
        """The first target after enable lies where the robot is (MOT-07)."""
        if not self.needs_bump_check:
            return
        for index, (limit, target, measured) in enumerate(zip(self.limits, targets, self.body.measurement.position)):
            # A joint that hangs beyond a soft limit may be asked to where it is allowed to be again.
            nearest = max(limit.soft_lower, min(limit.soft_upper, measured))
            if abs(target - nearest) > limit.bump:
                raise Rejection(RejectReason.BUMP_REJECTED, f"position[{index}]", limit.bump)
        self.needs_bump_check = False

    def _report_setpoint(self, rejection: Rejection, header: Header, payload: bytes, link: int, now: int) -> None:
        """Told at most a hundred times a second for each reason (MOT-15)."""
        is_told = now - self.refusal_times.get(rejection.reason, -1000 * MS) >= 10 * MS
        if not is_told and not self.recorder:
            return
        if is_told:
            self.refusal_times[rejection.reason] = now
        try:
            message = schema.JointSetpoint.FromString(payload)
        except Exception:
            message = None
        if message is None or not message.HasField("sequence"):
            return self.refuse(link, rejection, header) if is_told else None
        told = schema.SetpointRejected(sequence=message.sequence, reason=rejection.reason, field_path=rejection.path[:128],
                                       received_ns=now, holder_session=rejection.holder)
        if rejection.limit is not None:
            told.limit = rejection.limit
        self.record("verdicts", told, now)
        if is_told:
            self.reply(link, told)

    # Chunks

    def action_chunk(self, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        try:
            message = self.decode(schema.ActionChunk, payload)
        except Rejection as rejection:
            # The id may be missing: then the refusal names the frame.
            try:
                command_id = schema.ActionChunk.FromString(payload).command_id
            except Exception:
                command_id = 0
            if not command_id:
                raise
            return self.answer(command_id, header, payload, link, now, partial(_raise, rejection))
        self.answer(message.command_id, header, payload, link, now, lambda: self._accept_chunk(message, peer, now))

    def _accept_chunk(self, message: Any, peer: Peer, now: int) -> tuple[int, int]:
        self.check_authority(peer, message)
        self._check_descriptor(message)
        self._check_synchronised(peer, self.TASK_CLOCK_BOUND_NS, "start_ns", now)
        self._check_autonomy()
        if message.space not in self.descriptor.action_spaces:
            raise Rejection(RejectReason.UNKNOWN_NAME, "space")
        if message.gripper_opening:
            raise Rejection(RejectReason.WRONG_COUNT, "gripper_opening", 0)
        if message.horizon > self.protocol.max_chunk_horizon:
            raise Rejection(RejectReason.LIMIT_EXCEEDED, "horizon", self.protocol.max_chunk_horizon)
        if message.commit_prefix > message.horizon:
            raise Rejection(RejectReason.OUT_OF_RANGE, "commit_prefix", message.horizon)
        self._check_chunk_time(message, now)
        count = len(self.limits)
        for index, target in enumerate(message.position):
            self.limits[index % count].check_position(target, f"position[{index}]")
        return self._enqueue(Chunk.of(message), now)

    def _check_autonomy(self) -> None:
        """REMOTE_MANUAL takes setpoints of a person only: nothing that runs on by itself (CMD-19)."""
        self._check_motion()
        if self.supervisor.mode == OperatingMode.REMOTE_MANUAL:
            raise Rejection(RejectReason.MODE_FORBIDS)

    def _check_chunk_time(self, message: Any, now: int) -> None:
        reason = check_time(message.start_ns, message.valid_until_ns, self.timing.task_max_lead_ns, now)
        if reason:
            path = "valid_until_ns" if reason == RejectReason.EXPIRED else "start_ns"
            raise Rejection(reason, path, self.timing.task_max_lead_ns if reason == RejectReason.TOO_FAR else None)
        observed, age = message.based_on_observation_ns, self.timing.max_observation_age_ns
        if observed > now or now - observed > age:
            raise Rejection(RejectReason.STALE_OBSERVATION, "based_on_observation_ns", age)

    def _enqueue(self, chunk: Chunk, now: int) -> tuple[int, int]:
        if chunk.id <= self.chunks.newest_id:
            raise Rejection(RejectReason.STALE, "chunk_id")
        first = chunk.first_step(now)
        if first >= chunk.horizon:
            raise Rejection(RejectReason.EXPIRED, "horizon")
        if self.needs_bump_check:
            count = len(self.limits)
            self._check_bump(chunk.positions[first * count:(first + 1) * count])
        self.chunks.enqueue(chunk, now)
        self.setpoint_fed_ns, self.source = None, "chunk"
        return first, first

    # Tasks

    def task_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        self.check_authority(peer, request)
        self._check_descriptor(request)
        self._check_autonomy()
        start = request.start_ns if request.HasField("start_ns") else now
        reason = check_time(start, request.valid_until_ns, self.timing.task_max_lead_ns, now)
        if reason:
            raise Rejection(reason, "valid_until_ns")
        if request.map_id:
            raise Rejection(RejectReason.UNKNOWN_NAME, "map_id")
        self._check_plan(request.root, "root")
        limit = self.protocol.max_concurrent_tasks
        if self.tasks.active_count >= limit:
            raise Rejection(RejectReason.LIMIT_EXCEEDED, "tasks", limit)
        if self.body.measurement.charge < LOW_CHARGE:
            raise Rejection(RejectReason.INTERLOCK, "battery", LOW_CHARGE, blocking=("battery",))
        self.tasks.add(request)

    def _check_plan(self, node: Any, path: str) -> None:
        if node.kind == NodeKind.SKILL and node.skill not in self.descriptor.skills:
            raise Rejection(RejectReason.UNKNOWN_NAME, f"{path}.skill")
        frames = {frame.name for frame in self.descriptor.frames}
        for index, parameter in enumerate(node.parameters):
            if parameter.frame and parameter.frame not in frames:
                raise Rejection(RejectReason.UNKNOWN_NAME, f"{path}.parameters[{index}].frame")
        for index, child in enumerate(node.children):
            self._check_plan(child, f"{path}.children[{index}]")

    def task_control(self, request: Any, link: int, peer: Peer, now: int) -> None:
        if not self.authority.is_holder(peer.session_id):
            raise Rejection(RejectReason.NOT_IN_CONTROL)
        event = self.tasks.control(request, now)
        if event is None:
            raise Rejection(RejectReason.NO_SUCH_TASK, "task_id")
        self.broadcast(event)

    # The small brain's cycle, 500 Hz

    def drop_queues(self, cause: int, now: int) -> None:
        self.chunks.clear()
        self.source = "none"
        for event in self.tasks.abort(cause, now):
            self.broadcast(event)

    def move_small_brain(self, now: int) -> None:
        permission, shaper, seconds = self.supervisor.permission, self.shaper, 0.002
        if permission == "run":
            self._run(now, seconds)
        elif permission in ("decelerate", "settle"):
            shaper.decelerate(self.limits, seconds)
        elif permission != "hold":
            shaper.start(self.body.measurement.position)
        self.command.position, self.command.velocity = list(shaper.position), list(shaper.velocity)
        for event in self.tasks.advance(now):
            self.broadcast(event)

    def _run(self, now: int, seconds: float) -> None:
        if self.source == "setpoint":
            if self.is_setpoint_late(now):
                self.shaper.coast(seconds)
            else:
                self.shaper.follow(self.targets, self.limits_in_force, seconds)
            if not self.applied or self.applied[0] != self.pending_sequence:
                self.applied = (self.pending_sequence, now)
            return
        targets = self.chunks.targets(now, len(self.limits)) if self.source == "chunk" else None
        if targets is None:
            return self.shaper.decelerate(self.limits, seconds)
        self.commanded = targets
        self.shaper.follow(targets, self.limits_in_force, seconds)

    def is_setpoint_late(self, now: int) -> bool:
        return self.setpoint_fed_ns is not None and now - self.setpoint_fed_ns > self.timing.setpoint_deadline_ns

    def motion_ended(self, now: int) -> None:
        self.setpoint_fed_ns, self.needs_bump_check, self.source = None, True, "none"
        cause = min(self.supervisor.causes, default=Cause.DISABLED)
        for event in self.tasks.abort(cause, now):
            self.broadcast(event)
        self.chunks.clear()
