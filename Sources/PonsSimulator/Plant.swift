public import PonsMessages
public import PonsRobot

/// The body of the reference robot: actuators and physics, behind one protocol for both plants.
public protocol Plant: Sendable {
    var measurement: Measurement { get }

    /// Puts the body into its starting posture, torque off.
    mutating func reset(at now: Int64)

    /// One spinal cycle of a millisecond.
    mutating func step(to now: Int64, _ command: ActuatorCommand)

    /// Camera images finished since the last call. Asked only while somebody listens.
    mutating func takeImages(at now: Int64) -> [Image]

    /// Carries out a physical injection; false where this plant can't.
    mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool
}

extension Plant {
    public mutating func takeImages(at now: Int64) -> [Image] { [] }
}
