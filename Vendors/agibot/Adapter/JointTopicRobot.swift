public import PonsMessages
public import PonsPort
public import PonsRobot
import PonsSafety
import ROS2Messages

/// A robot behind joint topics, one for each group of joints. Joints are found by name, never by place: the vendor's own
/// sample goes by place, and has stored arrays in the wrong order.
///
/// State counts only when every group has spoken; a measurement is as old as the oldest of them.
public struct JointTopicRobot: RobotAdapter {
    public var descriptor: Descriptor { description.descriptor }
    public private(set) var measurement: Measurement
    private let description: PortDescription
    private let bus: any NativeBus
    private let dialect: JointDialect
    private let places: [String: Int]
    private let names: [String]
    private var commander: DriveCommander
    private var heardNs: [Int64?]
    private var sequence: UInt32 = 0

    public init(
        _ manifest: PortManifest, _ dialect: JointDialect, bus: any NativeBus, isSimulator: Bool, isLab: Bool
    ) {
        description = PortDescription(
            manifest, firmware: "not public", isSimulator: isSimulator, isLab: isLab)
        self.bus = bus
        self.dialect = dialect
        names = manifest.joints.map(\.name)
        places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        commander = DriveCommander(manifest, periodNs: dialect.commandPeriodNs)
        heardNs = dialect.groups.map { _ in nil }
        measurement = Measurement(jointCount: manifest.joints.count)
    }

    public mutating func boot(at now: Int64) {}

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        for index in dialect.groups.indices {
            for bytes in bus.take(dialect.groups[index].stateTopic) { read(bytes, group: index, at: now) }
        }
        for bytes in bus.take(dialect.imuTopic) { readImu(bytes) }
        guard let targets = commander.targets(for: command, measured: measurement.position, at: now) else { return }
        measurement.stability = commander.isSettling ? .dynamic : .static
        // Before every group has spoken nobody knows where the joints are.
        if heardNs.allSatisfy({ $0 != nil }) { send(targets, at: now) }
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { false }

    public func content(sha256: [UInt8]) -> [UInt8]? { description.content(sha256: sha256) }

    private mutating func send(_ targets: [DriveTarget], at now: Int64) {
        sequence &+= 1
        for group in dialect.groups {
            var message = JointMessage()
            message.header = MessageHeader(stampNs: now)
            message.joints = group.joints.map { index in
                var joint = JointMessage.Joint()
                joint.name = names[index]
                joint.sequence = sequence
                joint.position = Double(targets[index].position)
                joint.velocity = Double(targets[index].velocity)
                joint.effort = Double(targets[index].effort)
                joint.stiffness = Double(targets[index].stiffness)
                joint.damping = Double(targets[index].damping)
                return joint
            }
            bus.publish(message.cdr(dialect.commandLayout), on: group.commandTopic)
        }
    }

    // MARK: State

    private mutating func read(_ bytes: [UInt8], group: Int, at now: Int64) {
        guard let message = try? JointMessage(cdr: bytes, dialect.stateLayout),
            Set(message.joints.map(\.name)) == Set(dialect.groups[group].joints.map { names[$0] })
        else { return }
        for joint in message.joints {
            guard let place = places[joint.name] else { continue }
            measurement.position[place] = Float(joint.position)
            measurement.velocity[place] = Float(joint.velocity)
            measurement.effort[place] = Float(joint.effort)
        }
        heardNs[group] = now
        // Stamps of state are of the time of day, and those of commands are not: only arrival can be compared.
        measurement.captureNs = heardNs.compactMap { $0 }.min() ?? now
        measurement.judgeStandstill()
    }

    private mutating func readImu(_ bytes: [UInt8]) {
        guard let message = try? ImuMessage(cdr: bytes) else { return }
        measurement.imu =
            (message.orientation + message.angularVelocity + message.linearAcceleration).map { Float($0) }
    }
}
