public import PonsMessages
public import PonsPort

/// The motors of a simulated native side, with the drive's own control law, torque limit, gear friction and winding temperature.
///
/// Their joints are exact, each by itself, or those of a body in MuJoCo, where they feel each other. Inertia, weight and friction of the
/// robots are not public: they follow from the torque limit, of a body in MuJoCo the masses too.
public struct MotorBank: Sendable {
    private struct Joint {
        let lower, upper, effort, inertia, gravity, rest, friction: Double
    }

    private let joints: [Joint]
    public private(set) var position: [Double]
    public private(set) var velocity: [Double]
    public private(set) var torque: [Double]
    /// °C of the winding.
    public private(set) var temperature: [Double]
    /// Dry friction that somebody adds, N·m, and until when, ns.
    private var resistance: [Double]
    private var resistanceUntilNs: Int64?
    /// A joint that moves at a speed of its own while it has power, and until when; rad/s, ns.
    private var runaway: (joint: Int, velocity: Double, untilNs: Int64)?
    private var noise: Noise
    private let coupled: CoupledBody?

    /// - Throws: where MuJoCo doesn't take the body.
    public init(
        _ manifest: PortManifest, seed: UInt64, plant: HumanoidConfiguration.PlantKind
    ) throws(PlantFailure) {
        self.init(manifest, seed: seed, coupled: plant == .mujoco ? try CoupledBody(manifest) : nil)
    }

    /// Exact joints.
    public init(_ manifest: PortManifest, seed: UInt64) { self.init(manifest, seed: seed, coupled: nil) }

    private init(_ manifest: PortManifest, seed: UInt64, coupled: CoupledBody?) {
        self.coupled = coupled
        joints = manifest.joints.map {
            Joint(
                lower: $0.lower, upper: $0.upper, effort: $0.strength, inertia: $0.strength / (12 * $0.velocity),
                // Legs stand on the floor; what hangs freely sinks to where it rests without torque.
                gravity: ($0.chain.hasSuffix("leg") ? 0.02 : 0.08) * $0.strength, rest: $0.seat,
                friction: 0.02 * $0.strength)
        }
        position = manifest.joints.map(\.stand)
        velocity = Array(repeating: 0, count: joints.count)
        torque = velocity
        resistance = velocity
        temperature = Array(repeating: 25, count: joints.count)
        noise = Noise(seed: seed)
    }

    /// One cycle towards the targets.
    public mutating func step(_ targets: [DriveTarget], at now: Int64, seconds: Double) {
        if let until = resistanceUntilNs, now >= until {
            resistanceUntilNs = nil
            for index in resistance.indices { resistance[index] = 0 }
        }
        if let runaway, now >= runaway.untilNs { self.runaway = nil }
        for index in joints.indices {
            drive(index, targets[index])
            warm(index, seconds)
        }
        if let coupled { return move(coupled, targets) }
        for index in joints.indices { move(index, isPowered: targets[index].isEnabled, seconds) }
    }

    private mutating func move(_ body: CoupledBody, _ targets: [DriveTarget]) {
        body.step(
            torque: joints.indices.map { torque[$0] - weight($0) },
            friction: joints.indices.map { joints[$0].friction + resistance[$0] },
            runaway: runaway.flatMap { targets[$0.joint].isEnabled ? ($0.joint, $0.velocity) : nil })
        for index in joints.indices {
            position[index] = body.position(index)
            velocity[index] = body.velocity(index)
        }
    }

    private mutating func drive(_ index: Int, _ target: DriveTarget) {
        guard target.isEnabled else {
            torque[index] = 0
            return
        }
        let wanted =
            Double(target.effort) + Double(target.stiffness) * (Double(target.position) - position[index])
            + Double(target.damping) * (Double(target.velocity) - velocity[index])
        torque[index] = max(-joints[index].effort, min(joints[index].effort, wanted))
    }

    private mutating func move(_ index: Int, isPowered: Bool, _ seconds: Double) {
        let joint = joints[index]
        let free = velocity[index] + (torque[index] - weight(index)) / joint.inertia * seconds
        // Dry friction brings a joint to rest and never turns it round.
        let held = (joint.friction + resistance[index]) / joint.inertia * seconds
        velocity[index] = abs(free) <= held ? 0 : free - (free > 0 ? held : -held)
        if let runaway, runaway.joint == index, isPowered { velocity[index] = runaway.velocity }
        position[index] += velocity[index] * seconds
        if position[index] < joint.lower || position[index] > joint.upper {
            position[index] = max(joint.lower, min(joint.upper, position[index]))
            velocity[index] = 0
        }
    }

    /// What pulls a joint to where it rests, N·m.
    private func weight(_ index: Int) -> Double {
        joints[index].gravity * max(-1, min(1, position[index] - joints[index].rest))
    }

    private mutating func warm(_ index: Int, _ seconds: Double) {
        let load = torque[index] / joints[index].effort
        temperature[index] += (10 * load * load - (temperature[index] - 25) * 2e-2) * seconds
    }

    // MARK: What encoders say

    public mutating func measuredPosition(_ index: Int) -> Double { position[index] + 2e-5 * noise.next() }
    public mutating func measuredVelocity(_ index: Int) -> Double { velocity[index] + 1e-3 * noise.next() }

    /// W, of all motors.
    public var power: Double { zip(torque, velocity).reduce(0) { $0 + abs($1.0 * $1.1) } }

    // MARK: What a person does to it

    /// Carries out an injection into a joint; false for those that are not about one.
    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        let index = Int(injection.index)
        guard index < position.count else { return false }
        switch injection.kind {
        case .jointResistance:
            resistance[index] = injection.value ?? 0
            resistanceUntilNs = injection.durationNs > 0 ? now + injection.durationNs : nil
        case .stuckJoint: runaway = (index, injection.value ?? 0, now + max(0, injection.durationNs))
        case .temperature: temperature[index] = injection.value ?? 25
        default: return false
        }
        return true
    }
}
