public import PonsVocabulary

/// Order and freshness of one setpoint stream: received, accepted and lost are told apart (MOT-15, TIM-06 … TIM-09).
public struct SetpointGate: Equatable, Sendable {
    /// Accepted stamps may lie this far ahead.
    public let maxLeadNs: Int64
    public private(set) var receivedSequence: UInt64?
    public private(set) var acceptedSequence: UInt64?
    public private(set) var acceptedStampNs: Int64?
    public private(set) var acceptedReceiveNs: Int64?
    public private(set) var lostCount: UInt32 = 0
    public private(set) var rejectedCount: UInt32 = 0

    public init(maxLeadNs: Int64) { self.maxLeadNs = maxLeadNs }

    /// Why a setpoint is refused, or `nil`. Nothing is changed but the received sequence; call ``accept`` afterwards.
    public mutating func check(
        sequence: UInt64, stampNs: Int64, validUntilNs: Int64, at now: Int64
    ) -> RejectReason? {
        receivedSequence = max(sequence, receivedSequence ?? 0)
        if let accepted = acceptedSequence {
            if sequence <= accepted { return sequence == accepted ? .duplicate : .stale }
        }
        if let accepted = acceptedStampNs, stampNs < accepted { return .stale }
        return Self.checkTime(startNs: stampNs, validUntilNs: validUntilNs, maxLeadNs: maxLeadNs, at: now)
    }

    /// Expiry and lead of any command. No arithmetic on the sender's numbers can overflow (TIM-09).
    public static func checkTime(
        startNs: Int64, validUntilNs: Int64, maxLeadNs: Int64, at now: Int64
    ) -> RejectReason? {
        if validUntilNs <= now { return .expired }
        if startNs <= 0 { return .badStamp }
        // Both count from a boot: their difference can't overflow.
        if startNs - now > maxLeadNs { return .tooFar }
        return nil
    }

    public mutating func accept(sequence: UInt64, stampNs: Int64, receivedNs: Int64) {
        if let accepted = acceptedSequence, sequence > accepted {
            lostCount &+= UInt32(truncatingIfNeeded: min(sequence - accepted - 1, UInt64(UInt32.max)))
        }
        acceptedSequence = sequence
        acceptedStampNs = stampNs
        acceptedReceiveNs = receivedNs
    }

    public mutating func reject() { rejectedCount &+= 1 }

    /// A new lease starts a new stream; counters go on.
    public mutating func restart() {
        acceptedSequence = nil
        acceptedStampNs = nil
        receivedSequence = nil
    }
}
