"""Requests about authority and safety, and what the supervisor's transitions mean for the rest of the robot."""
from __future__ import annotations

from typing import Any

from .. import schema
from ..schema import AuthorityAction, Cause, LeaseEnd, PowerAction, RejectReason, Role
from ..wire import Rejection
from .authority import HeldLease
from .peer import Peer
from .safety import Requester, Transition

MS = 1_000_000
LOCAL = Requester(0, Role.OPERATOR, True)


class Requests:
    """The part of `Robot` that answers who may and what state it is in."""

    # Authority

    def authority_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        if peer.role not in (Role.CONTROLLER, Role.OPERATOR, Role.SERVICE):
            raise Rejection(RejectReason.PERMISSION_DENIED)
        # Whose certificate has ended keeps what it holds until the lease ends, and gets no more (SEC-09).
        if request.action != AuthorityAction.RELEASE and peer.is_certificate_over(now):
            raise Rejection(RejectReason.PERMISSION_DENIED)
        resource, session = request.resource_id, peer.session_id
        expires = now + self.timing.lease_duration_ns
        match request.action:
            case AuthorityAction.ACQUIRE:
                lease = self.authority.acquire(resource, session, self.supervisor.epoch, expires)
            case AuthorityAction.TAKE:
                lease = self._take(resource, peer, expires, now)
            case AuthorityAction.RENEW:
                if request.epoch != self.supervisor.epoch:
                    raise Rejection(RejectReason.WRONG_EPOCH)
                lease = self.authority.renew(resource, session, request.epoch, request.sequence, expires)
            case AuthorityAction.RELEASE:
                return self._release(resource, peer, now)
            case _:
                raise Rejection(RejectReason.UNKNOWN_ENUM, "action")
        self.reply(link, schema.LeaseGranted(command_id=request.command_id, lease=_lease(lease)))
        if request.action != AuthorityAction.RENEW:
            peer.gate.restart()
            self.next_status_ns = now

    def _take(self, resource: int, peer: Peer, expires: int, now: int) -> HeldLease:
        """Taking over goes through monitored standstill: the old holder's motion is stopped first (CMD-08)."""
        if peer.role not in (Role.OPERATOR, Role.SERVICE):
            raise Rejection(RejectReason.PERMISSION_DENIED)
        lease, revoked = self.authority.take(resource, peer.session_id, self.supervisor.epoch, expires)
        for ended in revoked:
            self._report_end(ended, LeaseEnd.REVOKED, now)
        if revoked and self.supervisor.permits_motion:
            self.drop_queues(Cause.LEASE_REVOKED, now)
            self.pulse(Cause.LEASE_REVOKED, now)
        return lease

    def _release(self, resource: int, peer: Peer, now: int) -> None:
        if self.supervisor.permits_motion and self.authority.is_holder(peer.session_id):
            self.supervisor.disable(self.requester(peer), Cause.DISABLED)
            self.carry_out(now)
        self._report_end(self.authority.release(resource, peer.session_id), LeaseEnd.RELEASED, now)

    def end_leases(self, session: int | None, end: int, now: int) -> None:
        for lease in self.authority.end_where(lambda each: session is None or each.session == session):
            self._report_end(lease, end, now)

    def expire_leases(self, now: int) -> None:
        if not self.authority.leases:
            return
        ended = self.authority.end_where(lambda lease: now > lease.expires_ns)
        if not ended:
            return
        self.drop_queues(Cause.LEASE_EXPIRED, now)
        self.pulse(Cause.LEASE_EXPIRED, now)
        for lease in ended:
            self._report_end(lease, LeaseEnd.EXPIRED, now)

    def _report_end(self, lease: HeldLease, end: int, now: int) -> None:
        self.broadcast(schema.LeaseEnded(lease=_lease(lease), end=end, time_ns=now))
        self.next_status_ns = now

    def check_authority(self, peer: Peer, message: Any) -> None:
        """Raises where this session may not move the resource with the lease it names."""
        resource = message.resource_id
        reason = self.authority.refusal(resource, peer.session_id, message.lease_epoch, message.lease_sequence,
                                        self.supervisor.epoch)
        if reason:
            raise Rejection(reason, holder=self.authority.holder_session(resource))

    # What the supervisor did

    def carry_out(self, now: int) -> None:
        """Reports transitions, and ends what does not outlive them."""
        supervisor = self.supervisor
        if supervisor.purge:
            supervisor.purge = False
            self._purge(now)
        for step in supervisor.take_transitions():
            self._report(step, now)
        is_running = supervisor.permits_motion
        has_ended, self.was_running = self.was_running and not is_running, is_running
        if has_ended:
            self.motion_ended(now)

    def _report(self, step: Transition, now: int) -> None:
        self.next_status_ns = now
        self.log(f"{schema.SafetyState(step.previous).name} to {schema.SafetyState(step.state).name}, "
                 f"{schema.Cause(step.cause).name}", step.session, now)
        event = schema.SafetyEvent(
            sequence=step.sequence, time_ns=step.time_ns, detected_ns=step.time_ns, to=step.state, cause=step.cause,
            all_causes=step.causes, category=step.category, source_session=step.session, source_id=step.device,
            edge=step.edge, hold=step.hold, **{"from": step.previous})
        self.record("safety", event, now)
        if self.recorder:
            self.recorder.notice(step.previous, step.state, schema.Cause(step.cause).name, self.boot_id, now)
        self.broadcast(event)

    def pulse(self, cause: int, now: int) -> None:
        """A condition that was true for a moment."""
        self.supervisor.detected(cause, now)
        self.supervisor.cleared(cause)
        self.carry_out(now)

    def _purge(self, now: int) -> None:
        """Leases, queues and chunk ids end with their epoch (SAF-11)."""
        self.end_leases(None, LeaseEnd.RESET, now)
        self.chunks.restart()
        self.source = "none"
        for peer in self.peers.values():
            peer.gate.restart()
        for event in self.tasks.abort(Cause.RESET, now):
            self.broadcast(event)

    def _settle(self, reason: int | None, now: int) -> None:
        """Carries out what a request did, or raises why it was refused, with what is in the way."""
        blocked, self.supervisor.blocked_by_source = self.supervisor.blocked_by_source, False
        self.carry_out(now)
        if not reason:
            return
        blocking: list[str] = []
        if reason == RejectReason.INTERLOCK:
            down = self.supervisor.interlocks_ok and self.supervisor.is_down
            blocking = ["posture"] if down else list(self.descriptor.safety.interlocks)
        if blocked:
            names = {source.id: source.name for source in self.descriptor.safety.stop_sources}
            blocking += [names.get(source.device, f"session:{source.session:x}")
                         for source in self.supervisor.sources.values() if source.is_active]
        raise Rejection(reason, blocking=tuple(blocking))

    # Requests

    def stop_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        confirmed = request.stop_plan_sha256 == self.description.stop_plan_sha256
        session = 0 if request.source_id else peer.session_id
        self._settle(self.supervisor.stop(request.kind, now, session=session, device=request.source_id, hard=request.hard,
                                          confirmed=confirmed), now)

    def stop_release(self, request: Any, link: int, peer: Peer, now: int) -> None:
        session = 0 if request.source_id else peer.session_id
        self.next_status_ns = now
        self._settle(self.supervisor.release(now, session=session, device=request.source_id), now)

    def reset_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        nonce = self.random64()
        self._settle(self.supervisor.request_reset(self.requester(peer), nonce, now), now)
        self.reply(link, schema.ResetChallenge(command_id=request.command_id, nonce=nonce,
                                               expires_ns=now + self.supervisor.parameters.nonce_validity_ns))

    def reset_confirm(self, request: Any, link: int, peer: Peer, now: int) -> None:
        self._settle(self.supervisor.confirm_reset(self.requester(peer), request.nonce, now), now)

    def power_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        self._settle(self.supervisor.power(request.action == PowerAction.ON, self.requester(peer), now), now)

    def enable_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        if peer.has_fingerprint_mismatch:
            raise Rejection(RejectReason.FINGERPRINT_MISMATCH)
        lease = next((each for each in self.authority.leases if each.session == peer.session_id), None)
        if lease and request.lease_sequence not in (0, lease.sequence):
            raise Rejection(RejectReason.LEASE_OLD)
        if now - self.stop_tested_ns > self.descriptor.safety.stop_self_test_interval_ns:
            raise Rejection(RejectReason.INTERLOCK, blocking=("stop_self_test",))
        synchronised = peer.is_synchronised(self.TASK_CLOCK_BOUND_NS, now)
        self._settle(self.supervisor.enable(request.enable_id, self.requester(peer), synchronised, now), now)
        self.needs_bump_check, self.source = True, "none"
        self.shaper.start(self.body.measurement.position)
        # The small brain's next cycle may be a millisecond away: nothing of before is handed on until then.
        self.command.position = list(self.shaper.position)
        for each in self.peers.values():
            each.gate.restart()

    def disable_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        self._settle(self.supervisor.disable(self.requester(peer), Cause.DISABLED), now)

    def resume_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        self._settle(self.supervisor.resume(request.resume_id, self.requester(peer), now), now)

    def recovery_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        self._settle(self.supervisor.recover(self.requester(peer), request.hold_to_run, request.surroundings_clear, now), now)

    def mode_request(self, request: Any, link: int, peer: Peer, now: int) -> None:
        self._settle(self.supervisor.change_mode(request.mode, self.requester(peer), False, now), now)


def _lease(lease: HeldLease) -> Any:
    return schema.Lease(resource_id=lease.resource, epoch=lease.epoch, sequence=lease.sequence, holder_session=lease.session,
                        expires_ns=lease.expires_ns)
