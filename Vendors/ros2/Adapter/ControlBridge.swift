public import PonsMessages
public import PonsPort
public import PonsRobot
import PonsSafety
import ROS2Messages

/// Any robot behind ros2_control: reads what its joint_state_broadcaster says, tells its controllers what to do.
///
/// Joints are found by name, never by place. A message that leaves a speed or an effort out is taken for none: what wasn't
/// measured isn't made up. ROS 2 itself has no deadline, no owner and no stop; all of that is added before a command comes here.
public struct ControlBridge: RobotAdapter {
    public var descriptor: Descriptor { description.descriptor }
    public private(set) var measurement: Measurement
    private let description: PortDescription
    private let bus: any NativeBus
    private let interface: PortManifest.ROS2
    private let names: [String]
    private let places: [String: Int]
    private let periodNs: Int64
    private var commander: DriveCommander
    private var mounts = MountCheck()
    private let imu: ImuTopic
    private var cameras: CameraTopics
    private var clock = WallClock()
    private var power: PowerSwitch?
    private var heardNs: [Int64?]

    public init(
        _ manifest: PortManifest, _ interface: PortManifest.ROS2, bus: any NativeBus, isSimulator: Bool, isLab: Bool
    ) {
        description = PortDescription(
            manifest, firmware: "not public", isSimulator: isSimulator, isLab: isLab)
        self.bus = bus
        self.interface = interface
        names = manifest.joints.map(\.name)
        places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        periodNs = Int64(1e9 / manifest.timing.smallBrainRateHz)
        commander = DriveCommander(manifest, periodNs: periodNs)
        imu = ImuTopic(manifest)
        cameras = CameraTopics(manifest)
        power = interface.power.map { PowerSwitch(topic: ROS2Topics.commands(of: $0)) }
        heardNs = names.map { _ in nil }
        measurement = Measurement(jointCount: names.count)
    }

    public mutating func boot(at now: Int64) {}

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        for bytes in bus.take(ROS2Topics.wire(interface.jointStates)) { read(bytes, at: now) }
        mounts.advance(bus)
        imu.advance(bus, mounts, &measurement)
        cameras.advance(bus, clock, mounts, at: now)
        guard let targets = commander.targets(for: command, measured: measurement.position, at: now) else { return }
        measurement.stability = commander.isSettling ? .dynamic : .static
        // Before every joint has spoken nobody knows where the robot is.
        guard heardNs.allSatisfy({ $0 != nil }) else { return }
        power?.set(command.permission != .off, bus, at: now)
        for controller in interface.controllers { tell(controller, targets, command.permission) }
    }

    public mutating func takeImages(at now: Int64) -> [Image] { cameras.take() }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { false }

    public func content(sha256: [UInt8]) -> [UInt8]? { description.content(sha256: sha256) }

    // MARK: Commands

    private func tell(
        _ controller: PortManifest.ROS2.Controller, _ targets: [DriveTarget], _ permission: MotionPermission
    ) {
        // A robot without gains can't be made soft: it stands instead.
        let stands = permission == .off || permission == .damp
        switch controller.kind {
        case .trajectory where !stands: tellTrajectory(controller, targets)
        case .position where !stands: tell(controller, controller.joints.map { Double(targets[$0].position) })
        case .jointState where !stands: tellDriver(controller, targets)
        case .trajectory, .position, .jointState: break
        case .velocity: tell(controller, controller.joints.map { stands ? 0 : speed($0, targets, controller.gainPerS) })
        }
    }

    /// The control law that the other robots have in their drives: the target's own speed, and back to the path.
    private func speed(_ joint: Int, _ targets: [DriveTarget], _ gainPerS: Double) -> Double {
        Double(targets[joint].velocity) + gainPerS * Double(targets[joint].position - measurement.position[joint])
    }

    private func tellTrajectory(_ controller: PortManifest.ROS2.Controller, _ targets: [DriveTarget]) {
        var message = JointTrajectoryMessage()
        message.names = controller.joints.map { names[$0] }
        var point = JointTrajectoryMessage.Point()
        point.positions = controller.joints.map { Double(targets[$0].position) }
        point.fromStartNs = periodNs
        message.points = [point]
        bus.publish(message.cdr, on: ROS2Topics.commands(of: controller).name)
    }

    /// Positions alone: what isn't commanded is left out.
    private func tellDriver(_ controller: PortManifest.ROS2.Controller, _ targets: [DriveTarget]) {
        var message = JointStateMessage()
        message.names = controller.joints.map { names[$0] }
        message.position = controller.joints.map { Double(targets[$0].position) }
        bus.publish(message.cdr, on: ROS2Topics.commands(of: controller).name)
    }

    private func tell(_ controller: PortManifest.ROS2.Controller, _ values: [Double]) {
        bus.publish(NumbersMessage(values).cdr, on: ROS2Topics.commands(of: controller).name)
    }

    // MARK: State

    private mutating func read(_ bytes: [UInt8], at now: Int64) {
        guard let message = try? JointStateMessage(cdr: bytes), !message.position.isEmpty, !message.velocity.isEmpty,
            !message.effort.isEmpty
        else { return }
        for (index, name) in message.names.enumerated() {
            guard let place = places[name] else { continue }
            measurement.position[place] = Float(message.position[index])
            measurement.velocity[place] = Float(message.velocity[index])
            measurement.effort[place] = Float(message.effort[index])
            heardNs[place] = now
        }
        clock.hear(stampNs: message.header.stampNs, at: now)
        // Stamps are of the time of day: only arrival can be compared. As old as the oldest joint.
        measurement.captureNs = heardNs.compactMap { $0 }.min() ?? now
        measurement.judgeStandstill()
    }
}
