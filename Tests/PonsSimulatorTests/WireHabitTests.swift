import PonsMessages
import PonsSimulator
import Testing

/// Other ways to write a message keep what it means.
@Suite struct WireHabitTests {
    private static var state: WholeBodyState {
        var state = WholeBodyState()
        state.sequence = 7
        state.captureNs = 123_456_789
        state.safetyState = .operational
        state.position = (0..<30).map { Float($0) * 0.1 }
        state.velocity = (0..<30).map { -Float($0) }
        state.imu = [0, 0, 0, 1, 0.5, 0, 0, 0, 0, 9.81]
        return state
    }

    @Test(arguments: [WireHabit.unknownFields, .reversedFields, .unpackedArrays])
    func `a message written another way means the same`(habit: WireHabit) throws {
        let usual = Self.state.encoded()
        let odd = habit.rewrite(usual)
        #expect(odd != usual)
        let read = try WholeBodyState(decoding: odd)
        #expect(read.position == Self.state.position && read.velocity == Self.state.velocity)
        #expect(read.sequence == 7 && read.captureNs == 123_456_789 && read.safetyState == .operational)
        #expect(read.imu == Self.state.imu)
    }

    @Test func `bytes that are no fields stay as they are`() {
        #expect(WireHabit.reversedFields.rewrite([0xFF, 0xFF, 0x01]) == [0xFF, 0xFF, 0x01])
        #expect(WireHabit.reversedFields.rewrite([0x0A, 0x7F, 0x00]) == [0x0A, 0x7F, 0x00])
    }
}
