"""The safety state machine of part SAF: twelve states, twenty-four edges. Pure: an input and `now` in, transitions out.

Nobody sets the state by hand; everything that can happen is a method. A method returns why it was refused, or `None`, and
notes in `blocked_by_source` whether an active stop source was the reason.
"""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ..schema import Cause, OperatingMode, RejectReason, Role, SafetyState, Stability, StopCategory, StopHold, StopKind

S = SafetyState
SECOND = 1_000_000_000

# What a cause leads to (Spec/v1/parts/SAF.md): stops in any state, stops of what moves, faults.
_PROTECTIVE = {
    Cause.PROTECTIVE: StopCategory.TWO, Cause.HUMAN_TOO_CLOSE: StopCategory.TWO, Cause.PERCEPTION_LOST: StopCategory.TWO,
    Cause.INTEGRITY: StopCategory.ONE, Cause.FOLLOWING_ERROR: StopCategory.ONE, Cause.SPINAL_LIMIT: StopCategory.ONE,
    Cause.THERMAL: StopCategory.ONE, Cause.BATTERY: StopCategory.ONE,
}
_WHEN_MOVING = {
    Cause.COMMAND_TIMEOUT, Cause.LEASE_EXPIRED, Cause.LEASE_REVOKED, Cause.PEER_LOST, Cause.NO_TIMESYNC, Cause.CLOCK_FAULT,
    Cause.CONTACT_LIMIT,
}
_FAULTS = {Cause.INTERNAL_FAULT, Cause.STOP_OVERRUN, Cause.SELFTEST}
AUTO_CLEAR = frozenset({
    Cause.PROTECTIVE, Cause.HUMAN_TOO_CLOSE, Cause.PERCEPTION_LOST, Cause.LEASE_EXPIRED, Cause.LEASE_REVOKED,
    Cause.PEER_LOST, Cause.NO_TIMESYNC,
})
_NETWORK_MODES = (OperatingMode.REMOTE_AUTO, OperatingMode.REMOTE_MANUAL, OperatingMode.TEST)


@dataclass(slots=True, frozen=True)
class Requester:
    """Who asks: the session, its role, and whether it holds authority."""

    session: int
    role: int
    is_holder: bool

    @property
    def is_operator(self) -> bool:
        return self.role in (Role.OPERATOR, Role.SERVICE)


@dataclass(slots=True)
class StopSource:
    """A device of the descriptor or a session that can hold the robot stopped; releasing one releases no other (SAF-10)."""

    device: int
    session: int
    kind: int
    is_active: bool = False
    since_ns: int = 0


@dataclass(slots=True, frozen=True)
class Transition:
    """One step of the state machine, as it is reported (SAF-02)."""

    sequence: int
    previous: int
    state: int
    hold: int
    cause: int
    causes: tuple[int, ...]
    category: int
    edge: int
    time_ns: int
    session: int
    device: int


@dataclass(slots=True)
class Parameters:
    """What a robot declares of its stops; ns."""

    is_legged: bool = False
    stop_time_ns: int = 500_000_000
    settle_time_ns: int = 6 * SECOND
    restore_delay_ns: int = 500_000_000
    nonce_validity_ns: int = 10 * SECOND
    auto_clear: frozenset[int] = AUTO_CLEAR
    is_simulator: bool = False


