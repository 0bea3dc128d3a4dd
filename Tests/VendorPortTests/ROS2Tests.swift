import PonsPort
import PonsRobot
import PonsSafety
import PonsSimulator
import ROS2Bridge
import ROS2BridgeNative
import ROS2Messages
import Testing
import VendorPorts

@Suite struct ROS2Tests {
    /// Bridge and ros2_control on one bus: left arm behind trajectories, right arm behind speeds.
    private struct Cell {
        let bus = LoopbackBus()
        let manifest: PortManifest
        var bridge: ControlBridge
        var body: ControlledBody
        var now: Int64 = 0

        init() throws {
            manifest = try VendorPorts.manifest("ros2")
            let interface = try #require(manifest.ros2)
            bridge = ControlBridge(manifest, interface, bus: bus, isSimulator: true, isLab: false)
            body = ControlledBody(manifest, interface, bus: bus, motors: MotorBank(manifest, seed: 1))
        }

        mutating func run(_ milliseconds: Int, _ command: ActuatorCommand) {
            for _ in 0..<milliseconds {
                now += 1_000_000
                bridge.advance(to: now, command)
                body.step(to: now)
            }
        }

        func joint(_ name: String) -> Int { manifest.joints.firstIndex { $0.name == name }! }

        var standing: ActuatorCommand {
            var command = ActuatorCommand(jointCount: manifest.joints.count)
            command.permission = .run
            command.position = manifest.joints.map { Float($0.stand) }
            return command
        }
    }

    // MARK: Messages

    private static let samples: [(name: String, cdr: [UInt8], isBack: @Sendable ([UInt8]) throws -> Bool)] = {
        var state = JointStateMessage()
        state.header = MessageHeader(stampNs: 1_790_000_000_123_456_789, frame: "base")
        (state.names, state.position) = (["elbow", "a"], [0.5, -1])
        (state.velocity, state.effort) = ([0, 0.25], [])
        var trajectory = JointTrajectoryMessage()
        trajectory.names = ["elbow"]
        var point = JointTrajectoryMessage.Point()
        (point.positions, point.velocities, point.fromStartNs) = ([0.5], [1], 2_000_000_001)
        trajectory.points = [point, point]
        let numbers = NumbersMessage([1.5, -2])
        var transforms = TransformsMessage()
        var transform = TransformsMessage.Transform()
        (transform.header.frame, transform.child, transform.translation) = ("base", "imu", [1, 2, 3])
        transforms.transforms = [transform, transform]
        var image = ImageMessage()
        (image.height, image.width, image.encoding, image.step, image.pixels) = (2, 1, "rgb8", 3, [1, 2, 3, 4, 5, 6])
        return [
            ("JointState", state.cdr, { [state] in try JointStateMessage(cdr: $0) == state }),
            ("JointTrajectory", trajectory.cdr, { [trajectory] in try JointTrajectoryMessage(cdr: $0) == trajectory }),
            ("Float64MultiArray", numbers.cdr, { try NumbersMessage(cdr: $0) == numbers }),
            ("TFMessage", transforms.cdr, { [transforms] in try TransformsMessage(cdr: $0) == transforms }),
            ("Image", image.cdr, { [image] in try ImageMessage(cdr: $0) == image }),
        ]
    }()

