/// The robot's clock seen from here: four stamps per exchange, the fastest exchange decides until it is so old that the clocks may have drifted
/// further than a slower one is wrong (part TIM).
public struct ClockComparison: Equatable, Sendable {
    /// Robot time minus own time.
    public private(set) var offsetNs: Int64 = 0
    /// Half the round trip of the best exchange: the true offset lies within ± this, whatever the link did.
    public private(set) var uncertaintyNs: Int64 = .max
    public private(set) var exchangeCount = 0
    /// When the newest exchange ended, own time.
    public private(set) var newestNs: Int64 = 0
    /// When the best exchange ended, own time.
    private var comparedNs: Int64 = 0

    /// How fast two conforming clocks may drift apart (TIM-03).
    public static let driftBound = 200e-6

    public init() {}

    /// The offset's uncertainty by now: what the best exchange left, and what the clocks may have drifted since.
    public func uncertaintyNs(at now: Int64) -> Int64 {
        guard uncertaintyNs < .max else { return .max }
        return uncertaintyNs + Int64(Double(max(0, now - comparedNs)) * Self.driftBound)
    }

    public var isValid: Bool { exchangeCount > 0 }

    /// Robot time counts from a boot (TIM-01): stamps before it, or decades after it, say nothing, and would overflow.
    static let latestNs: Int64 = 1 << 61

    /// Takes one exchange: own send, robot receive, robot send, own receive. One with impossible stamps is ignored.
    public mutating func add(sent: Int64, robotReceived: Int64, robotSent: Int64, received: Int64) {
        let believed = 0...Self.latestNs
        guard believed.contains(robotReceived), believed.contains(robotSent) else { return }
        exchangeCount += 1
        newestNs = received
        let roundTrip = (received - sent) - (robotSent - robotReceived)
        let uncertainty = max(roundTrip, 0) / 2 + 1
        guard uncertainty <= uncertaintyNs(at: received) else { return }
        uncertaintyNs = uncertainty
        comparedNs = received
        offsetNs = ((robotReceived - sent) + (robotSent - received)) / 2
    }

    /// Own time in the robot's domain.
    public func robotTime(_ own: Int64) -> Int64 { own + offsetNs }

    /// Robot time in the own domain.
    public func ownTime(_ robot: Int64) -> Int64 { robot - offsetNs }
}
