/// How fast a stream of setpoints comes: counted in windows of 100 ms, so that a burst after a pause is no offence (MOT-14).
public struct SetpointPace: Equatable, Sendable {
    public static let windowNs: Int64 = 100_000_000

    private var windowStartNs: Int64 = .min / 2
    private var count = 0

    public init() {}

    /// Counts a setpoint; whether the window holds half as many more than the declared rate allows.
    public mutating func exceeds(_ rateHz: Double?, at now: Int64) -> Bool {
        if now - windowStartNs >= Self.windowNs {
            windowStartNs = now
            count = 0
        }
        count += 1
        guard let rateHz, rateHz > 0 else { return false }
        return Double(count) > 1.5 * rateHz * Double(Self.windowNs) / 1e9
    }
}
