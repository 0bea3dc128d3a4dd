public import PonsVocabulary

/// A lease on a resource: who may move it, until when, and which lease of which epoch this is.
public struct HeldLease: Equatable, Sendable {
    public var resource: UInt32
    public var epoch: UInt64
    public var sequence: UInt64
    public var session: UInt64
    public var expiresNs: Int64

    public init(resource: UInt32, epoch: UInt64, sequence: UInt64, session: UInt64, expiresNs: Int64) {
        self.resource = resource
        self.epoch = epoch
        self.sequence = sequence
        self.session = session
        self.expiresNs = expiresNs
    }
}

/// What an authority request came to.
public enum AuthorityOutcome: Equatable, Sendable {
    case granted(HeldLease)
    case released(HeldLease)
    case refused(RejectReason, holder: UInt64)
}

/// At most one holder for each resource, parents excluding children (CMD-05 … CMD-10).
public struct AuthorityTable: Sendable {
    public static let capacity = 16

    private var leases: [16 of HeldLease?] = .init(repeating: nil)
    private var parents: [16 of (resource: UInt32, parent: UInt32)] = .init(repeating: (0, 0))
    private var resourceCount = 0
    private var nextSequence: UInt64 = 1

    public init() {}

    /// Declares a resource of the descriptor; `parent` 0 for a root.
    public mutating func declare(resource: UInt32, parent: UInt32) {
        guard resourceCount < Self.capacity else { return }
        parents[resourceCount] = (resource, parent)
        resourceCount += 1
    }

    public mutating func acquire(
        _ resource: UInt32, session: UInt64, epoch: UInt64, durationNs: Int64, at now: Int64
    ) -> AuthorityOutcome {
        guard isDeclared(resource) else { return .refused(.unknownName, holder: 0) }
        for index in leases.indices {
            guard let lease = leases[index], conflicts(lease.resource, resource) else { continue }
            if lease.session != session { return .refused(.held, holder: lease.session) }
            if lease.resource == resource { leases[index] = nil }
        }
        return grant(resource, session, epoch, now + durationNs)
    }

    /// Grants the resource whoever holds it; `revoked` receives the leases that end.
    public mutating func take(
        _ resource: UInt32, session: UInt64, epoch: UInt64, durationNs: Int64, at now: Int64,
        revoked: (HeldLease) -> Void
    ) -> AuthorityOutcome {
        guard isDeclared(resource) else { return .refused(.unknownName, holder: 0) }
        for index in leases.indices {
            guard let lease = leases[index], conflicts(lease.resource, resource) else { continue }
            if lease.session != session { revoked(lease) }
            leases[index] = nil
        }
        return grant(resource, session, epoch, now + durationNs)
    }

    public mutating func renew(
        _ resource: UInt32, session: UInt64, epoch: UInt64, sequence: UInt64, durationNs: Int64, at now: Int64
    ) -> AuthorityOutcome {
        if let reason = refusal(resource, session: session, epoch: epoch, sequence: sequence, current: epoch) {
            return .refused(reason, holder: holder(of: resource)?.session ?? 0)
        }
        guard let index = index(of: resource, session) else { return .refused(.notInControl, holder: 0) }
        leases[index]?.expiresNs = now + durationNs
        return .granted(leases[index]!)
    }

    public mutating func release(_ resource: UInt32, session: UInt64) -> AuthorityOutcome {
        guard let index = index(of: resource, session), let lease = leases[index] else {
            return .refused(.notInControl, holder: holder(of: resource)?.session ?? 0)
        }
        leases[index] = nil
        return .released(lease)
    }

    /// Ends every lease that is over, or that `shouldEnd` names.
    public mutating func end(where shouldEnd: (HeldLease) -> Bool, _ ended: (HeldLease) -> Void) {
        for index in leases.indices {
            guard let lease = leases[index], shouldEnd(lease) else { continue }
            leases[index] = nil
            ended(lease)
        }
    }

    /// Why a command with this lease may not move the resource, or `nil` when it may.
    public func refusal(
        _ resource: UInt32, session: UInt64, epoch: UInt64, sequence: UInt64, current: UInt64
    ) -> RejectReason? {
        guard isDeclared(resource) else { return .unknownName }
        if let lease = covering(resource, session) {
            if epoch != current { return .wrongEpoch }
            return sequence == lease.sequence ? nil : .leaseOld
        }
        if epoch != 0 && epoch != current { return .wrongEpoch }
        let newest = holder(of: resource)?.sequence ?? nextSequence
        return sequence > 0 && sequence < newest ? .leaseOld : .notInControl
    }

    /// The lease that keeps others from `resource`, if any.
    public func holder(of resource: UInt32) -> HeldLease? {
        for index in leases.indices {
            if let lease = leases[index], conflicts(lease.resource, resource) { return lease }
        }
        return nil
    }

    /// Whether the session holds any lease.
    public func isHolder(_ session: UInt64) -> Bool {
        for index in leases.indices where leases[index]?.session == session { return true }
        return false
    }

    /// Any lease of the table, the oldest first; for the state stream.
    public var any: HeldLease? {
        for index in leases.indices { if let lease = leases[index] { return lease } }
        return nil
    }

    private mutating func grant(
        _ resource: UInt32, _ session: UInt64, _ epoch: UInt64, _ expires: Int64
    ) -> AuthorityOutcome {
        for index in leases.indices where leases[index] == nil {
            let lease = HeldLease(
                resource: resource, epoch: epoch, sequence: nextSequence, session: session, expiresNs: expires)
            nextSequence += 1
            leases[index] = lease
            return .granted(lease)
        }
        return .refused(.busy, holder: 0)
    }

    private func index(of resource: UInt32, _ session: UInt64) -> Int? {
        for index in leases.indices
        where leases[index]?.session == session && leases[index]?.resource == resource { return index }
        return nil
    }

    /// The session's lease on the resource itself or on a parent of it.
    private func covering(_ resource: UInt32, _ session: UInt64) -> HeldLease? {
        for index in leases.indices {
            if let lease = leases[index], lease.session == session, isSame(resource, orBelow: lease.resource) {
                return lease
            }
        }
        return nil
    }

    private func conflicts(_ left: UInt32, _ right: UInt32) -> Bool {
        isSame(left, orBelow: right) || isSame(right, orBelow: left)
    }

    private func isSame(_ resource: UInt32, orBelow ancestor: UInt32) -> Bool {
        var current = resource
        for _ in 0..<Self.capacity {
            if current == ancestor { return true }
            guard let parent = parent(of: current), parent != 0 else { return false }
            current = parent
        }
        return false
    }

    private func parent(of resource: UInt32) -> UInt32? {
        for index in 0..<resourceCount where parents[index].resource == resource { return parents[index].parent }
        return nil
    }

    private func isDeclared(_ resource: UInt32) -> Bool { parent(of: resource) != nil }
}
