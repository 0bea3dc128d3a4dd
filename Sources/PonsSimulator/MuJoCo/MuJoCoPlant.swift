public import PonsMessages
public import PonsRobot
import PonsSafety

/// The reference humanoid in MuJoCo: contacts, torque limits, joint friction, brakes, falls.
///
/// Each step is one spinal cycle of a millisecond; every second one runs the balance of the small brain. Cost: about 70 µs
/// a step, deterministic for the same commands and seed. Owns its world: a copy of this value shares it, so keep one.
public struct MuJoCoPlant: Plant {
    public private(set) var measurement: Measurement

    private let world: PhysicsWorld
    /// A second body that only takes postures: where the centre of mass would be if every command were reached.
    private let shadow: PhysicsWorld
    private let map: BodyMap
    private let mounting: HumanoidConfiguration.Mounting
    private let joints = HumanoidJoint.all

    private var drives: [JointDrive]
    private var fingers: [GripperDrive]
    private var balance = BalanceController()
    private var support: SupportObserver
    private var settling: SettlePath?
    private var cycle: UInt64 = 0
    private var permission = MotionPermission.off
    /// What brakes and friction held in the last step, by degree of freedom.
    private var carried: [Double]
    private var battery = BatteryModel()
    private var encoderNoise: Noise
    private var push: (force: Vector, cyclesLeft: Int)?
    private var resistance: [Double]
    /// When the injected resistance of all joints ends, ns.
    private var resistanceUntilNs: Int64?
    /// A joint that moves at a speed of its own while it has power, and until when; rad/s, ns.
    private var runaway: (joint: Int, velocity: Double, untilNs: Int64)?
    private var handOver: HandOver?
    /// Made when somebody looks for the first time.
    private var camera: CameraFeed?
    private let isRealTime: Bool
    private let picturePeriodNs: Int64

    /// - Throws: what MuJoCo says where it does not accept the model.
    public init(_ configuration: HumanoidConfiguration) throws(PlantFailure) {
        world = try PhysicsWorld(mjcf: HumanoidModel.mjcf)
        shadow = try PhysicsWorld(mjcf: HumanoidModel.mjcf)
        map = BodyMap(world)
        mounting = configuration.mounting
        isRealTime = configuration.isRealTime
        picturePeriodNs = configuration.picturePeriodNs
        drives = joints.map(JointDrive.init)
        fingers = Gripper.all.map(GripperDrive.init)
        support = SupportObserver(isSuspended: mounting == .gantry)
        carried = Array(repeating: 0, count: world.velocities.count)
        encoderNoise = Noise(seed: configuration.seed)
        resistance = Array(repeating: 0, count: joints.count)
        handOver = configuration.handOver.flatMap { side in Gripper.all.firstIndex { $0.side == side.rawValue } }.map(
            HandOver.init)
        measurement = Measurement(jointCount: joints.count)
        standUpInPlace()
        sense(0)
    }

    public mutating func reset(at now: Int64) {
        for index in drives.indices { drives[index].brake() }
        permission = .off
        settling = nil
        balance.reset()
        sense(now)
    }

    /// The posture kept in recovery, whatever was asked of the joints before the fall; rad.
    private var resting: [Double]?
    /// The base's place and orientation while a person holds the robot up.
    private var held: [Double]?

    public mutating func step(to now: Int64, _ command: ActuatorCommand) {
        cycle &+= 1
        changePermission(to: command.permission)
        let targets = settling?.advance() ?? resting ?? command.position.map(Double.init)
        if cycle % 2 == 0 { keepBalance(targets) }
        drive(targets, command)
        moveFingers(command)
        disturb(now)
        holdUp()
        world.step()
        sense(now)
    }

    /// Who was lifted onto its feet is held there until it is let go.
    private func holdUp() {
        guard permission == .recover, let held else { return }
        for (index, value) in held.enumerated() { world.coordinates[map.base.coordinate + index] = value }
        for index in 0..<6 { world.velocities[map.base.velocity + index] = 0 }
    }

