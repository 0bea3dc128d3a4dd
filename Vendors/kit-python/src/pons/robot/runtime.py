"""A robot: links, bytes and `now` (ns, monotonic) in, actions out. No clock, no socket, no thread inside.

One joint command goes: `receive` → session check → decode and validate → authority → safety → order and time → limits → the
shaper → the body.
"""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from .. import schema
from ..frame import Assembler, FrameError, Header, Identity, NOBODY, open_frame
from ..rules import validate
from ..schema import AckOutcome, Cause, Health, RejectReason, Role, SafetyState, TimePong, types
from ..wire import Rejection, decode
from .authority import AuthorityTable
from .body import Body, Command
from .description import Description
from .injecting import Injecting
from .motion import ChunkPlayer, Limits, Shaper, SpinalGuard, Standstill
from .moving import Moving
from .peer import CounterMonitor, Ledger, Peer, Protection, SetpointGate, Trust
from .reporting import AuditLog, LoopRecord, Reporting
from .requests import Requests
from .safety import Parameters, Requester, Supervisor
from .tasks import TaskList
from .watching import Watching

if TYPE_CHECKING:
    from .incidents import IncidentRecorder

MS = 1_000_000
ROBOT_ADDRESS = 1
#: What keeps a session alive, and moves nothing.
_UNRECORDED = {"Heartbeat", "TimePing", "DescribeRequest", "Hello", "Goodbye", "Subscribe"}
_AUDITED = {"AuthorityRequest", "StopRequest", "StopRelease", "ResetConfirm", "PowerRequest", "EnableRequest", "DisableRequest",
            "ResumeRequest", "RecoveryRequest", "ModeRequest", "StopSourceConfigure", "InjectRequest"}


