import PonsMessages
import PonsPort
import PonsRobot
import PonsSafety
import PonsSimulator
import Testing
import Unitree
import UnitreeNative
import VendorPorts

@Suite struct UnitreeTests {
    /// A command with its check sum at the end.
    private static func crc(_ command: LowCommand) -> UInt32 {
        command.cdr.suffix(4).enumerated().reduce(0) { $0 | UInt32($1.element) << (8 * UInt32($1.offset)) }
    }

    private static func spoiled(_ bytes: [UInt8]) -> [UInt8] { bytes.dropLast() + [bytes.last! ^ 1] }

    /// Computed with the vendor's own routine over its own struct (FACTS of the port's sources).
    @Test func `the check sequence is the vendor's, in both families`() {
        #expect(Self.crc(LowCommand(.hg)) == 0xFE17_2F9F)
        var command = LowCommand(.hg)
        command.modeMachine = 5
        for index in 0..<29 {
            command.motors[index].mode = 1
            command.motors[index].q = Float(0.1 * Double(index))
            command.motors[index].kp = 40
            command.motors[index].kd = 1
        }
        #expect(Self.crc(command) == 0x2D82_BC79)
        command.motors[3].q.negate()
        #expect(Self.crc(command) != 0x2D82_BC79)
        command = LowCommand(.go)
        for index in command.motors.indices { command.motors[index].mode = 1 }
        #expect(Self.crc(command) == 0x57EC_F19D)
        for index in command.motors.indices { (command.motors[index].q, command.motors[index].dq) = (2.146e9, 16_000) }
        #expect(Self.crc(command) == 0x06E5_77CD)
        command = LowCommand(.go)
        command.head = [0, 0, 0]
        #expect(Self.crc(command) == 0x4B5A_4880)
    }

    @Test(arguments: [MessageFamily.hg, .go])
    func `messages come back as they were, and no part of one is believed`(family: MessageFamily) throws {
        var command = LowCommand(family)
        command.motors[family.motorCount - 1].tau = -3.5
        #expect(try LowCommand(cdr: command.cdr, family) == command)
        #expect(command.cdr.count == 4 + (family == .hg ? 1000 : 808))
        #expect(try !LowCommand(cdr: Self.spoiled(command.cdr), family).isIntact)
        var state = LowState(family)
        state.tick = 77
        state.motors[0].temperature = 95
        state.gyroscope = [1, 2, 3]
        if family == .go { (state.charge, state.current, state.voltage) = (55, -2000, 28.5) }
        #expect(try LowState(cdr: state.cdr, family) == state)
        for length in 0..<state.cdr.count - 1 {
            #expect(throws: CDRReader.Malformed.self) { try LowState(cdr: Array(state.cdr.prefix(length)), family) }
        }
        let call = ServiceCall(id: 7, api: MotionSwitcher.releaseMode, parameter: "{}")
        #expect(try ServiceCall(request: call.request) == call)
        #expect(try ServiceCall(response: call.response) == call)
    }

    @Test(arguments: ["unitree-h1", "unitree-go2"])
    func `the older family's robots obey their own head and modes, and tell their battery`(id: String) throws {
        let manifest = try VendorPorts.manifest(id)
        let bus = LoopbackBus()
        var robot = UnitreeRobot(manifest, bus: bus, isSimulator: true, isLab: false)
        var body = UnitreeBody(manifest, bus: bus, motors: MotorBank(manifest, seed: 1))
        var now: Int64 = 0
        func run(_ milliseconds: Int, _ command: ActuatorCommand) {
            for _ in 0..<milliseconds {
                now += 1_000_000
                robot.advance(to: now, command)
                body.step(to: now)
            }
        }
        var command = ActuatorCommand(jointCount: manifest.joints.count)
        command.permission = .run
        command.position = manifest.joints.map { Float($0.stand) }
        command.position[0] += 0.2
        run(1000, command)
        #expect(abs(robot.measurement.position[0] - command.position[0]) < 0.05)
        let battery = try #require(robot.measurement.battery)
        #expect(battery.charge > 0.5 && battery.voltage > 20)
        // Before the robot's own controller has let go its commands are dropped; afterwards none is.
        let dropped = body.droppedCommands
        run(100, command)
        #expect(body.droppedCommands == dropped)
        var foreign = LowCommand(.go)
        foreign.head = [0, 0, 0]
        bus.publish(foreign.cdr, on: LowCommand.topic)
        body.step(to: now)
        #expect(body.droppedCommands == dropped + 1, "another head")
        // Disabled drives let go: the mode of each is its own.
        let strong = manifest.joints.filter { $0.driveMode == 10 }.count
        #expect(strong == (id == "unitree-h1" ? 9 : 0))
        var weak = LowCommand(.go)
        for index in weak.motors.indices { weak.motors[index].mode = 1 }
        bus.publish(weak.cdr, on: LowCommand.topic)
        for ahead in 0..<3 as Range<Int64> { body.step(to: now + ahead * 1_000_000) }
        let state = try #require(bus.take(LowState.topic).last.map { try LowState(cdr: $0, .go) })
        let limp = state.motors.prefix(12).filter { $0.mode == 0 }.count
        #expect(limp == (id == "unitree-h1" ? 10 : 0), "nine strong motors and the empty slot")
    }

