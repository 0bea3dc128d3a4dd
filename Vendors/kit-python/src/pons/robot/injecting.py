"""What a tester does to the robot in TEST mode, and how it is taken back (part CNF)."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import schema
from ..schema import Cause, InjectionKind, OperatingMode, RejectReason, Role, StopKind
from ..wire import Rejection
from .peer import Peer
from .requests import LOCAL

MS = 1_000_000
LONGEST_INJECTION_NS = 3_600_000 * MS
MOST_INJECTIONS = 64
#: Events leave nothing behind, a stop source that is pressed keeps the robot in the mode, local control ends by itself.
LEAVES_NOTHING = {InjectionKind.ROBOT_CLOCK_STEP, InjectionKind.TOOL_CHANGE, InjectionKind.STALL_LOOP,
                  InjectionKind.LOCAL_CONTROL, InjectionKind.POWER_CYCLE, InjectionKind.STOP_SOURCE}


class Injecting:
    """The part of `Robot` that breaks things on request."""

    def init_injecting(self) -> None:
        #: By kind and index, how it is brought back as it was before the first injection of it (CNF-01).
        self.undos: dict[tuple[int, int], Callable[[int], object]] = {}

    def inject(self, request: Any, link: int, peer: Peer, now: int) -> None:
        if not self.descriptor.simulator or "injection" not in self.descriptor.features:
            raise Rejection(RejectReason.UNSUPPORTED)
        if peer.role != Role.SERVICE:
            raise Rejection(RejectReason.PERMISSION_DENIED)
        if self.supervisor.mode != OperatingMode.TEST:
            raise Rejection(RejectReason.MODE_FORBIDS)
        place = (request.kind, request.index)
        is_new = request.kind not in LEAVES_NOTHING and place not in self.undos
        if is_new and len(self.undos) == MOST_INJECTIONS:
            raise Rejection(RejectReason.LIMIT_EXCEEDED, "index", MOST_INJECTIONS)
        undo = self._undoing(*place)
        self._carry_out_injection(request, now)
        if is_new:
            self.undos[place] = undo

    def undo_injections(self, now: int) -> None:
        """Whatever was injected does not outlive TEST mode, however the mode was left."""
        if self.supervisor.mode == OperatingMode.TEST or self.local_until_ns is not None:
            return
        while self.undos:
            self.undos.popitem()[1](now)

    def _undoing(self, kind: int, index: int) -> Callable[[int], object]:
        utc_step_ns, tested_ns, is_closed = self.utc_step_ns, self.stop_tested_ns, self.supervisor.interlocks_ok
        measured = self.body.measurement
        # A body is held and pushed by nothing, and is as warm and as full as it measures.
        value = 0.0
        if kind == InjectionKind.STATE_OF_CHARGE:
            value = measured.charge
        elif kind == InjectionKind.TEMPERATURE and index < len(measured.temperature):
            value = measured.temperature[index]
        match kind:
            case InjectionKind.UTC_STEP:
                return lambda now: setattr(self, "utc_step_ns", utc_step_ns)
            case InjectionKind.SELF_TEST_AGE:  # a test of the stop path since then counts
                return lambda now: setattr(self, "stop_tested_ns", max(self.stop_tested_ns, tested_ns))
            case InjectionKind.INTERLOCK:
                return lambda now: setattr(self.supervisor, "interlocks_ok", is_closed)
            case InjectionKind.SPINAL_TARGET:
                return lambda now: setattr(self, "spinal_target", None)
        return lambda now: self.body.inject(kind, index, value, 0, now)

    def _carry_out_injection(self, request: Any, now: int) -> None:
        length = max(0, min(request.duration_ns, LONGEST_INJECTION_NS))
        value = max(-1e9, min(1e9, request.value))
        match request.kind:
            case InjectionKind.UTC_STEP:
                self.utc_step_ns = max(-(1 << 61), min(1 << 61, self.utc_step_ns + int(value * 1e9)))
            case InjectionKind.ROBOT_CLOCK_STEP:
                for each in self.peers.values():
                    each.forget_sync()
                self.pulse(Cause.CLOCK_FAULT, now)
            case InjectionKind.TOOL_CHANGE:
                self._change_tool(now)
            case InjectionKind.STALL_LOOP:
                self.stalled_until_ns = now + length
            case InjectionKind.LOCAL_CONTROL:
                self.supervisor.change_mode(OperatingMode.LOCAL_MANUAL, LOCAL, True, now)
                self.carry_out(now)
                self.local_until_ns = now + length
            case InjectionKind.SPINAL_TARGET:
                if request.index >= len(self.limits):
                    raise Rejection(RejectReason.OUT_OF_RANGE, "index", len(self.limits) - 1)
                self.spinal_target = (request.index, value, now + length)
            case InjectionKind.SELF_TEST_AGE:
                self.stop_tested_ns = now - int(value * 1e9)
            case InjectionKind.POWER_CYCLE:
                self.power_up(self.supervisor.latch, now)
            case InjectionKind.STOP_SOURCE:
                if value:
                    self.supervisor.stop(StopKind.EMERGENCY, now, device=request.index)
                else:
                    self.supervisor.release(now, device=request.index)
                self.carry_out(now)
            case InjectionKind.INTERLOCK:
                self.supervisor.interlocks_ok = bool(value)
            case _:
                if not self.body.inject(request.kind, request.index, value, length, now):
                    raise Rejection(RejectReason.UNSUPPORTED)

    def _change_tool(self, now: int) -> None:
        """A new descriptor epoch, told to everyone before any command of it (DSC-03)."""
        self.descriptor.descriptor_epoch += 1
        self.description.seal()
        self.broadcast(schema.DescriptorChanged(descriptor_epoch=self.descriptor.descriptor_epoch,
                                                sha256=self.description.sha256, what="tool change", time_ns=now))
        self.next_status_ns = now
