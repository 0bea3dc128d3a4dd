import AgiBotA2
import AgiBotA2Native
import PonsMessages
import PonsPort
import PonsRobot
import PonsSafety
import PonsSimulator
import PonsVocabulary
import ROS2BridgeNative
import ROS2Messages
import Testing
import VendorPorts

@Suite struct AgiBotA2Tests {
    /// Adapter and robot on one bus.
    private final class Cell {
        static let commands = "rt/motion/control/arm_joint_command"
        let bus: any NativeBus
        let manifest: PortManifest
        var adapter: ArmServoRobot
        var body: AgiBotA2Body
        var now: Int64 = 0

        init(bus: any NativeBus = LoopbackBus()) throws {
            self.bus = bus
            manifest = try VendorPorts.manifest("agibot-a2")
            let interface = try #require(manifest.ros2)
            adapter = ArmServoRobot(manifest, interface, bus: bus, isSimulator: true, isLab: false)
            let motors = MotorBank(manifest, seed: 1)
            body = AgiBotA2Body(ControlledBody(manifest, interface, bus: bus, motors: motors), bus: bus)
        }

        func run(_ milliseconds: Int, _ permission: MotionPermission, elbow: Float = -1) {
            var command = ActuatorCommand(jointCount: manifest.joints.count)
            command.permission = permission
            command.position = manifest.joints.map { Float($0.stand) }
            command.position[3] = elbow
            for _ in 0..<milliseconds {
                now += 1_000_000
                adapter.advance(to: now, command)
                body.step(to: now)
            }
        }

        /// Whether the adapter sends anything within 50 ms that nobody listens to.
        func sends(_ permission: MotionPermission) -> Bool {
            var command = ActuatorCommand(jointCount: manifest.joints.count)
            command.permission = permission
            for _ in 0..<50 {
                now += 1_000_000
                adapter.advance(to: now, command)
                if !bus.take(Self.commands).isEmpty { return true }
                body.step(to: now)
            }
            return false
        }

        var elbow: Float { adapter.measurement.position[3] }
        var hasTorque: Bool { adapter.measurement.effort.contains { abs($0) > 0.01 } }
    }

    /// Loses the requests of the first calls, and answers them with nothing, as a network does.
    private final class LossyBus: NativeBus, @unchecked Sendable {
        private let bus = LoopbackBus()
        private var left: Int

        init(losing count: Int) { left = count }

        func publish(_ bytes: [UInt8], on topic: String) {
            if left > 0, let call = ActionCalls.all.first(where: { $0.requests == topic }) {
                left -= 1
                return bus.publish([], on: call.answers)
            }
            bus.publish(bytes, on: topic)
        }

        func take(_ topic: String) -> [[UInt8]] { bus.take(topic) }
    }

    @Test func `the arms are commanded only in the mode that lets others have them`() throws {
        let cell = try Cell()
        cell.run(100, .off)
        #expect(!cell.sends(.off), "stopped")
        // Cleared, asked for, not granted yet.
        #expect(!cell.sends(.hold), "before the robot says RUNNING")
        cell.run(200, .hold)
        #expect(cell.sends(.hold))
        cell.run(1000, .run, elbow: -0.6)
        #expect(abs(cell.elbow + 0.6) < 0.05)
        #expect(cell.body.droppedCommands == 0)
    }

    @Test func `off is the vendor's emergency stop, and takes the torque`() throws {
        let cell = try Cell()
        cell.run(50, .off)
        #expect(!cell.hasTorque, "it was switched on in it")
        cell.run(800, .run, elbow: -0.6)
        #expect(cell.hasTorque)
        cell.run(200, .off)
        #expect(!cell.hasTorque)
        #expect(!cell.sends(.off))
        cell.run(500, .run, elbow: -0.8)
        cell.run(1000, .run, elbow: -0.8)
        #expect(abs(cell.elbow + 0.8) < 0.05, "and it is cleared")
    }

    @Test func `it sits before it settles, and stands up before the arms are asked for again`() throws {
        let cell = try Cell()
        cell.run(800, .run, elbow: -0.6)
        cell.run(20, .settle)
        #expect(cell.adapter.measurement.stability == .dynamic)
        cell.run(800, .settle)
        #expect(cell.adapter.measurement.stability == .static)
        #expect(cell.hasTorque, "its own controller holds the arms")
        cell.run(200, .off)
        #expect(!cell.hasTorque)
        cell.run(60, .hold)
        #expect(!cell.sends(.hold), "it sits")
        cell.run(1500, .hold)
        #expect(cell.sends(.hold))
    }

