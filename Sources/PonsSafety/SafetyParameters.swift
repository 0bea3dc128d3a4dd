public import PonsVocabulary

/// What a robot declares about its stops. Times are robot-side, in nanoseconds.
public struct SafetyParameters: Equatable, Sendable {
    /// It can fall: stops go through a statically stable posture.
    public var isLegged = false
    /// Maximum time from initiation of a controlled stop to standstill.
    public var stopTimeNs: Int64 = 500_000_000
    /// Maximum time from initiation of a stop to a settled posture (at most 6 s).
    public var settleTimeNs: Int64 = 6_000_000_000
    /// The envelope grows again only after this long without the condition (transition 6).
    public var restoreDelayNs: Int64 = 500_000_000
    /// Validity of a reset nonce (SAF-08).
    public var nonceValidityNs: Int64 = 10_000_000_000
    /// A protective stop with these causes may be left by Resume once they are gone (SAF-18).
    public var autoClear = CauseSet([
        .protective, .humanTooClose, .perceptionLost, .leaseExpired, .leaseRevoked, .peerLost, .noTimesync,
    ])
    /// TEST mode may be entered over the network: true for simulators only.
    public var isSimulator = false

    public init() {}

    /// Stop category for a kind of stop in a posture: what the published stop plan says (HUM-02).
    public func category(_ kind: StopKind, _ stability: Stability) -> StopCategory {
        kind == .emergency ? .one : .two
    }
}
