/// The way from any posture to the seated one: all joints together, smooth at both ends, so that the centre of mass stays
/// between where it was and where it will be.
struct SettlePath: Sendable {
    private let start: [Double]
    private let seconds: Double
    private var elapsed = 0.0

    init(from posture: [Double]) {
        start = posture
        let distance = zip(posture, HumanoidJoint.all).map { abs($0 - $1.seat) }.max() ?? 0
        // Fifteen eighths is the peak of the profile's velocity; no joint goes faster than 1.2 rad/s.
        seconds = max(0.2, distance * 15 / 8 / 1.2)
    }

    var isSeated: Bool { elapsed >= seconds }

    /// The posture one millisecond on.
    mutating func advance() -> [Double] {
        elapsed = min(elapsed + 0.001, seconds)
        let part = elapsed / seconds
        let done = part * part * part * (10 + part * (6 * part - 15))
        return zip(start, HumanoidJoint.all).map { $0 + ($1.seat - $0) * done }
    }
}
