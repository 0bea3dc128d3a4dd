import PonsMessages
import PonsRobot
import PonsSafety
import Testing

/// The last check before the actuators.
@Suite struct SpinalGuardTests {
    private static let limits = [
        JointLimits(hard: (-1, 1), soft: (-0.9, 0.9), velocity: 2, acceleration: 8, effort: 10, bumpTolerance: 0.05)
    ]

    private func command(_ position: Float, _ permission: MotionPermission = .run) -> ActuatorCommand {
        var command = ActuatorCommand(jointCount: 1)
        command.permission = permission
        command.position = [position]
        command.velocity = [1]
        return command
    }

    /// Plays targets, one a millisecond; what left for the actuators.
    private func play(_ targets: [Float]) -> (positions: [Float], held: Int) {
        var guarded = SpinalGuard()
        var held = 0
        let positions = targets.map { target in
            var command = command(target)
            if guarded.hold(&command, within: Self.limits) != nil { held += 1 }
            return command.position[0]
        }
        return (positions, held)
    }

    @Test func `motion at the speed limit passes untouched, in steps of one or two milliseconds`() {
        let each = (0..<200).map { Float($0) * 0.002 }
        #expect(play(each).positions == each)
        let everySecond = (0..<200).map { Float($0 / 2) * 0.004 }
        #expect(play(everySecond).positions == everySecond)
    }

    @Test(arguments: [Float(100), 0.95, -100, 0.02]) func `what is too far or too fast is not followed at all`(
        target: Float
    ) {
        let (positions, held) = play([0, 0] + Array(repeating: target, count: 50))
        #expect(positions.allSatisfy { $0 == 0 })
        #expect(held == 50)
    }

    @Test func `a joint beyond its soft limit may come back, and not go further`() {
        #expect(play([0.95, 0.951]).held == 1)
        #expect(play([0.95, 0.949, 0.947]).held == 0)
    }

    @Test func `what the robot does by itself is not guarded, and guarding begins where it ended`() {
        var guarded = SpinalGuard()
        var settling = command(0.95, .settle)
        #expect(guarded.hold(&settling, within: Self.limits) == nil)
        var first = command(0.5)
        #expect(guarded.hold(&first, within: Self.limits) == nil)
        #expect(first.position == [0.5])
        var jump = command(0.8)
        #expect(guarded.hold(&jump, within: Self.limits) == 0)
        #expect(jump.position == [0.5] && jump.velocity == [0])
    }
}
