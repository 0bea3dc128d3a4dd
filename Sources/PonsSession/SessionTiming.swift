public import PonsMessages

/// Times of a session, from the descriptor; nanoseconds.
public struct SessionTiming: Equatable, Sendable {
    public var heartbeatPeriodNs: Int64
    public var peerTimeoutNs: Int64
    public var setpointDeadlineNs: Int64
    public var chunkDeadlineNs: Int64
    public var setpointMaxLeadNs: Int64
    public var taskMaxLeadNs: Int64
    public var leaseDurationNs: Int64
    public var syncValidityNs: Int64
    public var maxObservationAgeNs: Int64
    /// Clock uncertainty up to which setpoints are accepted (E_CLK for the small brain).
    public static let setpointClockBoundNs: Int64 = 1_000_000
    /// Clock uncertainty up to which chunks and tasks are accepted (E_CLK for the big brain).
    public static let taskClockBoundNs: Int64 = 20_000_000
    /// A link that does not say Hello is closed (LNK-14).
    public var handshakeTimeoutNs: Int64 = 5_000_000_000

    public init(_ timing: TimingDescription) {
        heartbeatPeriodNs = timing.heartbeatPeriodNs ?? 100_000_000
        peerTimeoutNs = timing.peerTimeoutNs ?? 300_000_000
        setpointDeadlineNs = timing.setpointDeadlineNs ?? 50_000_000
        chunkDeadlineNs = timing.chunkDeadlineNs ?? 500_000_000
        setpointMaxLeadNs = timing.setpointMaxLeadNs ?? 100_000_000
        taskMaxLeadNs = timing.taskMaxLeadNs ?? 2_000_000_000
        leaseDurationNs = timing.leaseDurationNs ?? 1_000_000_000
        syncValidityNs = timing.syncValidityNs ?? 30_000_000_000
        maxObservationAgeNs = timing.maxObservationAgeNs ?? 500_000_000
    }
}