    @Test(arguments: samples.indices)
    func `messages come back as they were, and no part of one is believed`(sample: Int) throws {
        let (name, cdr, isBack) = Self.samples[sample]
        #expect(try isBack(cdr), "\(name)")
        for length in cdr.indices {
            #expect(throws: CDRReader.Malformed.self, "\(name), \(length) bytes") {
                try isBack(Array(cdr.prefix(length)))
            }
        }
    }

    @Test func `numbers lie where ROS 2 puts them`() {
        // Header of 4, stamp, empty text of one byte, three to fill up, no names, then arrays: their doubles at multiples of eight.
        var state = JointStateMessage()
        state.header = MessageHeader(stampNs: 3_000_000_004)
        (state.names, state.position, state.velocity, state.effort) = (["a"], [1], [], [])
        #expect(
            state.cdr == [0, 1, 0, 0] + [3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
                + [1, 0, 0, 0, 2, 0, 0, 0, 97, 0, 0, 0, 1, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 240, 63]
                + [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(
            NumbersMessage([1]).cdr == [0, 1, 0, 0] + [
                0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 240, 63,
            ])
    }

    @Test func `arrays that don't fit their names or rows are refused`() {
        var state = JointStateMessage()
        (state.names, state.position) = (["a", "b"], [1])
        #expect(throws: CDRReader.Malformed.self) { try JointStateMessage(cdr: state.cdr) }
        var image = ImageMessage()
        (image.height, image.step, image.pixels) = (2, 3, [1])
        #expect(throws: CDRReader.Malformed.self) { try ImageMessage(cdr: image.cdr) }
    }

    // MARK: Both ways

    @Test(arguments: ["left_elbow_joint", "right_elbow_joint"])
    func `a joint goes where it is told, whatever kind of controller it has`(name: String) throws {
        var cell = try Cell()
        let joint = cell.joint(name)
        var command = cell.standing
        cell.run(100, command)
        let start = cell.bridge.measurement.position[joint]
        for _ in 0..<400 {
            command.position[joint] += 0.001
            command.velocity[joint] = 1
            cell.run(1, command)
        }
        command.velocity[joint] = 0
        cell.run(300, command)
        #expect(abs(cell.bridge.measurement.position[joint] - start - 0.4) < 0.02)
        #expect(cell.body.droppedCommands == 0)
        for other in cell.manifest.joints.indices where other != joint {
            #expect(abs(cell.bridge.measurement.position[other] - Float(cell.manifest.joints[other].stand)) < 0.02)
        }
    }

    @Test func `what isn't measured isn't made up, and strangers are nobody's joints`() throws {
        var cell = try Cell()
        cell.run(20, cell.standing)
        let before = cell.bridge.measurement
        var state = JointStateMessage()
        (state.names, state.position, state.velocity) = (["left_elbow_joint"], [0.7], [0])
        cell.bus.publish(state.cdr, on: "rt/joint_states")
        cell.bridge.advance(to: cell.now, cell.standing)
        #expect(cell.bridge.measurement.position == before.position, "no effort: not believed")
        state.effort = [0]
        cell.bus.publish(state.cdr, on: "rt/joint_states")
        cell.bridge.advance(to: cell.now, cell.standing)
        #expect(cell.bridge.measurement.position[cell.joint("left_elbow_joint")] == 0.7)
        (state.names, state.position) = (["wheel_joint"], [3])
        cell.bus.publish(state.cdr, on: "rt/joint_states")
        cell.bridge.advance(to: cell.now, cell.standing)
        #expect(!cell.bridge.measurement.position.contains(3))
    }

    @Test func `nothing is told before every joint has spoken, and a joint that falls silent makes the state old`()
        throws
    {
        var cell = try Cell()
        for _ in 0..<20 {
            cell.now += 1_000_000
            cell.bridge.advance(to: cell.now, cell.standing)
        }
        #expect(cell.bus.take("rt/left_arm_controller/joint_trajectory").isEmpty)
        #expect(cell.bus.take("rt/drive_power_controller/commands").isEmpty)
        cell.run(20, cell.standing)
        let heard = cell.now
        for _ in 0..<50 {
            cell.now += 1_000_000
            var state = JointStateMessage()
            (state.names, state.position, state.velocity, state.effort) = (["left_elbow_joint"], [0], [0], [0])
            cell.bus.publish(state.cdr, on: "rt/joint_states")
            cell.bridge.advance(to: cell.now, cell.standing)
        }
        #expect(cell.bridge.measurement.captureNs <= heard, "as old as the oldest joint")
    }

    @Test func `without permission speeds are zero and the torque is taken away`() throws {
        var cell = try Cell()
        let joint = cell.joint("right_elbow_joint")
        var command = cell.standing
        cell.run(100, command)
        command.velocity[joint] = 1
        cell.run(20, command)
        #expect(cell.bridge.measurement.velocity[joint] > 0.1)
        command.permission = .damp
        cell.run(200, command)
        #expect(abs(cell.bridge.measurement.velocity[joint]) < 0.02 && cell.bridge.measurement.isStill)
        command.permission = .off
        cell.run(4, command)
        #expect(cell.bridge.measurement.effort.allSatisfy { $0 == 0 })
        command.permission = .run
        command.velocity[joint] = 0
        command.position = cell.bridge.measurement.position
        cell.run(200, command)
        #expect(cell.bridge.measurement.effort.contains { $0 != 0 }, "and given back")
    }

    // MARK: What controllers do

    @Test func `controllers drop what isn't theirs, and a speed once told is kept for good`() throws {
        var cell = try Cell()
        cell.run(50, cell.standing)
        func drops(_ bytes: [UInt8], on topic: String) -> Bool {
            let before = cell.body.droppedCommands
            cell.bus.publish(bytes, on: topic)
            cell.body.step(to: cell.now)
            return cell.body.droppedCommands == before + 1
        }
        let (left, right) = ("rt/left_arm_controller/joint_trajectory", "rt/right_arm_velocity_controller/commands")
        var trajectory = JointTrajectoryMessage()
        trajectory.names = cell.manifest.joints.filter { $0.chain == "left_arm" }.map(\.name)
        var point = JointTrajectoryMessage.Point()
        (point.positions, point.fromStartNs) = (trajectory.names.map { _ in 0 }, 1_000_000)
        trajectory.points = [point, point]
        #expect(drops(trajectory.cdr, on: left), "two points at the same time")
        trajectory.points = [point]
        trajectory.header.seconds = 1
        #expect(drops(trajectory.cdr, on: left), "begun in the past")
        trajectory.header.seconds = 0
        trajectory.names[0] = "wheel_joint"
        #expect(drops(trajectory.cdr, on: left), "another joint")
        #expect(drops(NumbersMessage([1, 2]).cdr, on: right), "another length")
        #expect(drops([1, 2, 3], on: right), "no message at all")
        let joint = cell.joint("right_wrist_3_joint")
        cell.bus.publish(NumbersMessage([0, 0, 0, 0, 0, 0.5]).cdr, on: right)
        for _ in 0..<1000 {
            cell.now += 1_000_000
            cell.body.step(to: cell.now)
        }
        cell.bridge.advance(to: cell.now, cell.standing)
        #expect(cell.bridge.measurement.velocity[joint] > 0.4, "a second of silence later")
    }

    // MARK: Where sensors are

    @Test(arguments: [
        (0.0, 0.0, true), (0.004, 0, true), (0.006, 0, false), (0, 0.004, true), (0, 0.02, false),
    ])
    func `an inertial unit that is mounted otherwise is not believed`(metres: Double, turn: Double, isBelieved: Bool)
        throws
    {
        var cell = try Cell()
        cell.run(20, cell.standing)
        let mount = try #require(cell.manifest.sensors[0].mount)
        var transform = TransformsMessage.Transform()
        transform.header.frame = mount.parent
        transform.child = cell.manifest.sensors[0].frame
        transform.translation = mount.pose.position.map { $0 + (mount.pose.position[0] == $0 ? metres : 0) }
        // About x, small angles: half of it is the sine of the half angle.
        transform.rotation = [turn / 2, 0, 0, (1 - turn * turn / 4).squareRoot()]
        var message = TransformsMessage()
        message.transforms = [transform]
        cell.bus.publish(message.cdr, on: "rt/tf_static")
        var imu = ImuMessage()
        imu.header.frame = cell.manifest.sensors[0].frame
        imu.linearAcceleration = [0, 3, 9]
        _ = cell.bus.take("rt/imu_sensor_broadcaster/imu")
        cell.bus.publish(imu.cdr, on: "rt/imu_sensor_broadcaster/imu")
        cell.bridge.advance(to: cell.now, cell.standing)
        #expect((cell.bridge.measurement.imu[8] == 3) == isBelieved)
    }

    @Test func `frames are found through frames, and a ring of them ends`() {
        var tree = TransformTree()
        var message = TransformsMessage()
        let half = 0.5.squareRoot()
        for (child, parent, translation, rotation) in [
            ("camera", "tool", [0.0, 0, 1], [0.0, 0, 0, 1]), ("tool", "arm", [1, 0, 0], [half, 0, 0, half]),
            ("a", "b", [0, 0, 0], [0, 0, 0, 1]), ("b", "a", [0, 0, 0], [0, 0, 0, 1]),
        ] {
            var transform = TransformsMessage.Transform()
            (transform.header.frame, transform.child) = (parent, child)
            (transform.translation, transform.rotation) = (translation, rotation)
            message.transforms.append(transform)
        }
        tree.add(message)
        // A quarter turn about x takes z to −y.
        let found = tree.pose(of: "camera", in: "arm")
        #expect(found?.isNear(MountPose(position: [1, -1, 0], rotation: [half, 0, 0, half])) == true)
        #expect(tree.pose(of: "camera", in: "sky") == nil && tree.pose(of: "a", in: "sky") == nil)
        #expect(found?.isNear(MountPose(position: [1, -1, 0], rotation: [0, 0, 0, 0])) == false, "no turn at all")
    }
}
