public import PonsVocabulary

/// One step of the safety state machine, as reported (SAF-02).
public struct SafetyTransition: Equatable, Sendable {
    /// Numbered without gap since boot.
    public var sequence: UInt64
    public var from: SafetyState
    public var to: SafetyState
    public var hold: StopHold
    public var cause: Cause
    public var causes: CauseSet
    public var category: StopCategory
    /// Row of the transition table, 1 to 24.
    public var edge: UInt8
    public var timeNs: Int64
    public var session: UInt64
    public var device: UInt32
}

/// Up to four transitions: what one event can cause at most.
public struct SafetyTransitions: Equatable, Sendable {
    private var storage: [4 of SafetyTransition?] = .init(repeating: nil)
    public private(set) var count = 0

    init() {}

    mutating func append(_ transition: SafetyTransition) {
        precondition(count < 4, "one event causes at most four transitions")
        storage[count] = transition
        count += 1
    }

    public subscript(index: Int) -> SafetyTransition { storage[index]! }

    public static func == (left: SafetyTransitions, right: SafetyTransitions) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }
}
