public import PonsVocabulary

/// The causes that hold, without order and without allocation.
public struct CauseSet: Equatable, Hashable, Sendable {
    private var bits: UInt64 = 0

    public init() {}
    public init<let count: Int>(_ causes: [count of Cause]) {
        for index in causes.indices { insert(causes[index]) }
    }

    public var isEmpty: Bool { bits == 0 }

    public mutating func insert(_ cause: Cause) { bits |= Self.bit(cause) }
    public mutating func remove(_ cause: Cause) { bits &= ~Self.bit(cause) }
    public func contains(_ cause: Cause) -> Bool { bits & Self.bit(cause) != 0 }
    public func isSubset(of other: CauseSet) -> Bool { bits & ~other.bits == 0 }

    /// Calls `body` for each cause, most severe first. Stop causes are numbered by severity in the schema.
    public func forEachBySeverity(_ body: (Cause) -> Void) {
        var rest = bits
        while rest != 0 {
            body(Cause(rawValue: Int32(rest.trailingZeroBitCount)))
            rest &= rest - 1
        }
    }

    /// The most severe cause that holds.
    public var mostSevere: Cause? { bits == 0 ? nil : Cause(rawValue: Int32(bits.trailingZeroBitCount)) }

    private static func bit(_ cause: Cause) -> UInt64 {
        let number = cause.rawValue
        return number > 0 && number < 64 ? 1 &<< UInt64(number) : 0
    }
}
