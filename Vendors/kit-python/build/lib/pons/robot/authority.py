"""Leases: at most one holder for each part of the body, a whole excluding its parts (CMD-05 to CMD-10)."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..schema import RejectReason
from ..wire import Rejection


@dataclass(slots=True)
class HeldLease:
    resource: int
    epoch: int
    sequence: int
    session: int
    expires_ns: int


@dataclass(slots=True)
class AuthorityTable:
    #: Parent of each declared resource; 0 for a root.
    parents: dict[int, int] = field(default_factory=dict)
    leases: list[HeldLease] = field(default_factory=list)
    next_sequence: int = 1

    def acquire(self, resource: int, session: int, epoch: int, expires_ns: int) -> HeldLease:
        self._declared(resource)
        for lease in list(self.leases):
            if self._conflicts(lease.resource, resource):
                if lease.session != session:
                    raise Rejection(RejectReason.HELD, holder=lease.session)
                if lease.resource == resource:
                    self.leases.remove(lease)
        return self._grant(resource, session, epoch, expires_ns)

    def take(self, resource: int, session: int, epoch: int, expires_ns: int) -> tuple[HeldLease, list[HeldLease]]:
        """The new lease, and the leases of others that it ends."""
        self._declared(resource)
        ended = [lease for lease in self.leases if self._conflicts(lease.resource, resource)]
        for lease in ended:
            self.leases.remove(lease)
        granted = self._grant(resource, session, epoch, expires_ns)
        return granted, [lease for lease in ended if lease.session != session]

    def renew(self, resource: int, session: int, epoch: int, sequence: int, expires_ns: int) -> HeldLease:
        reason = self.refusal(resource, session, epoch, sequence, epoch)
        own = next((x for x in self.leases if x.session == session and x.resource == resource), None)
        if reason or own is None:
            raise Rejection(reason or RejectReason.NOT_IN_CONTROL, holder=self.holder_session(resource))
        own.expires_ns = expires_ns
        return own

    def release(self, resource: int, session: int) -> HeldLease:
        for lease in self.leases:
            if lease.session == session and lease.resource == resource:
                self.leases.remove(lease)
                return lease
        raise Rejection(RejectReason.NOT_IN_CONTROL, holder=self.holder_session(resource))

    def end_where(self, should_end: Callable[[HeldLease], bool]) -> list[HeldLease]:
        ended = [lease for lease in self.leases if should_end(lease)]
        self.leases = [lease for lease in self.leases if lease not in ended]
        return ended

    def refusal(self, resource: int, session: int, epoch: int, sequence: int, current_epoch: int) -> int | None:
        """Why a command with this lease may not move the resource."""
        if resource not in self.parents:
            return RejectReason.UNKNOWN_NAME
        for lease in self.leases:
            if lease.session == session and self._is_below(resource, lease.resource):
                if epoch != current_epoch:
                    return RejectReason.WRONG_EPOCH
                return None if sequence == lease.sequence else RejectReason.LEASE_OLD
        if epoch not in (0, current_epoch):
            return RejectReason.WRONG_EPOCH
        holder = self.holder(resource)
        newest = holder.sequence if holder else self.next_sequence
        return RejectReason.LEASE_OLD if 0 < sequence < newest else RejectReason.NOT_IN_CONTROL

    def holder(self, resource: int) -> HeldLease | None:
        return next((lease for lease in self.leases if self._conflicts(lease.resource, resource)), None)

    def holder_session(self, resource: int) -> int:
        lease = self.holder(resource)
        return lease.session if lease else 0

    def is_holder(self, session: int) -> bool:
        return any(lease.session == session for lease in self.leases)

    def _declared(self, resource: int) -> None:
        if resource not in self.parents:
            raise Rejection(RejectReason.UNKNOWN_NAME)

    def _grant(self, resource: int, session: int, epoch: int, expires_ns: int) -> HeldLease:
        lease = HeldLease(resource, epoch, self.next_sequence, session, expires_ns)
        self.next_sequence += 1
        self.leases.append(lease)
        return lease

    def _conflicts(self, one: int, other: int) -> bool:
        return self._is_below(one, other) or self._is_below(other, one)

    def _is_below(self, resource: int, ancestor: int) -> bool:
        for _ in range(len(self.parents) + 1):
            if resource == ancestor:
                return True
            resource = self.parents.get(resource, 0)
            if not resource:
                return False
        return False
