public import PonsMessages
public import PonsRobot
import PonsSafety

/// Thirty joints, each exact by itself: inertia, drive with torque limit, viscous and Coulomb friction, gravity, winding
/// temperature. No contacts. About a million joint-array steps a second: the plant of virtual time.
///
/// Deterministic: encoder noise comes from a generator of its own.
public struct ExactPlant: Plant {
    public private(set) var measurement: Measurement
    private let joints = HumanoidJoint.all.map {
        Dynamics(
            lower: $0.lower, upper: $0.upper, effort: $0.effort, inertia: $0.inertia, stand: $0.stand, seat: $0.seat)
    }
    private var position: [Double]
    private var velocity: [Double]
    private var settleTargets: [Double] = []
    private var wasSettling = false
    private var resistance: [Double]
    /// When the injected resistance of all joints ends, ns.
    private var resistanceUntilNs: Int64?
    /// A joint that moves at a speed of its own while it has power, and until when; rad/s, ns.
    private var runaway: (joint: Int, velocity: Double, untilNs: Int64)?
    private var noise: Noise
    private var battery = BatteryModel()
    private var openings = [1.0, 1.0]
    private var camera: PatternCamera

    /// The numbers of a joint: read thirty times in every cycle, without the names that a copy would count.
    private struct Dynamics {
        let lower, upper, effort, inertia, stand, seat: Double
    }

    /// - Parameter picturePeriodNs: of the head camera; ns between captures.
    public init(seed: UInt64, picturePeriodNs: Int64) {
        camera = PatternCamera(periodNs: picturePeriodNs)
        measurement = Measurement(jointCount: joints.count)
        position = joints.map(\.stand)
        velocity = Array(repeating: 0, count: joints.count)
        resistance = velocity
        noise = Noise(seed: seed)
        measure(0, Array(repeating: 0, count: joints.count))
    }

    public mutating func reset(at now: Int64) {
        for joint in velocity.indices {
            velocity[joint] = 0
            resistance[joint] = 0
        }
        measure(now, velocity)
    }

    public mutating func step(to now: Int64, _ command: ActuatorCommand) {
        if let until = resistanceUntilNs, now >= until {
            resistanceUntilNs = nil
            for joint in resistance.indices { resistance[joint] = 0 }
        }
        var torques = Array(repeating: 0.0, count: joints.count)
        let isSettling = command.permission == .settle
        if isSettling && !wasSettling { settleTargets = position }
        wasSettling = isSettling
        var isSeated = true
        for joint in joints.indices {
            let constants = joints[joint]
            var target = Double(command.position[joint])
            var targetVelocity = Double(command.velocity[joint])
            if isSettling {
                let distance = constants.seat - settleTargets[joint]
                settleTargets[joint] += max(-0.0012, min(0.0012, distance))
                target = settleTargets[joint]
                targetVelocity = 0
                if abs(distance) > 0.002 { isSeated = false }
            }
            torques[joint] = drive(joint, target, targetVelocity, command)
            integrate(joint, torques[joint], isBraked: command.permission == .off)
        }
        moveFingers(command)
        measurement.stability = isSettling && !isSeated ? .dynamic : .static
        measure(now, torques)
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        guard Int(injection.index) < joints.count else { return false }
        switch injection.kind {
        case .jointResistance:
            resistance[Int(injection.index)] = injection.value ?? 0
            resistanceUntilNs = injection.durationNs > 0 ? now + injection.durationNs : nil
        case .stuckJoint:
            runaway = (Int(injection.index), injection.value ?? 0, now + max(0, injection.durationNs))
        case .temperature: measurement.temperature[Int(injection.index)] = Float(injection.value ?? 25)
        case .stateOfCharge: battery.set(charge: injection.value ?? 1)
        default: return false
        }
        return true
    }

    public mutating func takeImages(at now: Int64) -> [Image] { camera.advance(to: now) }

    /// Two fingers that need half a second for their whole way.
    private mutating func moveFingers(_ command: ActuatorCommand) {
        guard command.permission != .off else { return }
        for (index, target) in command.gripperOpening.prefix(openings.count).enumerated() {
            openings[index] += max(-0.002, min(0.002, Double(target) - openings[index]))
        }
    }

    /// Position servo with gravity compensation, saturated at the joint's effort limit.
    private func drive(
        _ joint: Int, _ target: Double, _ targetVelocity: Double, _ command: ActuatorCommand
    ) -> Double {
        let constants = joints[joint]
        switch command.permission {
        case .off: return 0
        case .damp: return max(-constants.effort, min(constants.effort, -4 * constants.inertia * velocity[joint]))
        default: break
        }
        let bandwidth = 90.0
        let stiffness = bandwidth * bandwidth * constants.inertia
        let damping = 1.8 * bandwidth * constants.inertia
        let torque =
            stiffness * (target - position[joint]) + damping * (targetVelocity - velocity[joint]) + gravity(joint)
        return max(-constants.effort, min(constants.effort, torque))
    }

    private func gravity(_ joint: Int) -> Double { 0.08 * joints[joint].effort * sine(position[joint]) }

    private mutating func integrate(_ joint: Int, _ torque: Double, isBraked: Bool) {
        if isBraked {
            velocity[joint] = 0
            return
        }
        let constants = joints[joint]
        let dt = 0.001
        let friction = 0.4 * constants.inertia * velocity[joint]
        let free = velocity[joint] + (torque - gravity(joint) - friction) / constants.inertia * dt
        // Dry friction brings a joint to rest and never turns it round.
        let held = resistance[joint] / constants.inertia * dt
        velocity[joint] = abs(free) <= held ? 0 : free - sign(free) * held
        if let runaway, runaway.joint == joint, measurement.captureNs < runaway.untilNs {
            velocity[joint] = runaway.velocity
        }
        position[joint] += velocity[joint] * dt
        if position[joint] < constants.lower || position[joint] > constants.upper {
            position[joint] = max(constants.lower, min(constants.upper, position[joint]))
            velocity[joint] = 0
        }
    }

    private mutating func measure(_ now: Int64, _ torques: [Double]) {
        measurement.captureNs = now
        var fastest = 0.0
        var power = 0.0
        for joint in joints.indices {
            measurement.position[joint] = Float(position[joint] + 2e-5 * noise.next())
            measurement.velocity[joint] = Float(velocity[joint] + 1e-3 * noise.next())
            measurement.effort[joint] = Float(torques[joint])
            let heat = torques[joint] * torques[joint] / (joints[joint].effort * joints[joint].effort) * 0.01
            measurement.temperature[joint] += Float(heat - Double(measurement.temperature[joint] - 25) * 2e-5)
            fastest = max(fastest, abs(velocity[joint]))
            power += abs(torques[joint] * velocity[joint])
        }
        measurement.isStill = fastest < 0.02
        measurement.footForce = [245, 245]
        measurement.base = Self.base
        battery.draw(watts: 55 + power)
        measurement.battery = battery.measurement
        measurement.grippers = openings.map {
            GripperMeasurement(opening: $0, width: $0 * Gripper.openWidth, force: 0, isHolding: false)
        }
    }

    /// Bolted to the floor, standing upright.
    private static let base: BaseMeasurement = {
        var base = BaseMeasurement()
        base.position.z = 0.95
        base.stabilityMargin = 0.08
        return base
    }()

    /// Sine by its series: the same on every machine. Within 3e-3 on the joint ranges.
    private func sine(_ x: Double) -> Double {
        let x2 = x * x
        return x * (1 - x2 / 6 * (1 - x2 / 20 * (1 - x2 / 42 * (1 - x2 / 72))))
    }

    private func sign(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : 0 }
}
