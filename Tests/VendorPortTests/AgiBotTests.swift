import AgiBot
import AgiBotA3
import AgiBotA3Native
import AgiBotNative
import PonsPort
import PonsRobot
import PonsSafety
import PonsSimulator
import ROS2Messages
import Testing
import VendorPorts

@Suite struct AgiBotTests {
    private struct Cell {
        let bus = LoopbackBus()
        let dialect: JointDialect
        var adapter: JointTopicRobot
        var body: JointTopicBody
        let manifest: PortManifest
        var now: Int64 = 0

        init() throws {
            manifest = try VendorPorts.manifest("agibot-a3")
            dialect = AgiBotA3.dialect(manifest)
            adapter = JointTopicRobot(manifest, dialect, bus: bus, isSimulator: true, isLab: false)
            body = JointTopicBody(
                manifest, dialect, AgiBotA3Body.watchdog, bus: bus, motors: MotorBank(manifest, seed: 1))
        }

        mutating func run(_ milliseconds: Int, _ command: ActuatorCommand) {
            for _ in 0..<milliseconds {
                now += 1_000_000
                adapter.advance(to: now, command)
                body.step(to: now)
            }
        }
    }

    private func command(_ permission: MotionPermission, _ joint: Int, _ position: Float) -> ActuatorCommand {
        var command = ActuatorCommand(jointCount: 31)
        command.permission = permission
        command.position[joint] = position
        return command
    }

    @Test func `messages come back as they were, and no part of one is believed`() throws {
        var message = JointMessage()
        message.header = MessageHeader(stampNs: 1_790_000_000_123_456_789)
        var joint = JointMessage.Joint()
        joint.name = "left_knee_joint"
        joint.sequence = 5
        joint.position = -0.25
        joint.damping = 4
        message.joints = [joint, joint]
        let layout = JointMessage.Layout(hasSequence: true, hasGains: true)
        let bytes = message.cdr(layout)
        #expect(try JointMessage(cdr: bytes, layout) == message)
        for length in bytes.indices {
            #expect(throws: CDRReader.Malformed.self) { try JointMessage(cdr: Array(bytes.prefix(length)), layout) }
        }
        #expect(message.header.stampNs == 1_790_000_000_123_456_789)
    }

    @Test func `joints are found by name, in whatever order they come`() throws {
        var cell = try Cell()
        cell.run(20, command(.off, 0, 0))
        let group = cell.dialect.groups[0]
        var message = JointMessage()
        for index in group.joints.reversed() {
            var joint = JointMessage.Joint()
            joint.name = cell.manifest.joints[index].name
            joint.position = 0.01 * Double(index + 1)
            message.joints.append(joint)
        }
        _ = cell.bus.take(group.stateTopic)
        cell.bus.publish(message.cdr(cell.dialect.stateLayout), on: group.stateTopic)
        cell.adapter.advance(to: cell.now, command(.off, 0, 0))
        for index in group.joints {
            #expect(cell.adapter.measurement.position[index] == Float(0.01 * Double(index + 1)))
        }
        // A joint that isn't there makes another robot of it.
        message.joints[0].name = "tail_joint"
        message.joints[1].position = 0.3
        cell.bus.publish(message.cdr(cell.dialect.stateLayout), on: group.stateTopic)
        cell.adapter.advance(to: cell.now, command(.off, 0, 0))
        #expect(!cell.adapter.measurement.position.contains(0.3))
    }

    @Test func `commands that are old when they come move nothing`() throws {
        var cell = try Cell()
        cell.run(300, command(.run, 8, 0.9))
        #expect(cell.adapter.measurement.position[8] > 0.8)
        #expect(cell.body.droppedCommands == 0)
        var message = JointMessage()
        message.header = MessageHeader(stampNs: cell.now - 11_000_000)
        var joint = JointMessage.Joint()
        joint.name = cell.manifest.joints[8].name
        joint.stiffness = 100
        message.joints = [joint]
        cell.bus.publish(message.cdr(cell.dialect.commandLayout), on: "rt/body_drive/arm_joint_command")
        cell.body.step(to: cell.now)
        #expect(cell.body.droppedCommands == 1)
    }

    @Test func `nothing is commanded before every group has spoken`() throws {
        let cell = try Cell()
        var adapter = cell.adapter
        for cycle in 1...20 { adapter.advance(to: Int64(cycle) * 1_000_000, command(.run, 8, 0.9)) }
        for group in cell.dialect.groups { #expect(cell.bus.take(group.commandTopic).isEmpty) }
    }
}