    @Test func `somebody else's mode ends the commands, and it is asked for the arms again`() throws {
        let cell = try Cell()
        cell.run(500, .hold)
        cell.bus.publish(ProtobufJSON.bytes(ActionRequest(.sitDown)), on: ActionCalls.setAction.requests)
        // Until it is asked what it does, commands go on, and the robot drops them.
        cell.run(600, .hold)
        #expect(cell.body.droppedCommands > 0)
        #expect(cell.body.droppedCommands < 60)
        cell.run(3000, .hold)
        #expect(cell.sends(.hold))
    }

    @Test(arguments: 1...12) func `a call that nobody answered is made again`(lost: Int) throws {
        let cell = try Cell(bus: LossyBus(losing: lost))
        cell.run(3000, .hold)
        #expect(cell.sends(.hold))
        cell.run(1000, .off)
        #expect(!cell.hasTorque)
    }

    @Test func `what a robot says is read as protobuf writes it`() {
        let reports: [(String, ActionStatus?, UInt64)] = [
            (
                #"{"header":{"code":"0"},"info":{"ext_action":"SIT_DOWN","status":"McActionStatus_RUNNING"}}"#,
                .running, 0
            ),
            (#"{"header":{"code":7},"info":{"extAction":"SIT_DOWN","status":100}}"#, .prepare, 7),
            (#"{"header":{},"info":{"extAction":"SIT_DOWN","status":"something new"}}"#, .unknown, 0),
            (#"{"header":{},"info":{"extAction":"SIT_DOWN","status":999}}"#, .unknown, 0),
            (#"{"header":{"code":"18446744073709551615","msg":"no"},"info":{"extAction":"SIT_DOWN"}}"#, nil, .max),
        ]
        for (text, status, code) in reports {
            let report = ProtobufJSON.message(ActionReport.self, Array(text.utf8))
            #expect(report?.info?.extAction == "SIT_DOWN", "\(text)")
            #expect(report?.info?.status == status, "\(text)")
            #expect(report?.header?.code == code, "\(text)")
        }
        for text in ["", "{", "[]", "7", #"{"header":{"code":"-1"}}"#, #"{"header":{"code":1.5}}"#, "\u{0}", "null"] {
            #expect(ProtobufJSON.message(ActionReport.self, Array(text.utf8)) == nil, "\(text)")
        }
        let request = String(decoding: ProtobufJSON.bytes(ActionRequest(.armServo)), as: UTF8.self)
        #expect(
            request
                == #"{"command":{"action":"McAction_USE_EXT_CMD","ext_action":"RL_LOCOMOTION_ARM_EXT_JOINT_SERVO"},"header":{"control_source":"ControlSource_SAFE"}}"#
        )
    }

    @Test func `the robot refuses what it can't do, and what nobody understands`() throws {
        let cell = try Cell()
        func code(_ bytes: [UInt8], _ call: NativeCall) -> UInt64? {
            cell.bus.publish(bytes, on: call.requests)
            cell.body.step(to: cell.now)
            return cell.bus.take(call.answers).last.flatMap {
                ProtobufJSON.message(CommonReport.self, $0)?.header?.code
            }
        }
        let servo = ProtobufJSON.bytes(ActionRequest(.armServo)), sit = ProtobufJSON.bytes(ActionRequest(.sitDown))
        #expect(code(servo, ActionCalls.setAction) == 5, "while it is stopped")
        #expect(code([], ActionCalls.setEmergency) == 5)
        #expect(code(ProtobufJSON.bytes(EmergencyRequest(isStopped: false)), ActionCalls.setEmergency) == 0)
        #expect(code(Array("{}".utf8), ActionCalls.setAction) == 5)
        #expect(code(sit, ActionCalls.setAction) == 0)
        #expect(code(servo, ActionCalls.setAction) == 5, "from a chair")
        #expect(code(ProtobufJSON.bytes(ActionRequest(.standUp)), ActionCalls.setAction) == 0)
        #expect(code(servo, ActionCalls.setAction) == 0)
    }

    @Test func `an effort that nobody knows is in no descriptor and no body model`() throws {
        let manifest = try VendorPorts.manifest("agibot-a2")
        let descriptor = manifest.descriptor(firmware: "1", isSimulator: true, isLab: false)
        #expect(descriptor.joints.count == 14)
        #expect(descriptor.joints.allSatisfy { $0.effortLimit == nil && $0.modes == [.position] })
        #expect(descriptor.joints.allSatisfy { abs(($0.accelerationLimit ?? 0) - 6.28) < 0.001 })
    }
}
