/// How fast a stream of setpoints comes: counted in short windows, so that a burst after a pause is no offence, and
/// what is refused never lasts as long as a deadline (MOT-14).
public struct SetpointPace: Equatable, Sendable {
    public static let windowNs: Int64 = 20_000_000
    /// As many in a window are always allowed: a network may hold some back and let them go together.
    public static let burst = 5.0

    private var windowStartNs: Int64?
    private var count = 0

    public init() {}

    /// Counts a setpoint; whether the window holds half as many more than the declared rate allows.
    public mutating func exceeds(_ rateHz: Double?, at now: Int64) -> Bool {
        if windowStartNs.map({ now - $0 >= Self.windowNs }) ?? true {
            windowStartNs = now
            count = 0
        }
        count += 1
        guard let rateHz, rateHz > 0 else { return false }
        return Double(count) > max(Self.burst, 1.5 * rateHz * Double(Self.windowNs) / 1e9)
    }
}
