import PonsMessages
import PonsSafety
import PonsSession

// Who may move what.
extension RobotRuntime {
    mutating func authority(_ request: AuthorityRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let peer = peers[link] else { return .rejected(.noSession) }
        guard peer.role == .controller || peer.role == .operator || peer.role == .service else {
            return .rejected(.permissionDenied)
        }
        // Whose certificate has ended keeps what it holds until the lease ends, and gets no more (SEC-09).
        if request.action != .release && peer.isCertificateOver(at: now) { return .rejected(.permissionDenied) }
        switch request.action {
        case .acquire: return acquire(request, peer.sessionID, link, now)
        case .take: return take(request, peer, link, now)
        case .renew:
            return settle(
                authority.renew(
                    request.resourceID, session: peer.sessionID, epoch: request.epoch, sequence: request.sequence,
                    durationNs: timing.leaseDurationNs, at: now), request, link, now)
        case .release:
            if supervisor.permitsMotion && authority.isHolder(peer.sessionID) {
                apply(.disable(requester(link), cause: .disabled), now)
            }
            return settle(authority.release(request.resourceID, session: peer.sessionID), request, link, now)
        default: return .rejected(.unknownEnum)
        }
    }

    private mutating func acquire(
        _ request: AuthorityRequest, _ session: UInt64, _ link: LinkID, _ now: Int64
    ) -> CommandAnswer {
        var outcome = authority.acquire(
            request.resourceID, session: session, epoch: supervisor.epoch, durationNs: timing.leaseDurationNs, at: now)
        if case .refused(.held, let holder) = outcome, now - lastGrantNs < 2_000_000, faults.breaks(.cmd07) {
            // Checked before the other grant was written: both are told they hold it.
            outcome = .granted(
                HeldLease(
                    resource: request.resourceID, epoch: supervisor.epoch, sequence: holder & 0xFFFF, session: session,
                    expiresNs: now + timing.leaseDurationNs))
        }
        if case .refused(.held, _) = outcome, authority.holder(of: request.resourceID)?.resource != request.resourceID,
            faults.breaks(.cmd10)
        {
            // Looks at the resource itself, not at what it is part of.
            outcome = .granted(
                HeldLease(
                    resource: request.resourceID, epoch: supervisor.epoch, sequence: 1, session: session,
                    expiresNs: now + timing.leaseDurationNs))
        }
        if case .granted = outcome { lastGrantNs = now }
        return settle(outcome, request, link, now)
    }

    /// Taking over goes through monitored standstill: the old holder's motion is stopped first (CMD-08).
    private mutating func take(
        _ request: AuthorityRequest, _ peer: RobotPeer, _ link: LinkID, _ now: Int64
    ) -> CommandAnswer {
        guard peer.role == .operator || peer.role == .service else { return .rejected(.permissionDenied) }
        var revoked: [HeldLease] = []
        let outcome = authority.take(
            request.resourceID, session: peer.sessionID, epoch: supervisor.epoch, durationNs: timing.leaseDurationNs,
            at: now, revoked: { revoked.append($0) })
        for lease in revoked { reportEnd(lease, .revoked, now) }
        if !revoked.isEmpty && supervisor.permitsMotion {
            if faults.breaks(.cmd08) {
                needsBumpCheck = false
            } else {
                dropQueues(.leaseRevoked, now)
                pulse(.leaseRevoked, now)
            }
        }
        return settle(outcome, request, link, now)
    }

    private mutating func settle(
        _ outcome: AuthorityOutcome, _ request: AuthorityRequest, _ link: LinkID, _ now: Int64
    ) -> CommandAnswer {
        switch outcome {
        case .granted(let lease):
            var granted = LeaseGranted()
            granted.commandID = request.commandID
            granted.lease = Lease(lease)
            reply(link, granted, now)
            if request.action != .renew {
                peers[link]?.gate.restart()
                for index in gripperGates.indices { gripperGates[index].restart() }
                nextStatusNs = now
            }
            return .accepted
        case .released(let lease):
            reportEnd(lease, .released, now)
            return .accepted
        case .refused(let reason, let holder):
            var rejection = Rejection(reason)
            rejection.holder = holder
            return .rejected(rejection)
        }
    }

    /// Ends the leases of a session, or all of them.
    mutating func endLeases(of session: UInt64?, _ end: LeaseEnd, _ now: Int64) {
        var ended: [HeldLease] = []
        authority.end(where: { session == nil || $0.session == session }, { ended.append($0) })
        for lease in ended { reportEnd(lease, end, now) }
    }

    mutating func reportEnd(_ lease: HeldLease, _ end: LeaseEnd, _ now: Int64) {
        var event = LeaseEnded()
        event.lease = Lease(lease)
        event.end = end
        event.timeNs = now
        broadcast(event, now)
        nextStatusNs = now
    }

    /// Why a command of this session may not move the resource, or `nil`.
    mutating func motionRefusal(
        _ link: LinkID, resource: UInt32, epoch: UInt64, sequence: UInt64
    ) -> Rejection? {
        guard let peer = peers[link] else { return Rejection(.noSession) }
        guard
            let reason = authority.refusal(
                resource, session: peer.sessionID, epoch: epoch, sequence: sequence, current: supervisor.epoch)
        else { return nil }
        if reason == .notInControl && supervisor.permitsMotion && faults.breaks(.cmd05) { return nil }
        if (reason == .leaseOld || reason == .wrongEpoch) && authority.any != nil && faults.breaks(.cmd06) {
            return nil
        }
        var rejection = Rejection(reason)
        rejection.holder = authority.holder(of: resource)?.session ?? 0
        return rejection
    }

    /// A robot that remembers whom it obeyed before the link broke.
    mutating func regainIfBroken(_ link: LinkID, _ now: Int64) {
        guard let peer = peers[link], !stickyHolder.isEmpty, peer.clientName == stickyHolder, authority.any == nil,
            peer.role == .controller, let resource = descriptor.resources.first?.id, faults.breaks(.lnk09)
        else { return }
        _ = authority.acquire(
            resource, session: peer.sessionID, epoch: supervisor.epoch, durationNs: timing.leaseDurationNs, at: now)
        nextStatusNs = now
    }
}

extension Lease {
    init(_ lease: HeldLease) {
        self.init()
        resourceID = lease.resource
        epoch = lease.epoch
        sequence = lease.sequence
        holderSession = lease.session
        expiresNs = lease.expiresNs
    }
}
