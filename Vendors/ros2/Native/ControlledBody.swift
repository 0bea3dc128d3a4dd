public import PonsMessages
public import PonsPort
public import PonsSimulator
import ROS2Bridge
import ROS2Messages

/// A robot as ros2_control runs it: joint_state_broadcaster, trajectory and forward command controllers, hardware that can be
/// switched off. It does what those controllers do, and no more: no owner, no deadline; a speed once told is kept for good.
public struct ControlledBody: NativeBody {
    public enum Authority: Sendable {
        case controllers
        /// The robot's own program, which holds every joint where it was last told to be.
        case itself
        /// They have no torque.
        case nobody
    }

    /// The time of day at the robot's start: ROS 2 stamps with a clock that can be set.
    private static let dayNs: Int64 = 1_790_000_000_000_000_000

    private let bus: any NativeBus
    private let manifest: PortManifest
    private let interface: PortManifest.ROS2
    /// A broadcaster says joints in the order of the hardware, which is nobody's business.
    private let spoken: [Int]
    private let periodNs: Int64
    private var motors: MotorBank
    private var controllers: [RunningController]
    /// Who has the drives.
    public var authority: Authority
    private var stateDueNs: Int64 = .min
    private var imuDueNs: Int64 = .min
    private var hasToldMounts = false
    private var camera = PatternCamera(periodNs: 66_666_667)

    public init(_ manifest: PortManifest, _ interface: PortManifest.ROS2, bus: any NativeBus, motors: MotorBank) {
        self.bus = bus
        self.manifest = manifest
        self.interface = interface
        spoken = manifest.joints.indices.sorted { manifest.joints[$0].name < manifest.joints[$1].name }
        periodNs = Int64(1e9 / manifest.timing.smallBrainRateHz)
        self.motors = motors
        controllers = interface.controllers.map { [periodNs] in
            RunningController($0, names: manifest.joints.map(\.name), periodNs: periodNs)
        }
        authority = interface.power == nil ? .controllers : .nobody
    }

    /// Commands that controllers took no notice of.
    public var droppedCommands: Int { controllers.reduce(0) { $0 + $1.droppedCommands } }

    public mutating func step(to now: Int64) {
        readPower()
        var targets = Array(repeating: DriveTarget(), count: manifest.joints.count)
        for index in controllers.indices {
            let messages = bus.take(controllers[index].topic)
            if authority == .itself {
                controllers[index].drop(messages)
            } else {
                for bytes in messages { controllers[index].obey(bytes, at: now) }
            }
            let joints = controllers[index].joints
            if authority == .nobody { controllers[index].rest(at: joints.map { motors.position[$0] }) }
            controllers[index].advance(to: now)
            for (place, joint) in joints.enumerated() { targets[joint] = target(joint, controllers[index], place) }
        }
        motors.step(targets, at: now, seconds: 0.001)
        publish(at: now)
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { motors.inject(injection, at: now) }

    private mutating func readPower() {
        guard let power = interface.power else { return }
        for bytes in bus.take(ROS2Topics.commands(of: power)) {
            guard let message = try? NumbersMessage(cdr: bytes), message.values.count == 1 else { continue }
            authority = message.values[0] > 0.5 ? .controllers : .nobody
        }
    }

    /// The hardware's own loop holds the reference stiffly; how stiffly no interface says.
    private func target(_ joint: Int, _ controller: RunningController, _ place: Int) -> DriveTarget {
        var target = DriveTarget()
        target.isEnabled = authority != .nobody
        target.position = Float(controller.position[place])
        target.velocity = Float(controller.velocity[place])
        target.stiffness = Float(manifest.joints[joint].strength * manifest.assumed.stiffnessPerEffort)
        target.damping = Float(manifest.joints[joint].strength * manifest.assumed.dampingPerEffort)
        return target
    }

    // MARK: What goes out

    private mutating func publish(at now: Int64) {
        if !hasToldMounts {
            hasToldMounts = true
            bus.publish(mounts(at: now).cdr, on: ROS2Topics.staticTransforms)
        }
        if now >= stateDueNs {
            stateDueNs = now + periodNs
            publishState(at: now)
        }
        if manifest.sensors.contains(where: { $0.optics != nil }) { publishPictures(at: now) }
        if let imu, let topic = imu.topic, now >= imuDueNs {
            imuDueNs = now + Int64(1e9 / imu.rateHz)
            var message = ImuMessage()
            message.header = MessageHeader(stampNs: Self.dayNs + now, frame: imu.frame)
            message.linearAcceleration = [0, 0, 9.81]
            bus.publish(message.cdr, on: ROS2Topics.wire(topic))
        }
    }

    private var imu: PortManifest.Sensor? { manifest.sensors.first { $0.kind == .imu && $0.topic != nil } }

    /// Colour and depth of one camera, each on the topic of the first sensor of its kind.
    private mutating func publishPictures(at now: Int64) {
        for picture in camera.advance(to: now) {
            let kind = picture.encoding == .rgb8 ? PortManifest.Sensor.Kind.colourCamera : .depthCamera
            guard let sensor = manifest.sensors.first(where: { $0.kind == kind }), let topic = sensor.topic else {
                continue
            }
            var message = ImageMessage()
            let captureNs = picture.header?.captureMidpointNs ?? now
            message.header = MessageHeader(stampNs: Self.dayNs + captureNs, frame: sensor.frame)
            (message.width, message.height, message.step) = (picture.width, picture.height, picture.stride)
            message.encoding = kind == .colourCamera ? "rgb8" : "16UC1"
            message.pixels = picture.payload
            bus.publish(message.cdr, on: ROS2Topics.wire(topic))
        }
    }

    private mutating func publishState(at now: Int64) {
        var message = JointStateMessage()
        message.header = MessageHeader(stampNs: Self.dayNs + now)
        for joint in spoken {
            message.names.append(manifest.joints[joint].name)
            message.position.append(motors.measuredPosition(joint))
            message.velocity.append(motors.measuredVelocity(joint))
            message.effort.append(motors.torque[joint])
        }
        bus.publish(message.cdr, on: ROS2Topics.wire(interface.jointStates))
    }

    private func mounts(at now: Int64) -> TransformsMessage {
        var message = TransformsMessage()
        for sensor in manifest.sensors {
            guard let mount = sensor.mount, !message.transforms.contains(where: { $0.child == sensor.frame }) else {
                continue
            }
            var transform = TransformsMessage.Transform()
            transform.header = MessageHeader(stampNs: Self.dayNs + now, frame: mount.parent)
            transform.child = sensor.frame
            (transform.translation, transform.rotation) = (mount.pose.position, mount.pose.rotation)
            message.transforms.append(transform)
        }
        return message
    }
}