    // MARK: Start

    /// Standing, brakes on, on the floor or on the gantry.
    ///
    /// - Parameter cycles: how long contacts and ropes take the weight before anybody looks. A robot that runs already has no
    ///   time for many: its control thread waits for them.
    private mutating func standUpInPlace(cycles: Int = 1500) {
        world.reset()
        for (index, joint) in joints.enumerated() { world.coordinates[map.joints[index].coordinate] = joint.stand }
        for finger in map.fingers.joined() { world.coordinates[finger.coordinate] = Gripper.openWidth / 2 }
        let line = mounting == .gantry ? 0.76 : 9
        for rope in map.ropes { world.setRope(rope, length: line) }
        if mounting == .gantry { world.coordinates[map.base.coordinate + 2] += 0.1 }
        applyBrakes()
        world.updateDerived()
        for _ in 0..<cycles { world.step() }
    }

    // MARK: Spinal cycle

    private mutating func changePermission(to new: MotionPermission) {
        guard new != permission else { return }
        let wasBraked = permission == .off
        let hasFallen = permission == .damp
        permission = new
        settling = new == .settle ? SettlePath(from: currentTargets()) : nil
        if new == .off {
            for index in drives.indices { drives[index].brake() }
            balance.reset()
        } else if wasBraked {
            for index in drives.indices { drives[index].release(carrying: carried[map.joints[index].velocity]) }
        }
        applyBrakes()
        // A person lifts a robot that has fallen, or tucked itself in, back onto its feet.
        (held, resting) = (nil, nil)
        guard new == .recover else { return }
        if hasFallen || support.stability != .static {
            standUpInPlace(cycles: 100)
            support.startAnew()
            held = (0..<7).map { world.coordinates[map.base.coordinate + $0] }
        }
        resting = currentTargets()
    }

    private func applyBrakes() {
        for (index, joint) in joints.enumerated() {
            let friction = drives[index].isBraked ? drives[index].brakeTorque : joint.effort * 0.005
            world.frictionLoss[map.joints[index].velocity] = friction + resistance[index]
        }
    }

    private func currentTargets() -> [Double] {
        map.joints.map { world.coordinates[$0.coordinate] }
    }

    private mutating func drive(_ targets: [Double], _ command: ActuatorCommand) {
        var power = 0.0
        for index in joints.indices {
            let position = world.coordinates[map.joints[index].coordinate]
            let velocity = world.velocities[map.joints[index].velocity]
            var torque: Double
            switch permission {
            case .off: torque = 0
            case .damp:
                torque = drives[index].tuckTorque(position: position, velocity: velocity, target: joints[index].seat)
            default:
                torque = drives[index].torque(
                    position: position, velocity: velocity, target: targets[index] + map.balanceOffset(index, balance),
                    targetVelocity: settling == nil ? Double(command.velocity[index]) : 0,
                    stiffness: index < command.stiffness.count ? Double(command.stiffness[index]) : nil,
                    damping: index < command.damping.count ? Double(command.damping[index]) : nil)
            }
            if let runaway, runaway.joint == index, permission != .off {
                let effort = joints[index].effort
                torque = max(-effort, min(effort, 5 * effort * (runaway.velocity - velocity)))
            }
            drives[index].warm(by: torque)
            world.controls[map.motors[index]] = torque
            power += max(0, torque * velocity) + 0.012 * torque * torque / max(joints[index].effort / 60, 0.2)
        }
        battery.draw(watts: 55 + power)
    }

    private mutating func moveFingers(_ command: ActuatorCommand) {
        for index in fingers.indices {
            let opening = index < command.gripperOpening.count ? Double(command.gripperOpening[index]) : nil
            for (motor, finger) in zip(map.fingerMotors[index], map.fingers[index]) {
                world.controls[motor] = fingers[index].force(
                    opening: opening, isPowered: permission != .off, position: world.coordinates[finger.coordinate],
                    velocity: world.velocities[finger.velocity])
            }
        }
        if handOver?.holdOut(in: world, map, grippers: measurement.grippers) == false { handOver = nil }
    }