    private struct Cell {
        let bus = LoopbackBus()
        var adapter: UnitreeRobot
        var body: UnitreeBody
        var now: Int64 = 0

        init() throws {
            let manifest = try VendorPorts.manifest("unitree-g1")
            adapter = UnitreeRobot(manifest, bus: bus, isSimulator: true, isLab: false)
            body = UnitreeBody(manifest, bus: bus, motors: MotorBank(manifest, seed: 1))
        }

        mutating func run(_ milliseconds: Int, _ command: ActuatorCommand) {
            for _ in 0..<milliseconds {
                now += 1_000_000
                adapter.advance(to: now, command)
                body.step(to: now)
            }
        }
    }

    private func command(_ permission: MotionPermission, elbow: Float) -> ActuatorCommand {
        var command = ActuatorCommand(jointCount: 29)
        command.permission = permission
        command.position[18] = elbow
        return command
    }

    @Test func `the robot's own controller lets go before anything is commanded`() throws {
        var cell = try Cell()
        cell.run(600, command(.run, elbow: 0.8))
        #expect(abs(cell.adapter.measurement.position[18] - 0.8) < 0.05)
        #expect(cell.body.droppedCommands < 10)
    }

    @Test func `a command that was damaged, or is for another variant, moves nothing`() throws {
        var cell = try Cell()
        cell.run(600, command(.hold, elbow: 0.3))
        let (before, dropped) = (cell.adapter.measurement.position[18], cell.body.droppedCommands)
        var bad = LowCommand(.hg)
        bad.modeMachine = 5
        bad.motors[18].mode = 1
        bad.motors[18].q = 2
        bad.motors[18].kp = 100
        var foreign = bad
        foreign.modeMachine = 4
        for bytes in [Self.spoiled(bad.cdr), foreign.cdr] {
            cell.bus.publish(bytes, on: LowCommand.topic)
            cell.body.step(to: cell.now)
        }
        #expect(cell.body.droppedCommands == dropped + 2)
        cell.run(50, command(.hold, elbow: 0.3))
        #expect(abs(cell.adapter.measurement.position[18] - before) < 0.01)
    }

    @Test func `a state with a wrong check sequence is not believed`() throws {
        var cell = try Cell()
        cell.run(20, command(.off, elbow: 0))
        let captured = cell.adapter.measurement.captureNs
        var state = LowState(.hg)
        state.motors[18].q = 1.5
        _ = cell.bus.take(LowState.topic)
        cell.bus.publish(Self.spoiled(state.cdr), on: LowState.topic)
        cell.adapter.advance(to: cell.now + 1, command(.off, elbow: 0))
        #expect(cell.adapter.measurement.captureNs == captured)
        #expect(cell.adapter.measurement.position[18] < 1)
    }

    @Test func `a computer that falls silent leaves the motors limp after a second`() throws {
        var cell = try Cell()
        cell.run(700, command(.run, elbow: 1.2))
        #expect(cell.adapter.measurement.position[18] > 1.1)
        for _ in 0..<3000 {
            cell.now += 1_000_000
            cell.body.step(to: cell.now)
        }
        cell.adapter.advance(to: cell.now + 1, command(.run, elbow: 1.2))
        #expect(cell.adapter.measurement.position[18] < 0.9)
    }
}
