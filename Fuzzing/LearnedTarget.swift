import PonsViews

/// What was learned of one message must not be believed of another that has a byte changed.
enum LearnedTarget {
    /// Which message it is, the changed byte's place in two bytes, what is changed in it; then the message.
    static func run(_ input: [UInt8]) {
        guard input.count >= 4 else { return }
        let place = Int(input[1]) | Int(input[2]) << 8
        let message = Array(input.dropFirst(4))
        switch input[0] % 3 {
        case 0: check(LearnedJointSetpoint(), message, place, input[3])
        case 1: check(LearnedWholeBodyState(), message, place, input[3])
        default: check(LearnedJointHealth(), message, place, input[3])
        }
    }

    private static func check<Memory: MatchableMemory & ~Copyable>(
        _ memory: consuming Memory, _ message: [UInt8], _ place: Int, _ change: UInt8
    ) {
        var other = message
        if place < other.count { other[place] ^= change }
        for bytes in [message, other, message] {
            if case .different(let what) = memory.matching(bytes) { require(false, "learned view: \(what)", bytes) }
        }
    }
}
