"""What the robot watches besides its commands: deadlines, stop sources that check in, joints that lag, heat, charge, touch."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..frame import Header
from ..schema import Cause, OperatingMode, RejectReason, Role, SafetyState, StopKind
from ..wire import Rejection
from .motion import Limits
from .peer import Peer
from .requests import LOCAL

MS = 1_000_000
CONTACT_LIMIT_N = 140  # quasi-static, chest: order of the technical specification on collaborative robots
CRITICAL_CHARGE = 0.05
DERATE_MARGIN_K, RESTORE_MARGIN_K = 10, 15


@dataclass(slots=True)
class CheckIn:
    """A network stop source that must be heard of regularly (SAF-30)."""

    timeout_ns: int
    heard_ns: int
    session: int | None = None
    is_missing: bool = False


class Watching:
    """The part of `Robot` that looks at clocks and measurements."""

    def init_watching(self, now: int) -> None:
        self.was_running = False
        self.refusal_times: dict[int, int] = {}
        self.check_ins: dict[int, CheckIn] = {}
        self.lags_since_ns: int | None = None
        self.local_until_ns: int | None = None
        self.was_touched = False
        self.heat = 0  # 1 derated, 2 too hot
        self.shrink_ns: int | None = None
        self.is_battery_critical = False
        self.last_chunk_status_ns = 0
        self.audit_readers: dict[int, int] = {}

    def watch(self, now: int) -> None:
        """Every deadline, once a cycle."""
        self.watch_peers(now)
        self.expire_leases(now)
        self._watch_check_ins(now)
        self._watch_local_control(now)
        self._watch_contact(now)
        if self.tick_count % 10 == 0:
            self._watch_heat(now)
            self._watch_battery(now)
        if self.supervisor.permits_motion:
            underrun = self.chunks.underrun_ns if self.source == "chunk" else None
            if self.is_setpoint_late(now) or (underrun is not None and now - underrun > self.timing.chunk_deadline_ns):
                self.pulse(Cause.COMMAND_TIMEOUT, now)
        self.supervisor.elapse(now)
        self.carry_out(now)

    # Stop sources that check in

    def configure_stop_source(self, request: Any, link: int, peer: Peer, now: int) -> None:
        if not self.requester(peer).is_operator:
            raise Rejection(RejectReason.PERMISSION_DENIED)
        if self.supervisor.permits_motion:
            raise Rejection(RejectReason.ILLEGAL_TRANSITION)
        source = request.source
        if any(built_in.id == source.id for built_in in self.descriptor.safety.stop_sources):
            raise Rejection(RejectReason.ID_REUSED, "source.id")  # what is built in can't be configured away
        if request.remove:
            self.check_ins.pop(source.id, None)
            self.supervisor.release(now, device=source.id)
            self.supervisor.remove(source.id)
            return
        if source.check_in_timeout_ns <= 0:
            raise Rejection(RejectReason.FIELD_MISSING, "source.check_in_timeout_ns")
        self.supervisor.declare(source.id, source.kind)
        self.check_ins[source.id] = CheckIn(source.check_in_timeout_ns, now)

    def check_in(self, message: Any, header: Header, payload: bytes, link: int, peer: Peer, now: int) -> None:
        source = self.check_ins.get(message.source_id)
        # The first that checks in owns the source: another one can't keep a dead source alive.
        if not source or source.session not in (None, peer.session_id):
            return
        source.session, source.heard_ns = peer.session_id, now
        if message.active:
            self._stop_by(message.source_id, now)
        elif source.is_missing:
            source.is_missing = False
            self.supervisor.release(now, device=message.source_id)
            self.carry_out(now)

    def _watch_check_ins(self, now: int) -> None:
        for device, source in self.check_ins.items():
            if not source.is_missing and now - source.heard_ns > source.timeout_ns:
                source.is_missing = True
                self._stop_by(device, now)

    def _stop_by(self, device: int, now: int) -> None:
        source = self.supervisor.sources.get((device, 0))
        self.supervisor.stop(source.kind if source else StopKind.PROTECTIVE, now, device=device)
        self.carry_out(now)

    def stop_self_test(self, request: Any, link: int, peer: Peer, now: int) -> None:
        """A test of the stop path is no stop: only where nothing moves anyway (SAF-29)."""
        if peer.role in (Role.OBSERVER, Role.STOP_ONLY):
            raise Rejection(RejectReason.PERMISSION_DENIED)
        if self.supervisor.permits_motion:
            raise Rejection(RejectReason.ILLEGAL_TRANSITION)
        self.stop_tested_ns = self.next_status_ns = now

    # The body

    def watch_lag(self, now: int) -> None:
        """Joints that don't follow their targets (MOT-17)."""
        patience = None
        if self.command.permission == "run":
            for limit, target, measured in zip(self.limits, self.command.position, self.body.measurement.position):
                if limit.lag is not None and abs(target - measured) > limit.lag:
                    patience = min(patience or limit.lag_ns, limit.lag_ns)
        if patience is None:
            self.lags_since_ns = None
        elif self.lags_since_ns is None:
            self.lags_since_ns = now
        elif now - self.lags_since_ns > patience:
            self.lags_since_ns = None
            self.pulse(Cause.FOLLOWING_ERROR, now)

    def _watch_contact(self, now: int) -> None:
        touched = self.body.measurement.contact_force > CONTACT_LIMIT_N
        if touched and not self.was_touched:
            self.pulse(Cause.CONTACT_LIMIT, now)
        self.was_touched = touched

    def _watch_heat(self, now: int) -> None:
        """Slower first, then a stop (SAF-24)."""
        margin = min(limit - now_c for limit, now_c in zip(self.temperature_limits, self.body.measurement.temperature))
        hot = margin < (RESTORE_MARGIN_K if self.heat else DERATE_MARGIN_K)
        heat = 2 if margin <= 0 else 1 if hot else 0
        if heat == self.heat:
            return
        was, self.heat = self.heat, heat
        if bool(heat) != bool(was):
            self.supervisor.envelope(bool(heat), now)
            # Told first: the next status leaves at once, the limits shrink after it.
            self.next_status_ns = now
            self.shrink_ns = now + 50 * MS if heat else None
        if heat == 2:
            self.supervisor.detected(Cause.THERMAL, now)
        elif was == 2:
            self.supervisor.cleared(Cause.THERMAL)
        self.carry_out(now)

    def _watch_battery(self, now: int) -> None:
        critical = self.body.measurement.charge < CRITICAL_CHARGE
        if critical != self.is_battery_critical:
            self.is_battery_critical = critical
            if critical:
                self.supervisor.detected(Cause.BATTERY, now)
            else:
                self.supervisor.cleared(Cause.BATTERY)
            self.carry_out(now)

    @property
    def is_envelope_reduced(self) -> bool:
        return self.shrink_ns is not None or self.supervisor.state == SafetyState.REDUCED

    @property
    def limits_in_force(self) -> list[Limits]:
        shrunk = self.now >= self.shrink_ns if self.shrink_ns is not None else self.supervisor.state == SafetyState.REDUCED
        return self.derated if shrunk else self.limits

    def _watch_local_control(self, now: int) -> None:
        if self.local_until_ns is not None and now >= self.local_until_ns:
            self.local_until_ns = None
            self.supervisor.change_mode(OperatingMode.TEST, LOCAL, True, now)
            self.carry_out(now)
