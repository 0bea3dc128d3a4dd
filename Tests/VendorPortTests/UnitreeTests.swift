import PonsMessages
import PonsPort
import PonsRobot
import PonsSafety
import Testing
import UnitreeG1
import UnitreeG1Native
import VendorPorts

@Suite struct UnitreeG1Tests {
    /// Computed with the vendor's own routine over its own struct (FACTS of the port's sources).
    @Test func `the check sequence is the vendor's`() {
        #expect(LowCommand().expectedCRC == 0xFE17_2F9F)
        var command = LowCommand()
        command.modeMachine = 5
        for index in 0..<29 {
            command.motors[index].mode = 1
            command.motors[index].q = Float(0.1 * Double(index))
            command.motors[index].kp = 40
            command.motors[index].kd = 1
        }
        #expect(command.expectedCRC == 0x2D82_BC79)
        command.motors[3].q.negate()
        #expect(command.expectedCRC != 0x2D82_BC79)
    }

    @Test func `messages come back as they were, and no part of one is believed`() throws {
        var command = LowCommand()
        command.motors[34].tau = -3.5
        command.crc = command.expectedCRC
        #expect(try LowCommand(cdr: command.cdr) == command)
        #expect(command.cdr.count == 4 + 1000)
        var state = LowState()
        state.tick = 77
        state.motors[0].temperature = [30, 95]
        state.wirelessRemote[39] = 1
        #expect(try LowState(cdr: state.cdr) == state)
        for length in 0..<state.cdr.count - 1 {
            #expect(throws: CDRReader.Malformed.self) { try LowState(cdr: Array(state.cdr.prefix(length))) }
        }
        let call = ServiceCall(id: 7, api: MotionSwitcher.releaseMode, parameter: "{}")
        #expect(try ServiceCall(request: call.request) == call)
        #expect(try ServiceCall(response: call.response) == call)
    }

    private struct Cell {
        let bus = LoopbackBus()
        var adapter: UnitreeG1
        var body: UnitreeG1Body
        var now: Int64 = 0

        init() throws {
            let manifest = try VendorPorts.manifest("unitree-g1")
            adapter = UnitreeG1(manifest, bus: bus, isSimulator: true, isLab: false)
            body = UnitreeG1Body(manifest, bus: bus, seed: 1)
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
        for spoil in [
            { (c: inout LowCommand) in c.crc ^= 1 },
            {
                $0.modeMachine = 4; $0.crc = $0.expectedCRC
            },
        ] {
            var bad = LowCommand()
            bad.modeMachine = 5
            bad.motors[18].mode = 1
            bad.motors[18].q = 2
            bad.motors[18].kp = 100
            bad.crc = bad.expectedCRC
            spoil(&bad)
            cell.bus.publish(bad.cdr, on: LowCommand.topic)
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
        var state = LowState()
        state.motors[18].q = 1.5
        state.crc = 1
        _ = cell.bus.take(LowState.topic)
        cell.bus.publish(state.cdr, on: LowState.topic)
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
