public import PonsVocabulary
public import PonsWire

/// A well-formed message that breaks a rule of the schema: which rule, where, and the limit that was exceeded.
public struct Violation: Error, Equatable, Sendable {
    public var reason: RejectReason
    public var path: FieldPath
    /// The limit, in the field's unit.
    public var limit: Double?

    public init(_ reason: RejectReason, _ path: FieldPath, limit: Double? = nil) {
        self.reason = reason
        self.path = path
        self.limit = limit
    }

    /// The violation as seen from the message that holds the failing one in field `number`.
    public func inside(_ number: UInt32) -> Violation { Violation(reason, path.inside(number), limit: limit) }
}

extension WireError {
    /// The reason a peer is told.
    public var rejectReason: RejectReason {
        switch kind {
        case .limitExceeded, .tooDeep: .limitExceeded
        case .wrongCount: .wrongCount
        case .unknownEnum: .unknownEnum
        case .unknownCritical: .unsupportedCritical
        case .invalidUTF8: .badString
        default: .malformed
        }
    }
}
