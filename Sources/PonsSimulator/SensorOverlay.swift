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

    func apply(to measurement: Measurement) -> Measurement {
        var measurement = measurement
        let now = measurement.captureNs
        if let contact, now < contact.untilNs { measurement.contactForce = Float(contact.newtons) }
        guard let lean, now < lean.untilNs else { return measurement }
        // Forward, about y: gravity wanders from z to x.
        let (sine, cosine) = (sin(lean.radians), cos(lean.radians))
        measurement.imu[0..<4] = [0, Float(sin(lean.radians / 2)), 0, Float(cos(lean.radians / 2))]
        measurement.imu[7..<10] = [Float(-9.81 * sine), 0, Float(9.81 * cosine)]
        if abs(lean.radians) > Self.fallingLean { measurement.stability = .falling }
        return measurement
    }
}
