/// What one drive is told: torque = effort + stiffness · (position − q) + damping · (velocity − dq). SI, joint side.
struct DriveTarget {
    var isEnabled: Bool
    var position, velocity, effort, stiffness, damping: Float
}

/// What one joint measures.
struct JointState {
    var position = 0.0
    var velocity = 0.0
    var effort = 0.0
    /// °C
    var temperature = 30.0
}

/// TODO your drives. These are simulated: each joint exact by itself, with inertia, friction and a torque limit.
///
/// Read position, velocity, effort and temperature from your bus; hand the targets over as they are. Clamping, filtering or
/// retrying here hides faults from everybody (an adapter translates and never repairs).
struct Drives {
    /// TODO as many as in manifest.yaml (DSC-02)
    static let jointCount = 4
    private static let inertia = [0.6, 0.4, 0.6, 0.4]  // kg·m²
    private static let limit = [60.0, 40.0, 60.0, 40.0]  // N·m

    private(set) var joints = Array(repeating: JointState(), count: jointCount)
    /// 0 empty to 1 full.
    private(set) var charge = 1.0
    private var resistance = Array(repeating: 0.0, count: jointCount)
    private var resistanceUntilNs: Int64?
    private var stuck: (joint: Int, velocity: Double, untilNs: Int64)?
    private var lastNs: Int64?

    /// One cycle.
    mutating func move(to now: Int64, _ targets: [DriveTarget]) {
        let seconds = lastNs.map { min(Double(now - $0) * 1e-9, 0.01) } ?? 0.001
        lastNs = now
        if let until = resistanceUntilNs, now >= until {
            resistanceUntilNs = nil
            for index in resistance.indices { resistance[index] = 0 }
        }
        for (index, target) in targets.enumerated() { move(index, target, seconds, now) }
    }

    private mutating func move(_ index: Int, _ target: DriveTarget, _ seconds: Double, _ now: Int64) {
        guard target.isEnabled else {  // the brakes hold
            (joints[index].velocity, joints[index].effort) = (0, 0)
            return
        }
        let (limit, inertia) = (Self.limit[index], Self.inertia[index])
        let wanted =
            Double(target.effort) + Double(target.stiffness) * (Double(target.position) - joints[index].position)
            + Double(target.damping) * (Double(target.velocity) - joints[index].velocity)
        let torque = max(-limit, min(limit, wanted))
        let free = joints[index].velocity + torque / inertia * seconds
        let held = (0.02 * limit + resistance[index]) / inertia * seconds
        joints[index].velocity = abs(free) <= held ? 0 : free - (free > 0 ? held : -held)
        if let stuck, stuck.joint == index, now < stuck.untilNs { joints[index].velocity = stuck.velocity }
        joints[index].position += joints[index].velocity * seconds
        joints[index].effort = torque
    }

    /// What a tester does to the body in TEST mode. Hardware answers false.
    mutating func inject(kind: UInt32, index: Int, value: Double, durationNs: Int64) -> Bool {
        let now = lastNs ?? 0
        switch kind {
        case 9: charge = value
        case 7 where index < Self.jointCount:
            resistance[index] = value
            resistanceUntilNs = durationNs > 0 ? now + durationNs : nil
        case 8 where index < Self.jointCount: joints[index].temperature = value
        case 16 where index < Self.jointCount: stuck = (index, value, now + durationNs)
        default: return false
        }
        return true
    }
}
