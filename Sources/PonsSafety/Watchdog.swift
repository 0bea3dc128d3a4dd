/// Fires when it was not fed in time. Fed only by accepted fresh setpoints (MOT-04), by answered challenges (LNK-06).
public struct Watchdog: Equatable, Sendable {
    public let timeoutNs: Int64
    private var lastFedNs: Int64?

    public init(timeoutNs: Int64) { self.timeoutNs = timeoutNs }

    public var isArmed: Bool { lastFedNs != nil }

    /// Arms it, or starts its time anew.
    public mutating func feed(at now: Int64) { lastFedNs = now }

    public mutating func disarm() { lastFedNs = nil }

    /// Whether it is armed and was last fed longer ago than its timeout.
    public func hasExpired(at now: Int64) -> Bool {
        guard let lastFedNs else { return false }
        return now - lastFedNs > timeoutNs
    }
}
