import PonsMessages
import PonsRobot
import PonsSafety

private import func Foundation.cos
private import func Foundation.sin

/// What injections make the sensors say while the body does nothing of the kind: a robot that is told it tips over, or that
/// somebody pushes it (part CNF).
struct SensorOverlay: Sendable {
    /// The body counts as falling beyond this lean; rad.
    private static let fallingLean = 0.5

    /// Who leaned further lies on the floor afterwards, until it is helped up; rad.
    private static let lyingLean = 1.4
    /// Time it takes to get up; ns.
    private static let standUpNs: Int64 = 1_000_000_000

    private var isLying = false
    private var helpedSinceNs: Int64?
    private var lean: (radians: Double, untilNs: Int64)?
    private var contact: (newtons: Double, untilNs: Int64)?

    /// Whether it takes the injection.
    mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        let untilNs = now + max(1_000_000, injection.durationNs)
        switch injection.kind {
        case .tilt: lean = (injection.value ?? 0, untilNs)
        case .contactForce: contact = (injection.value ?? 0, untilNs)
        default: return false
        }
        return true
    }

    /// - Parameter isHelped: whether the robot is being brought onto its feet.
    mutating func advance(to now: Int64, isHelped: Bool) {
        if let lean, now >= lean.untilNs {
            isLying = isLying || abs(lean.radians) > Self.lyingLean
            self.lean = nil
        }
        guard isLying, isHelped else { return helpedSinceNs = nil }
        let since = helpedSinceNs ?? now
        helpedSinceNs = since
        if now - since >= Self.standUpNs { isLying = false }
    }

    func apply(to measurement: Measurement) -> Measurement {
        var measurement = measurement
        let now = measurement.captureNs
        if let contact, now < contact.untilNs { measurement.contactForce = Float(contact.newtons) }
        if isLying { measurement.stability = .down }
        guard let lean, now < lean.untilNs else { return measurement }
        // Forward, about y: gravity wanders from z to x.
        let (sine, cosine) = (sin(lean.radians), cos(lean.radians))
        measurement.imu[0..<4] = [0, Float(sin(lean.radians / 2)), 0, Float(cos(lean.radians / 2))]
        measurement.imu[7..<10] = [Float(-9.81 * sine), 0, Float(9.81 * cosine)]
        if abs(lean.radians) > Self.fallingLean { measurement.stability = .falling }
        return measurement
    }
}