@dataclass(slots=True)
class Supervisor:
    parameters: Parameters
    epoch: int = 0
    state: int = S.INITIALISING
    hold: int = StopHold.UNSPECIFIED
    mode: int = OperatingMode.STARTUP
    stability: int = Stability.STATIC
    category: int = StopCategory.UNSPECIFIED
    causes: set[int] = field(default_factory=set)
    sources: dict[tuple[int, int], StopSource] = field(default_factory=dict)
    interlocks_ok: bool = True
    #: Reported since the last `take_transitions`.
    transitions: list[Transition] = field(default_factory=list)
    transition_count: int = 0
    #: Leases, queues and syncs are void: the epoch grew. Cleared by who acts on it.
    purge: bool = False
    blocked_by_source: bool = False
    _active: set[int] = field(default_factory=set)
    _emergency_latched: bool = False
    _is_still: bool = True
    _is_disabling: bool = False
    _disable_cause: int = Cause.DISABLED
    _stop_deadline_ns: int = 0
    _is_reduced: bool = False
    _restore_at_ns: int | None = None
    _recovery_from: int = S.UNSPECIFIED
    _reset: tuple[int, int, int] | None = None
    _enable_ids: deque[int] = field(default_factory=lambda: deque(maxlen=32))
    _resume_ids: deque[int] = field(default_factory=lambda: deque(maxlen=32))

    # What the rest of the robot asks

    @property
    def permission(self) -> str:
        """What the actuators may do now: off, hold, run, decelerate, settle, damp or recover."""
        match self.state:
            case S.STANDBY:
                return "hold"
            case S.OPERATIONAL | S.REDUCED:
                return "decelerate" if self._is_disabling else "run"
            case S.STOPPING:
                return "decelerate"
            case S.SETTLING:
                return "settle"
            case S.PROTECTIVE_STOP:
                return "hold" if self.hold == StopHold.HOLD else "off"
            case S.FALL:
                return "damp"
            case S.RECOVERY:
                return "recover"
        return "off"

    @property
    def permits_motion(self) -> bool:
        return self.state in (S.OPERATIONAL, S.REDUCED) and not self._is_disabling

    @property
    def motion_refusal(self) -> int | None:
        """Why commands are refused now."""
        if self.state in (S.OPERATIONAL, S.REDUCED):
            return RejectReason.NOT_ENABLED if self._is_disabling else self._mode_refusal
        if self.state in (S.EMERGENCY_STOP, S.PROTECTIVE_STOP, S.FAULT, S.FALL, S.STOPPING, S.SETTLING):
            return RejectReason.STOP_LATCHED
        return self._mode_refusal or RejectReason.NOT_ENABLED

    @property
    def latch(self) -> int | None:
        """What must survive a power cycle (SAF-07)."""
        if self._emergency_latched:
            return S.EMERGENCY_STOP
        return self.state if self.state in (S.EMERGENCY_STOP, S.FAULT, S.FALL) else None

    @property
    def is_down(self) -> bool:
        return self.parameters.is_legged and self.stability == Stability.DOWN

    @property
    def causes_by_severity(self) -> list[int]:
        """Stop causes are numbered by severity in the schema (SAF-20)."""
        return sorted(self.causes)

    @property
    def any_source_active(self) -> bool:
        return any(source.is_active for source in self.sources.values())

    def take_transitions(self) -> list[Transition]:
        taken, self.transitions = self.transitions, []
        return taken

    @property
    def _mode_refusal(self) -> int | None:
        if self.mode in _NETWORK_MODES:
            return None
        local = self.mode in (OperatingMode.LOCAL_MANUAL, OperatingMode.TEACH)
        return RejectReason.LOCAL_CONTROL if local else RejectReason.MODE_FORBIDS

    # Power, enable, disable

    def boot(self, latch: int | None, now: int) -> None:
        sources = {key: source for key, source in self.sources.items() if key[0] != 0}
        for source in sources.values():
            if source.is_active:
                source.is_active, source.since_ns = False, now
        fresh = Supervisor(self.parameters, self.epoch + 1)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))
        self.sources = sources
        self._emergency_latched = latch == S.EMERGENCY_STOP
        if latch == S.FAULT:
            self.causes.add(Cause.INTERNAL_FAULT)
        if latch == S.FALL:
            self.causes.add(Cause.FALL)
        self.purge = True
        self._report(S.UNSPECIFIED, S.INITIALISING, Cause.BOOT, 1, now)

    def self_tested(self, passed: bool, now: int) -> None:
        if self.state != S.INITIALISING:
            return
        self.mode = OperatingMode.REMOTE_AUTO
        if self._emergency_latched:
            self.causes.add(Cause.EMERGENCY)
            self._move(S.EMERGENCY_STOP, Cause.LATCH_RESTORED, 3, now)
        elif not passed:
            self.causes.add(Cause.SELFTEST)
            self._move(S.FAULT, Cause.SELFTEST, 3, now)
        elif self.causes & {Cause.INTERNAL_FAULT, Cause.FALL}:
            self._move(S.FAULT, Cause.LATCH_RESTORED, 3, now)
        else:
            self._move(S.OFF, Cause.SELFTEST_OK, 2, now)

    def power(self, on: bool, who: Requester, now: int) -> int | None:
        if not (who.is_operator or who.is_holder):
            return RejectReason.PERMISSION_DENIED
        if not on:
            if self.state != S.STANDBY:
                return RejectReason.ILLEGAL_TRANSITION
            self._move(S.OFF, Cause.POWER_OFF, 24, now)
            return None
        if self.state != S.OFF:
            return RejectReason.ILLEGAL_TRANSITION if self.latch is None else RejectReason.STOP_LATCHED
        refusal = self._mode_refusal or self._unclear()
        if refusal:
            return refusal
        if self.is_down:
            return RejectReason.INTERLOCK
        self._move(S.STANDBY, Cause.POWER_ON, 4, now)
        return None

    def enable(self, enable_id: int, who: Requester, is_synchronised: bool, now: int) -> int | None:
        if not who.is_holder:
            return RejectReason.NOT_IN_CONTROL
        if self.state != S.STANDBY:
            latched = self.motion_refusal == RejectReason.STOP_LATCHED
            return RejectReason.STOP_LATCHED if latched else RejectReason.ILLEGAL_TRANSITION
        if self._mode_refusal:
            return self._mode_refusal
        if not is_synchronised:
            return RejectReason.NO_TIMESYNC
        if enable_id in self._enable_ids:
            return RejectReason.ENABLE_REUSED
        refusal = self._unclear()
        if refusal:
            return refusal
        self._enable_ids.append(enable_id)
        self._is_disabling = False
        self._move(S.OPERATIONAL, Cause.ENABLED, 5, now)
        if self._is_reduced:
            self._move(S.REDUCED, Cause.REDUCED, 6, now)
        return None

    def disable(self, who: Requester, cause: int) -> int | None:
        if not who.is_holder:
            return RejectReason.NOT_IN_CONTROL
        if self.state not in (S.OPERATIONAL, S.REDUCED):
            return RejectReason.ILLEGAL_TRANSITION
        self._is_disabling, self._disable_cause = True, cause
        return None

    def _unclear(self) -> int | None:
        """What is in the way of power and motion."""
        self.blocked_by_source = self.any_source_active
        if self.blocked_by_source:
            return RejectReason.RESET_BLOCKED
        return None if self.interlocks_ok else RejectReason.INTERLOCK

    # Stops

    def declare(self, device: int, kind: int) -> None:
        self.sources.setdefault((device, 0), StopSource(device, 0, kind))

    def remove(self, device: int) -> None:
        source = self.sources.get((device, 0))
        if source and not source.is_active:
            del self.sources[device, 0]

    def stop(self, kind: int, now: int, *, session: int = 0, device: int = 0, hard: bool = False,
             confirmed: bool = False) -> int | None:
        """Any authenticated session may ask, lease or not (SAF-04)."""
        if hard and self.parameters.is_legged and not confirmed:
            return RejectReason.CONFIRM_REQUIRED
        source = self.sources.setdefault((device, session), StopSource(device, session, kind))
        if not source.is_active:
            source.since_ns = now
        if not (source.is_active and source.kind == StopKind.EMERGENCY):
            source.kind = kind
        source.is_active = True
        if hard and kind == StopKind.EMERGENCY:
            self._emergency_latched = True
            self.causes.add(Cause.EMERGENCY)
            if self.state not in (S.INITIALISING, S.EMERGENCY_STOP, S.FAULT, S.FALL):
                self.category = StopCategory.ZERO
                self._move(S.EMERGENCY_STOP, Cause.EMERGENCY, 12, now, session, device)
        else:
            self._raise(Cause.EMERGENCY if kind == StopKind.EMERGENCY else Cause.PROTECTIVE, now, session, device)
        return None

    def release(self, now: int, *, session: int = 0, device: int = 0) -> int | None:
        source = self.sources.get((device, session))
        if source is None:
            return RejectReason.UNKNOWN_NAME
        if device == 0:
            del self.sources[device, session]
        elif source.is_active:
            source.is_active, source.since_ns = False, now
        if not any(each.is_active for each in self.sources.values()):
            self._forget(Cause.PROTECTIVE)
        return None

    def detected(self, cause: int, now: int) -> None:
        self._active.add(cause)
        self._raise(cause, now)

    def cleared(self, cause: int) -> None:
        self._active.discard(cause)
        self._forget(cause)

    def _forget(self, cause: int) -> None:
        """A cause that holds no more and led to no stop is gone: there is nothing that a reset could clear it from."""
        if cause not in self._active and self.state in (S.OFF, S.STANDBY, S.OPERATIONAL, S.REDUCED):
            self.causes.discard(cause)

    def _raise(self, cause: int, now: int, session: int = 0, device: int = 0) -> None:
        underway = self.state in (S.OPERATIONAL, S.REDUCED, S.STOPPING, S.SETTLING, S.RECOVERY)
        if cause in _WHEN_MOVING and not underway:
            return
        if cause == Cause.FALL and not self.parameters.is_legged:
            return
        if cause not in _PROTECTIVE and cause not in _WHEN_MOVING and cause not in _FAULTS and cause not in (
                Cause.EMERGENCY, Cause.FALL):
            return
        self.causes.add(cause)
        if cause == Cause.EMERGENCY:
            self._emergency_latched = True
            self._emergency(now, session, device)
        elif cause in _FAULTS:
            self._fault(cause, now)
        elif cause == Cause.FALL:
            self._fall(now)
        else:
            self._protective(cause, _PROTECTIVE.get(cause, StopCategory.TWO), now, session, device)

    def _emergency(self, now: int, session: int, device: int) -> None:
        if self.state in (S.STANDBY, S.OPERATIONAL, S.REDUCED, S.RECOVERY):
            self._begin(Cause.EMERGENCY, StopCategory.ONE, now, session, device)
        elif self.state in (S.STOPPING, S.SETTLING):
            self.category = min(self.category, StopCategory.ONE)
        elif self.state == S.PROTECTIVE_STOP:
            self._move(S.EMERGENCY_STOP, Cause.EMERGENCY, 15, now, session, device)
        elif self.state == S.OFF:
            self.category = StopCategory.ZERO
            self._move(S.EMERGENCY_STOP, Cause.EMERGENCY, 12, now, session, device)

    def _protective(self, cause: int, category: int, now: int, session: int, device: int) -> None:
        if self.state in (S.STANDBY, S.OPERATIONAL, S.REDUCED, S.RECOVERY):
            self._begin(cause, category, now, session, device)
        elif self.state in (S.STOPPING, S.SETTLING):
            self.category = min(self.category, category)

    def _fault(self, cause: int, now: int) -> None:
        if self.state in (S.INITIALISING, S.FAULT, S.EMERGENCY_STOP, S.FALL):
            return
        edge = 15 if self.state == S.PROTECTIVE_STOP else 13 if self.state in (S.STOPPING, S.SETTLING) else 20
        self._move(S.FAULT, cause, edge, now)

    def _fall(self, now: int) -> None:
        lies = self.state == S.PROTECTIVE_STOP and self.hold == StopHold.OFF
        if not lies and self.state not in (S.INITIALISING, S.OFF, S.FALL, S.EMERGENCY_STOP, S.FAULT):
            self._move(S.FALL, Cause.FALL, 21, now)

    def _begin(self, cause: int, category: int, now: int, session: int, device: int) -> None:
        self.category, self._is_disabling = category, False
        settles = self.parameters.is_legged and category != StopCategory.TWO
        limit = self.parameters.settle_time_ns if settles else self.parameters.stop_time_ns
        self._stop_deadline_ns = now + limit
        self._move(S.SETTLING if settles else S.STOPPING, cause, 8, now, session, device)
        self._settle(now)

    def _settle(self, now: int) -> None:
        """Ends a stop that has reached what it wants."""
        if self.state not in (S.STOPPING, S.SETTLING) or not self._is_still:
            return
        if self.state == S.SETTLING and self.stability != Stability.STATIC:
            return
        cause = min(self.causes, default=Cause.STANDSTILL)
        if self._emergency_latched:
            self._move(S.EMERGENCY_STOP, cause, 11, now)
        else:
            stays = self.category == StopCategory.TWO
            self.hold = StopHold.HOLD if stays else StopHold.OFF
            self._move(S.PROTECTIVE_STOP, cause, 9 if stays else 10, now)

    # Leaving a stop

    def request_reset(self, who: Requester, nonce: int, now: int) -> int | None:
        if not who.is_operator:
            return RejectReason.PERMISSION_DENIED
        if self.state not in (S.PROTECTIVE_STOP, S.EMERGENCY_STOP, S.FAULT):
            return RejectReason.ILLEGAL_TRANSITION
        self.blocked_by_source = self.any_source_active
        if self.blocked_by_source:
            return RejectReason.RESET_BLOCKED
        self._reset = (nonce, who.session, now + self.parameters.nonce_validity_ns)
        return None

    def confirm_reset(self, who: Requester, nonce: int, now: int) -> int | None:
        if not who.is_operator:
            return RejectReason.PERMISSION_DENIED
        if not (self._reset and nonce and self._reset[:2] == (nonce, who.session) and now <= self._reset[2]):
            return RejectReason.NONCE_INVALID
        self._reset = None
        if self.state not in (S.PROTECTIVE_STOP, S.EMERGENCY_STOP, S.FAULT):
            return RejectReason.ILLEGAL_TRANSITION
        self.blocked_by_source = self.any_source_active
        if self.blocked_by_source or self._active:
            return RejectReason.RESET_BLOCKED
        stays = self.state == S.PROTECTIVE_STOP and self.hold == StopHold.HOLD
        edge = {S.PROTECTIVE_STOP: 17, S.EMERGENCY_STOP: 18, S.FAULT: 19}[self.state]
        self._clear_stop()
        self._new_epoch()
        self._move(S.STANDBY if stays else S.OFF, Cause.RESET, edge, now, who.session)
        return None

    def resume(self, resume_id: int, who: Requester, now: int) -> int | None:
        if not who.is_holder:
            return RejectReason.NOT_IN_CONTROL
        if not (self.state == S.PROTECTIVE_STOP and self.hold == StopHold.HOLD):
            return RejectReason.ILLEGAL_TRANSITION if self.latch is None else RejectReason.STOP_LATCHED
        if resume_id in self._resume_ids:
            return RejectReason.ENABLE_REUSED
        if not self.causes <= self.parameters.auto_clear:
            return RejectReason.STOP_LATCHED
        self.blocked_by_source = self.any_source_active
        if self._active or self.blocked_by_source:
            return RejectReason.RESET_BLOCKED
        self._resume_ids.append(resume_id)
        self._clear_stop()
        self._move(S.STANDBY, Cause.RESUMED, 16, now, who.session)
        return None

    def recover(self, who: Requester, hold_to_run: bool, is_clear: bool, now: int) -> int | None:
        if not who.is_operator:
            return RejectReason.PERMISSION_DENIED
        if self.state == S.RECOVERY:
            if not hold_to_run:
                self._end_recovery(now)
            return None
        lies = self.state == S.FALL or (self.state == S.OFF and self.is_down)
        may = self.state == S.PROTECTIVE_STOP or (self.state == S.FAULT and not self._emergency_latched)
        if not (hold_to_run and (lies or may)):
            return RejectReason.ILLEGAL_TRANSITION
        if lies and not is_clear:
            return RejectReason.INTERLOCK
        refusal = self._unclear()
        if refusal:
            return refusal
        self._recovery_from = S.FALL if lies else self.state
        self._move(S.RECOVERY, Cause.RECOVERY, 22 if lies else 23, now, who.session)
        return None

    def _end_recovery(self, now: int) -> None:
        if self._recovery_from == S.FALL:
            self._clear_stop()
            self._new_epoch()
            self._move(S.OFF, Cause.RECOVERY, 22, now)
        else:
            self.hold = StopHold.HOLD
            self._move(S.PROTECTIVE_STOP, Cause.RECOVERY, 23, now)

    def change_mode(self, mode: int, who: Requester, is_local: bool, now: int) -> int | None:
        if not (who.is_operator or is_local):
            return RejectReason.PERMISSION_DENIED
        if self.state not in (S.OFF, S.STANDBY):
            return RejectReason.ILLEGAL_TRANSITION
        if mode in (OperatingMode.STARTUP, OperatingMode.UNSPECIFIED):
            return RejectReason.UNKNOWN_ENUM
        local_only = (OperatingMode.LOCAL_MANUAL, OperatingMode.TEACH, OperatingMode.SERVICE)
        if self.mode in local_only and not is_local:
            return RejectReason.LOCAL_CONTROL
        needs_service = mode in (OperatingMode.TEST, OperatingMode.SERVICE)
        if needs_service and who.role != Role.SERVICE and not is_local:
            return RejectReason.PERMISSION_DENIED
        if mode == OperatingMode.TEST and not is_local and not self.parameters.is_simulator:
            return RejectReason.LOCAL_CONTROL
        if mode == self.mode:
            return None
        self.mode = mode
        self._new_epoch()
        if needs_service and self.state == S.STANDBY:
            self._move(S.OFF, Cause.MODE_CHANGE, 24, now)
        return None

    def _clear_stop(self) -> None:
        self.causes.clear()
        self._emergency_latched, self.category, self._reset = False, StopCategory.UNSPECIFIED, None

    def _new_epoch(self) -> None:
        self.epoch += 1
        self.purge = True

    # The body, the envelope, time

    def observe(self, is_still: bool, stability: int, now: int) -> None:
        self._is_still, self.stability = is_still, stability
        is_down = stability == Stability.DOWN and self.state != S.RECOVERY
        if self.parameters.is_legged and (stability == Stability.FALLING or is_down):
            self._raise(Cause.FALL, now)
        self._settle(now)
        if self._is_disabling and is_still and self.state in (S.OPERATIONAL, S.REDUCED):
            self._is_disabling = False
            self._move(S.STANDBY, self._disable_cause, 7, now)
        if self.state == S.PROTECTIVE_STOP and self.hold == StopHold.HOLD and not is_still:
            self.causes.add(Cause.STANDSTILL_VIOLATION)
            self.hold = StopHold.OFF
            self._move(S.PROTECTIVE_STOP, Cause.STANDSTILL_VIOLATION, 14, now)

    def envelope(self, is_reduced: bool, now: int) -> None:
        if is_reduced:
            self._is_reduced, self._restore_at_ns = True, None
        elif self._is_reduced and self._restore_at_ns is None:
            self._restore_at_ns = now + self.parameters.restore_delay_ns

    def elapse(self, now: int) -> None:
        """Deadlines; called once a cycle."""
        if self.state in (S.STOPPING, S.SETTLING) and now >= self._stop_deadline_ns:
            self.causes.add(Cause.STOP_OVERRUN)
            self._move(S.FAULT, Cause.STOP_OVERRUN, 13, now)
        if self._restore_at_ns is not None and now >= self._restore_at_ns:
            self._is_reduced, self._restore_at_ns = False, None
        if self.state == S.OPERATIONAL and self._is_reduced:
            self._move(S.REDUCED, Cause.REDUCED, 6, now)
        if self.state == S.REDUCED and not self._is_reduced:
            self._move(S.OPERATIONAL, Cause.RESTORED, 6, now)
        if self._reset and now > self._reset[2]:
            self._reset = None

    def _move(self, state: int, cause: int, edge: int, now: int, session: int = 0, device: int = 0) -> None:
        previous, self.state = self.state, state
        if state != S.PROTECTIVE_STOP:
            self.hold = StopHold.UNSPECIFIED
        if state not in (S.OPERATIONAL, S.REDUCED):
            self._is_disabling = False
        self._report(previous, state, cause, edge, now, session, device)

    def _report(self, previous: int, state: int, cause: int, edge: int, now: int, session: int = 0, device: int = 0) -> None:
        self.transition_count += 1
        self.transitions.append(Transition(
            self.transition_count, previous, state, self.hold, cause, tuple(self.causes_by_severity), self.category, edge,
            now, session, device))
