import PonsSafety

/// The spinal cord's drive of one joint: a position servo with torque limit, a holding brake, and a winding that warms up.
///
/// Runs at 1 kHz. Gains follow from the joint's effort limit: 12 N·m/rad for each N·m of it, damped near critically.
struct JointDrive: Sendable {
    private let effort: Double
    /// Torque learned against gravity; bounded by the effort limit.
    private var integral = 0.0
    private(set) var isBraked = true
    private(set) var temperature = 25.0

    /// Thermal resistance and time of the winding: 60 K above ambient at the continuous rating of 40 % of the peak torque.
    private static let heating = 60.0 / (0.4 * 0.4)
    private static let thermalSeconds = 240.0
    private static let ambient = 25.0

    init(_ joint: HumanoidJoint) { effort = joint.effort }

    /// Torque that the brake holds, N·m.
    var brakeTorque: Double { 2 * effort }

    /// Closes the brake: the drive's power is cut.
    mutating func brake() {
        isBraked = true
        integral = 0
    }

    /// Opens the brake: the drive takes over what the brake was carrying, so that nothing sags.
    mutating func release(carrying torque: Double) {
        isBraked = false
        integral = max(-effort, min(effort, torque))
    }

    /// Torque for a target, N·m; `stiffness` and `damping` replace the servo's own in impedance mode.
    mutating func torque(
        position: Double, velocity: Double, target: Double, targetVelocity: Double, stiffness: Double?, damping: Double?
    ) -> Double {
        let error = target - position
        if let stiffness {
            return limited(stiffness * error + (damping ?? 0) * (targetVelocity - velocity) + integral)
        }
        // A dead band keeps the drives of a closed chain (both feet on the floor) from working against each other.
        if abs(error) > 0.001 {
            integral = max(-effort, min(effort, integral + 30 * effort * error * 0.001))
        }
        return limited(12 * effort * error + 0.25 * effort * (targetVelocity - velocity) + integral)
    }

    /// The fall reaction: soft towards a tucked posture, well damped.
    func tuckTorque(position: Double, velocity: Double, target: Double) -> Double {
        let torque = 1.5 * effort * (target - position) - 0.15 * effort * velocity
        return max(-0.3 * effort, min(0.3 * effort, torque))
    }

    /// Warms the winding for one millisecond.
    mutating func warm(by torque: Double) {
        let load = torque / effort
        let rise = Self.heating * load * load - (temperature - Self.ambient)
        temperature += rise * 0.001 / Self.thermalSeconds
    }

    mutating func set(temperature: Double) { self.temperature = temperature }

    private func limited(_ torque: Double) -> Double { max(-effort, min(effort, torque)) }
}