    // MARK: Small brain

    private mutating func keepBalance(_ targets: [Double]) {
        guard mounting == .free, permission != .off, permission != .damp, support.isOnFeet else {
            return balance.reset()
        }
        for (index, target) in targets.enumerated() { shadow.coordinates[map.joints[index].coordinate] = target }
        shadow.updateKinematics()
        balance.update(
            measured: support.lean, velocity: support.leanVelocity,
            predicted: SupportObserver.lean(in: shadow, map, alongFloor: false))
    }

    // MARK: Injection

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        let index = Int(injection.index)
        let value = injection.value ?? 0
        switch injection.kind {
        case .contactForce:
            // From the front (index 0), the left, the back, the right; on the torso.
            let directions = [Vector(-1, 0, 0), Vector(0, -1, 0), Vector(1, 0, 0), Vector(0, 1, 0)]
            guard index < directions.count else { return false }
            push = (value * directions[index], Int(max(1, injection.durationNs / 1_000_000)))
        case .stateOfCharge: battery.set(charge: value)
        case .jointResistance where index < joints.count:
            resistance[index] = value
            resistanceUntilNs = injection.durationNs > 0 ? now + injection.durationNs : nil
            applyBrakes()
        case .stuckJoint where index < joints.count:
            runaway = (index, value, now + max(0, injection.durationNs))
        case .temperature where index < joints.count: drives[index].set(temperature: value)
        default: return false
        }
        return true
    }

    private mutating func disturb(_ now: Int64) {
        if let until = resistanceUntilNs, now >= until {
            resistanceUntilNs = nil
            for index in resistance.indices { resistance[index] = 0 }
            applyBrakes()
        }
        if let runaway, now >= runaway.untilNs { self.runaway = nil }
        guard let push else { return }
        world.push(map.torso, push.cyclesLeft > 0 ? push.force : Vector(0, 0, 0))
        self.push = push.cyclesLeft > 0 ? (push.force, push.cyclesLeft - 1) : nil
    }

    // MARK: Sensing

    var coordinates: [Double] { Array(world.coordinates) }

    public mutating func takeImages(at now: Int64) -> [Image] {
        var feed = camera ?? CameraFeed(isRealTime: isRealTime, periodNs: picturePeriodNs)
        defer { camera = feed }
        return feed.advance(to: now, coordinates)
    }

    private mutating func sense(_ now: Int64) {
        support.observe(world, map)
        measurement.captureNs = now
        world.frictionTorques(into: &carried)
        var fastest = 0.0
        for index in joints.indices {
            let (coordinate, velocity) = map.joints[index]
            measurement.position[index] = Float(world.coordinates[coordinate] + 2e-5 * encoderNoise.next())
            measurement.velocity[index] = Float(world.velocities[velocity] + 1e-3 * encoderNoise.next())
            let held = drives[index].isBraked ? carried[velocity] : world.controls[map.motors[index]]
            measurement.effort[index] = Float(held)
            measurement.temperature[index] = Float(drives[index].temperature)
            fastest = max(fastest, abs(world.velocities[velocity]))
        }
        measurement.isStill = fastest < 0.02 && (support.baseSpeed < 0.02 || mounting == .gantry)
        measurement.imu = map.imu(world)
        measurement.footForce = map.soles.map { Float(world.sensors[$0]) }
        measurement.grippers = fingers.indices.map { map.gripper($0, world, isClosing: fingers[$0].isClosing) }
        measurement.base = map.baseMeasurement(world, margin: support.margin)
        measurement.battery = battery.measurement
        measurement.stability = settling?.isSeated == false ? .dynamic : support.stability
    }
}