class Robot(Requests, Injecting, Moving, Watching, Reporting):
    """The runtime of one robot."""

    HANDSHAKE_NS = 5_000 * MS
    TASK_CLOCK_BOUND_NS = 20 * MS
    SETPOINT_CLOCK_BOUND_NS = MS

    def __init__(self, description: Description, body: Body, random: Random, now: int, *, latch: int | None = None,
                 epoch: int = 0, recorder: IncidentRecorder | None = None):
        """`random` must be unpredictable in a real robot: `random.SystemRandom()` (LNK-02). `recorder` keeps what leads to stops."""
        self.recorder = recorder
        self.description, self.body, self.random = description, body, random
        descriptor = self.descriptor = description.message
        self.timing, self.protocol = descriptor.timing, descriptor.limits
        self.limits = [Limits.of(joint) for joint in descriptor.joints]
        self.derated = [limit.scaled(0.5) for limit in self.limits]
        self.temperature_limits = [
            joint.temperature_limit if joint.HasField("temperature_limit") else float("inf") for joint in descriptor.joints]
        count = len(self.limits)
        protective = next(plan for plan in descriptor.safety.stop_plans if plan.kind == schema.StopKind.PROTECTIVE)
        self.supervisor = Supervisor(Parameters(
            is_legged=descriptor.legged, stop_time_ns=protective.max_time_ns, settle_time_ns=descriptor.safety.settle_time_ns,
            is_simulator=descriptor.simulator), epoch)
        self.authority = AuthorityTable({part.id: part.parent_id for part in descriptor.resources})
        for source in descriptor.safety.stop_sources:
            self.supervisor.declare(source.id, source.kind)
        self.peers: dict[int, Peer] = {}
        self.actions: list[tuple[Any, ...]] = []
        self.used_sessions: set[int] = set()
        self.next_source = 16
        self.failed_greetings: list[int] = []
        self.shaper = Shaper([0.0] * count, [0.0] * count)
        self.command = Command("off", [0.0] * count, [0.0] * count)
        self.commanded = [0.0] * count
        self.source: str = "none"
        self.targets: list[float] = []
        self.chunks, self.tasks = ChunkPlayer(), TaskList()
        self.setpoint_fed_ns: int | None = None
        self.needs_bump_check = True
        self.applied: tuple[int, int] | None = None
        self.pending_sequence = 0
        self.holder_link: int | None = None
        self.standstill, self.guard = Standstill(), SpinalGuard()
        self.spinal_target: tuple[int, float, int] | None = None
        self.audit, self.loop = AuditLog(), LoopRecord()
        self.now = self.next_tick_ns = self.next_status_ns = self.next_heartbeat_ns = now
        self.tick_count = self.state_sequence = self.status_sequence = 0
        self.state_cycles = _cycles(descriptor.timing.state_rate_hz)
        #: 0 without an inertial unit.
        self.inertia_cycles = _cycles(descriptor.sensors[0].nominal_rate_hz) if descriptor.sensors else 0
        self.wrong_session_frames = self.integrity_errors = 0
        self.last_wrong_session_ns = -10_000 * MS
        self.utc_step_ns = 0
        self.stalled_until_ns = 0
        self.init_watching(now)
        self.init_injecting()
        self.power_up(latch, now)

    # Links

    def link_opened(self, link: int, trust: Trust, now: int) -> None:
        self.peers[link] = Peer(
            trust, now, self.timing.peer_timeout_ns, Assembler(self.protocol.max_control_frame),
            Ledger(self.protocol.command_memory), SetpointGate(self.timing.setpoint_max_lead_ns),
            CounterMonitor(self.protocol.max_counter_gap))

    def link_closed(self, link: int, now: int) -> None:
        self.advance(now)
        self.end_session(link, Cause.PEER_LOST, now)
        self.peers.pop(link, None)

    def set_congestion(self, link: int, is_congested: bool) -> None:
        """The driver says that bytes pile up on a link: streams wait here, where only the newest is kept (LNK-12)."""
        if link in self.peers:
            self.peers[link].is_congested = is_congested

    def receive(self, link: int, data: bytes, now: int) -> None:
        """Bytes of a link, any part of a stream."""
        self.advance(now)
        peer = self.peers.get(link)
        if not peer:
            return
        peer.assembler.feed(data)
        try:
            while link in self.peers and (frame := peer.assembler.next()):
                self._frame(frame, link, peer, now)
        except FrameError:
            self.drop(link, Cause.PEER_LOST, now)  # one peer's rubbish ends that peer's link and nothing else (LNK-13)

    def take_actions(self) -> list[tuple[Any, ...]]:
        """`("send", link, bytes)` and `("close", link)`, in order, since the last call."""
        for link in list(self.peers):
            peer = self.peers[link]
            if peer.has_frames:
                overflowed = peer.has_overflowed
                self.actions.append(("send", link, b"".join(peer.drain(self.now))))
                if overflowed:
                    self.drop(link, Cause.PEER_LOST, self.now)
        taken, self.actions = self.actions, []
        return taken

    # Time

    def advance(self, now: int) -> None:
        """Runs every cycle of 1 ms up to `now`."""
        self.now = max(self.now, now)
        while self.next_tick_ns <= now:
            self.loop.note(now - self.next_tick_ns)
            self._tick(self.next_tick_ns)
            self.next_tick_ns += MS

    def _tick(self, now: int) -> None:
        self.tick_count += 1
        if now < self.stalled_until_ns:
            return self.body.advance(now, self.command)
        if self.self_test_due_ns is not None and now >= self.self_test_due_ns:
            self.self_test_due_ns = None
            self.supervisor.self_tested(True, now)
            self.carry_out(now)
        self.watch(now)
        self.undo_injections(now)
        if self.tick_count % 2 == 0:
            self.move_small_brain(now)
            if self.recorder:
                self.record("state", self.whole_body_state(now), now)
        self.command.permission = self.supervisor.permission
        self._guard_spine(now)
        self.body.advance(now, self.command)
        measurement = self.body.measurement
        still = self.command.permission not in ("decelerate", "settle", "run") or self.shaper.is_still
        self.standstill.observe(measurement.is_still and still)
        self.supervisor.observe(self.standstill.is_still, measurement.stability, now)
        self.carry_out(now)
        self.watch_lag(now)
        if now - measurement.capture_ns > 100 * MS and self.supervisor.permits_motion:
            self.pulse(Cause.INTERNAL_FAULT, now)  # nobody knows where the joints are
        self.publish(now)

    def _guard_spine(self, now: int) -> None:
        if self.spinal_target:
            joint, value, until = self.spinal_target
            if now >= until:
                self.spinal_target = None
            else:
                self.command.position[joint] = value
        is_running = self.command.permission in ("run", "decelerate")
        held = self.guard.hold(self.command.position, self.command.velocity, is_running, self.limits)
        if held and self.supervisor.permits_motion:
            self.pulse(Cause.SPINAL_LIMIT, now)

    def power_up(self, latch: int | None, now: int) -> None:
        """A power cycle: everything volatile is gone, the boot id is new."""
        self.actions += [("close", link) for link in self.peers]
        self.peers.clear()
        self.boot_id = self.random.randbytes(16)
        self.authority.leases.clear()
        self.body.boot(now)
        self.stop_tested_ns = now
        self.self_test_due_ns: int | None = now + self.descriptor.safety.selftest_time_ns
        self.supervisor.boot(latch, now)
        self.carry_out(now)

    def random64(self) -> int:
        return self.random.getrandbits(64) | 1

    # Frames

    def _frame(self, frame: bytes, link: int, peer: Peer, now: int) -> None:
        header = Header.read(frame, self.protocol.max_control_frame)
        if peer.phase == "awaiting hello" and header.type != types_by_name["Hello"]:
            return self.refuse(link, Rejection(RejectReason.NO_SESSION), header)
        if peer.is_open and header.session_id != peer.session_id:
            return self._wrong_session(link, header, now)
        try:
            header, payload = open_frame(frame, peer.sealer.identity, self.protocol.max_control_frame)
        except FrameError:
            return self._damaged(link, peer, now)
        if peer.is_open:
            if header.destination not in (0, ROBOT_ADDRESS) or header.source != peer.sealer.destination or header.stream:
                return self.refuse(link, Rejection(RejectReason.ADDRESS), header)
            reason = peer.counters.receive(header.counter)
            if reason:
                return self.refuse(link, Rejection(reason), header)
        peer.sealer.echoed = header.monitoring
        self._dispatch(header, payload, link, peer, now)

    def _wrong_session(self, link: int, header: Header, now: int) -> None:
        """Counted, answered once a second, and feeding no watchdog (LNK-03)."""
        self.wrong_session_frames = (self.wrong_session_frames + 1) & 0xFFFF_FFFF
        if now - self.last_wrong_session_ns >= 1000 * MS:
            self.last_wrong_session_ns = now
            self.refuse(link, Rejection(RejectReason.WRONG_SESSION), header)

    def _damaged(self, link: int, peer: Peer, now: int) -> None:
        if not peer.is_open:
            return self.drop(link, Cause.PEER_LOST, now)
        self.integrity_errors = (self.integrity_errors + 1) & 0xFFFF_FFFF
        if peer.counters.damaged(now):
            self.pulse(Cause.INTEGRITY, now)

    def _dispatch(self, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        table = types.get(header.type)
        if table is None:
            return self.refuse(link, Rejection(RejectReason.UNSUPPORTED), header)
        name = table.name
        if self.recorder and name not in _UNRECORDED:
            self.recorder.record("commands", name, payload, now)
        try:
            if name == "JointSetpoint":
                return self.joint_setpoint(header, payload, link, peer, now)
            if name == "ActionChunk":
                return self.action_chunk(header, payload, link, peer, now)
            if name in _COMMANDS:
                message = self.decode(table.cls, payload)
                handler = _COMMANDS[name]
                return self.answer(message.command_id, header, payload, link, now,
                                   lambda: self._command(handler, name, message, link, peer, now))
            if name in _NOTES:
                return _NOTES[name](self, self.decode(table.cls, payload), header, payload, link, peer, now)
            raise Rejection(RejectReason.UNSUPPORTED)
        except Rejection as rejection:
            self.refuse(link, rejection, header)

    def decode(self, cls: Any, payload: bytes) -> Any:
        """Decodes and validates; raises `Rejection`."""
        message = decode(cls, payload)
        validate(message, len(self.limits))
        return message

    def _command(self, handler: Callable[..., Any], name: str, message: Any, link: int, peer: Peer, now: int) -> Any:
        result = handler(self, message, link, peer, now)
        if name in _AUDITED:
            who = f"{Role(peer.role).name} {peer.trust.name}".strip()
            self.log(f"{name} by {who}", peer.session_id, now)
        return result

    def answer(self, command_id: int, header: Header, payload: bytes, link: int, now: int, body: Callable[[], Any]) -> None:
        """Carries out a command and acknowledges it: exactly one Ack for each (CMD-01)."""
        peer = self.peers[link]
        ack = schema.Ack(command_id=command_id, received_ns=now)
        known, original = peer.ledger.receive(command_id, header.type, payload)
        if known == "reused":
            ack.outcome, ack.reason = AckOutcome.REJECTED, RejectReason.ID_REUSED
        elif known == "duplicate":
            ack.CopyFrom(original or ack)
            ack.original, ack.original_reason = ack.outcome, ack.reason
            ack.outcome, ack.reason = AckOutcome.DUPLICATE, RejectReason.UNSPECIFIED
        else:
            try:
                extra = body()
                ack.outcome, ack.accepted_ns = AckOutcome.ACCEPTED, now
                if extra:
                    ack.first_executed_step, ack.dropped_past = extra
            except Rejection as rejection:
                ack.outcome, ack.reason, ack.field_path = AckOutcome.REJECTED, rejection.reason, rejection.path[:128]
                if rejection.limit is not None:
                    ack.limit = rejection.limit
                ack.holder_session = rejection.holder
                ack.blocking.extend(rejection.blocking)
            peer.ledger.settle(command_id, ack)
        self.record("verdicts", ack, now)
        self.reply(link, ack)

    # Replies

    def reply(self, link: int, message: Any, key: int = 0) -> None:
        if link in self.peers:
            self.peers[link].send(message, key)

    def refuse(self, link: int, rejection: Rejection, header: Header) -> None:
        refusal = schema.Refusal(reason=rejection.reason, refused_type=header.type, refused_counter=header.counter,
                                 field_path=rejection.path[:128])
        if rejection.limit is not None:
            refusal.limit = rejection.limit
        self.record("verdicts", refusal, self.now)
        self.reply(link, refusal)

    def broadcast(self, message: Any) -> None:
        for peer in self.peers.values():
            if peer.is_open:
                peer.send(message)

    # Session

    def hello(self, message: Any, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        if peer.is_open:
            raise Rejection(RejectReason.BUSY)
        if not self._is_trusted(peer.trust, message.role):
            return self._turn_away(link, header, now)
        one = schema.ProtocolVersion(major=1, minor=0)
        lowest, highest = ((v.major, v.minor) for v in (message.version_min, message.version_max))
        if not lowest <= (1, 0) <= highest:
            self.reply(link, schema.Refusal(reason=RejectReason.VERSION_MISMATCH, refused_type=header.type,
                                            refused_counter=header.counter, version_min=one, version_max=one))
            return self.drop(link, Cause.PEER_LEFT, now)
        for feature in message.required_features:
            if feature not in self.descriptor.features:
                raise Rejection(RejectReason.UNSUPPORTED, feature)
        sessions = sum(each.is_open for each in self.peers.values())
        reserved = 1 if message.role == Role.STOP_ONLY else 0  # whoever only stops finds room (LNK-10)
        if sessions >= self.protocol.max_sessions + reserved:
            self.refuse(link, Rejection(RejectReason.LIMIT_EXCEEDED, "sessions", self.protocol.max_sessions), header)
            return self.drop(link, Cause.PEER_LEFT, now)
        self._welcome(message, payload, link, peer, now)

    def _is_trusted(self, trust: Trust, role: int) -> bool:
        """The certificate says what a session may be; the message only asks (SEC-01, SEC-02)."""
        if trust.protection == Protection.CLEAR and not self.descriptor.lab_mode:
            return False
        return trust.roles is None or role in trust.roles

    def _turn_away(self, link: int, header: Header, now: int) -> None:
        """Who asks again and again learns nothing more; who may come in still does (SEC-08)."""
        recent = self.failed_greetings = [at for at in self.failed_greetings if now - at < 60_000 * MS]
        reason = RejectReason.RATE_LIMIT if len(recent) >= 10 else RejectReason.PERMISSION_DENIED
        self.failed_greetings = (recent + [now])[-10:]
        self.refuse(link, Rejection(reason, "role"), header)
        self.drop(link, Cause.PEER_LEFT, now)

    def _welcome(self, message: Any, payload: bytes, link: int, peer: Peer, now: int) -> None:
        session = self.random64()
        while session in self.used_sessions:
            session = self.random64()
        self.used_sessions.add(session)
        source, self.next_source = self.next_source, 16 if self.next_source == 0xFFFF else self.next_source + 1
        mismatch = message.schema_fingerprint != schema.FINGERPRINT
        welcome = schema.Welcome(
            version=schema.ProtocolVersion(major=1, minor=0), session_id=session, boot_id=self.boot_id,
            descriptor_sha256=self.description.sha256, schema_fingerprint=schema.FINGERPRINT, role=message.role,
            client_nonce=message.client_nonce, fingerprint_mismatch=mismatch,
            insecure=peer.trust.protection == Protection.CLEAR and self.descriptor.lab_mode, robot_time_ns=now,
            source_id=source, hello_sha256=hashlib.sha256(payload).digest())
        peer.sealer.identity = NOBODY
        peer.greeting = peer.sealer.seal_message(welcome, now)
        peer.role, peer.session_id, peer.has_fingerprint_mismatch = message.role, session, mismatch
        peer.sealer.identity, peer.sealer.source, peer.sealer.destination = Identity(self.boot_id, session), ROBOT_ADDRESS, source
        peer.open(now)
        self.reply(link, self.safety_status(now))

    def goodbye(self, message: Any, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        self.drop(link, Cause.PEER_LEFT, now)

    def heartbeat(self, message: Any, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        if message.answer:
            peer.answer(message.answer, now)

    def describe(self, message: Any, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        data = self.description.data
        for offset in range(0, len(data), 32_768):
            self.reply(link, schema.DescribeReply(sha256=self.description.sha256, total_size=len(data), offset=offset,
                                                  descriptor_bytes=data[offset:offset + 32_768]))

    def ping(self, message: Any, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        self.reply(link, TimePong(id=message.id, client_send_ns=message.client_send_ns, robot_receive_ns=now,
                                  robot_send_ns=now, utc_ns=now + self.utc_step_ns, boot_id=self.boot_id))

    def sync(self, message: Any, link: int, peer: Peer, now: int) -> None:
        if message.boot_id != self.boot_id:
            raise Rejection(RejectReason.NO_TIMESYNC, "boot_id")
        if message.uncertainty_ns > self.TASK_CLOCK_BOUND_NS:
            raise Rejection(RejectReason.NO_TIMESYNC, "uncertainty_ns", self.TASK_CLOCK_BOUND_NS)
        peer.synchronise(message.uncertainty_ns, self.timing.sync_validity_ns, now)

    def subscribe(self, message: Any, link: int, peer: Peer, now: int) -> None:
        for number in message.message_types:
            if number not in types:
                raise Rejection(RejectReason.UNKNOWN_NAME, "message_types")
        peer.subscriptions.update(message.message_types)

    def content(self, message: Any, link: int, peer: Peer, now: int) -> None:
        data = self.description.files.get(message.sha256)
        if data is None:
            raise Rejection(RejectReason.UNKNOWN_NAME, "sha256")
        if message.offset >= len(data):
            raise Rejection(RejectReason.OUT_OF_RANGE, "offset", len(data))
        self.reply(link, schema.ContentPiece(command_id=message.command_id, sha256=message.sha256, total_size=len(data),
                                             offset=message.offset, payload=data[message.offset:message.offset + 32_768]))

    def unsupported(self, message: Any, link: int, peer: Peer, now: int) -> None:
        raise Rejection(RejectReason.UNSUPPORTED)

    # Ends

    def drop(self, link: int, cause: int, now: int) -> None:
        """Ends the session of a link and closes it."""
        self.end_session(link, cause, now)
        peer = self.peers.pop(link, None)
        if peer and peer.has_frames:
            peer.is_congested = False
            self.actions.append(("send", link, b"".join(peer.drain(now))))
        self.actions.append(("close", link))

    def end_session(self, link: int, cause: int, now: int) -> None:
        """Takes from a session what it held: leases, queues, its own stop request. The latch it caused stays."""
        peer = self.peers.get(link)
        if not peer or not peer.is_open:
            return
        was_holder = self.authority.is_holder(peer.session_id)
        left_running = cause == Cause.PEER_LEFT and self.supervisor.permits_motion
        if was_holder and left_running:
            self.supervisor.disable(self.requester(peer), Cause.PEER_LEFT)
            self.carry_out(now)
        peer.phase = "closed"
        self.supervisor.release(now, session=peer.session_id)
        self.carry_out(now)
        if was_holder:
            if not left_running:
                self.drop_queues(cause, now)
            if cause != Cause.PEER_LEFT:
                self.pulse(cause, now)
            self.end_leases(peer.session_id, schema.LeaseEnd.RELEASED if cause == Cause.PEER_LEFT else schema.LeaseEnd.PEER_LOST,
                            now)

    def requester(self, peer: Peer) -> Requester:
        return Requester(peer.session_id, peer.role, self.authority.is_holder(peer.session_id))

    # Watching peers

    def watch_peers(self, now: int) -> None:
        for link, peer in list(self.peers.items()):
            silent = not peer.is_open and now - peer.opened_ns > self.HANDSHAKE_NS
            if silent or peer.is_dead(now):
                self.drop(link, Cause.PEER_LOST, now)
        if now < self.next_heartbeat_ns:
            return
        self.next_heartbeat_ns = max(self.next_heartbeat_ns, now - self.timing.heartbeat_period_ns) + self.timing.heartbeat_period_ns
        health = Health.FAULT if self.supervisor.state == SafetyState.FAULT else Health.OK
        for peer in self.peers.values():
            if peer.is_open:
                nonce = self.random64()
                peer.challenge(nonce, now)
                peer.send(schema.Heartbeat(challenge=nonce, health=health, dropped_frames=peer.dropped))


def _cycles(rate_hz: float) -> int:
    """Cycles of 1 ms from one message of a stream to the next."""
    return max(1, round(1000 / min(rate_hz, 1000)))


types_by_name = {table.name: number for number, table in types.items()}
_NOTES: dict[str, Callable[..., None]] = {
    "Hello": Robot.hello, "Goodbye": Robot.goodbye, "Heartbeat": Robot.heartbeat, "DescribeRequest": Robot.describe,
    "TimePing": Robot.ping, "StopSourceCheckIn": Robot.check_in,
}
_COMMANDS: dict[str, Callable[..., Any]] = {
    "TimeSyncReport": Robot.sync, "Subscribe": Robot.subscribe, "AuthorityRequest": Robot.authority_request,
    "TaskRequest": Robot.task_request, "TaskControl": Robot.task_control, "StopRequest": Robot.stop_request,
    "StopRelease": Robot.stop_release, "ResetRequest": Robot.reset_request, "ResetConfirm": Robot.reset_confirm,
    "PowerRequest": Robot.power_request, "EnableRequest": Robot.enable_request, "DisableRequest": Robot.disable_request,
    "ResumeRequest": Robot.resume_request, "RecoveryRequest": Robot.recovery_request, "ModeRequest": Robot.mode_request,
    "StopSelfTestRequest": Robot.stop_self_test, "StopSourceConfigure": Robot.configure_stop_source,
    "AuditRequest": Robot.audit_request, "ContentRequest": Robot.content, "InjectRequest": Robot.inject,
    "StreamRequest": Robot.unsupported, "RecordingControl": Robot.unsupported, "ControlSourceRequest": Robot.unsupported,
    "DatagramRequest": Robot.unsupported, "UpdateRequest": Robot.unsupported,
}
