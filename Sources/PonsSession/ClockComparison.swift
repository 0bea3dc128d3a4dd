/// The robot's clock seen from here: four stamps per exchange, the fastest exchange decides (part TIM).
public struct ClockComparison: Equatable, Sendable {
    /// Robot time minus own time.
    public private(set) var offsetNs: Int64 = 0
    /// Half the round trip of the best exchange: the true offset lies within ± this, whatever the link did.
    public private(set) var uncertaintyNs: Int64 = .max
    public private(set) var exchangeCount = 0

    public init() {}

    public var isValid: Bool { exchangeCount > 0 }

    /// Takes one exchange: own send, robot receive, robot send, own receive.
    public mutating func add(sent: Int64, robotReceived: Int64, robotSent: Int64, received: Int64) {
        exchangeCount += 1
        let roundTrip = (received - sent) - (robotSent - robotReceived)
        let uncertainty = max(roundTrip, 0) / 2 + 1
        guard uncertainty <= uncertaintyNs else { return }
        uncertaintyNs = uncertainty
        offsetNs = ((robotReceived - sent) + (robotSent - received)) / 2
    }

    /// Own time in the robot's domain.
    public func robotTime(_ own: Int64) -> Int64 { own + offsetNs }

    /// Robot time in the own domain.
    public func ownTime(_ robot: Int64) -> Int64 { robot - offsetNs }
}
