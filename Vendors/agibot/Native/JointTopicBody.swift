public import AgiBot
public import PonsMessages
public import PonsPort
public import PonsSimulator
import ROS2Messages

/// The native side of a robot behind joint topics: firmware that believes stamps and nothing else.
public struct JointTopicBody: NativeBody {
    /// What the firmware does about silence; where nobody knows, it keeps the last command.
    public struct Watchdog: Sendable {
        /// Commands older than this when they come are dropped, ns.
        public var freshnessNs: Int64
        /// Silence after which the gains go to zero, ns.
        public var silenceNs: Int64

        public init(freshnessNs: Int64, silenceNs: Int64) {
            (self.freshnessNs, self.silenceNs) = (freshnessNs, silenceNs)
        }
    }

    /// The time of day at the robot's start: state has another clock than commands.
    private static let dayNs: Int64 = 1_790_000_000_000_000_000

    private let bus: any NativeBus
    private let dialect: JointDialect
    private let places: [String: Int]
    private let names: [String]
    private let watchdog: Watchdog?
    private var motors: MotorBank
    private var targets: [DriveTarget]
    private var lastCommandNs: Int64?
    private var stateDueNs: Int64 = .min
    private var sequence: UInt32 = 0
    public private(set) var droppedCommands = 0

    public init(
        _ manifest: PortManifest, _ dialect: JointDialect, _ watchdog: Watchdog?, bus: any NativeBus, motors: MotorBank
    ) {
        self.bus = bus
        self.dialect = dialect
        self.watchdog = watchdog
        names = manifest.joints.map(\.name)
        places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        self.motors = motors
        targets = Array(repeating: DriveTarget(), count: names.count)
    }

    public mutating func step(to now: Int64) {
        for group in dialect.groups {
            for bytes in bus.take(group.commandTopic) { obey(bytes, at: now) }
        }
        if let watchdog, let lastCommandNs, now - lastCommandNs > watchdog.silenceNs {
            for index in targets.indices { targets[index].stiffness = 0 }
        }
        motors.step(targets, at: now, seconds: 0.001)
        guard now >= stateDueNs else { return }
        stateDueNs = now + dialect.commandPeriodNs
        publish(at: now)
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { motors.inject(injection, at: now) }

    private mutating func obey(_ bytes: [UInt8], at now: Int64) {
        guard let message = try? JointMessage(cdr: bytes, dialect.commandLayout),
            watchdog.map({ now - message.header.stampNs <= $0.freshnessNs }) ?? true
        else {
            droppedCommands += 1
            return
        }
        lastCommandNs = now
        for joint in message.joints {
            guard let place = places[joint.name] else { continue }
            // Gains of zero are the only way to let a motor go.
            targets[place].isEnabled = joint.stiffness != 0 || joint.damping != 0 || joint.effort != 0
            targets[place].position = Float(joint.position)
            targets[place].velocity = Float(joint.velocity)
            targets[place].effort = Float(joint.effort)
            targets[place].stiffness = Float(joint.stiffness)
            targets[place].damping = Float(joint.damping)
        }
    }

    private mutating func publish(at now: Int64) {
        sequence &+= 1
        let header = MessageHeader(stampNs: Self.dayNs + now)
        for group in dialect.groups {
            var message = JointMessage()
            message.header = header
            message.joints = group.joints.map { index in
                var joint = JointMessage.Joint()
                joint.name = names[index]
                joint.sequence = sequence
                joint.position = motors.measuredPosition(index)
                joint.velocity = motors.measuredVelocity(index)
                joint.effort = motors.torque[index]
                return joint
            }
            bus.publish(message.cdr(dialect.stateLayout), on: group.stateTopic)
        }
        var imu = ImuMessage()
        imu.header = header
        imu.linearAcceleration = [0, 0, 9.81]
        bus.publish(imu.cdr, on: dialect.imuTopic)
    }
}
