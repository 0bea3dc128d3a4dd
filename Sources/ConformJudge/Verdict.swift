/// What a test came to. A verdict only worsens; nothing turns FAIL into PASS (TTCN-3's lattice).
public enum Verdict: String, Comparable, CaseIterable, Sendable {
    case none = "NONE"
    case pass = "PASS"
    case inconclusive = "INCONCLUSIVE"
    case fail = "FAIL"
    case error = "ERROR"

    private var rank: Int { Self.allCases.firstIndex(of: self)! }

    public static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }

    /// The worse of two.
    public func worsened(by other: Verdict) -> Verdict { max(self, other) }
}

/// Why a test is inconclusive. Never a parking place: certification needs each one resolved.
public enum ReasonCode: String, CaseIterable, Sendable {
    case testerLimited = "TESTER_LIMITED"
    case testerStall = "TESTER_STALL"
    case linkLoss = "LINK_LOSS"
    case insufficientSamples = "INSUFFICIENT_SAMPLES"
    case dependentSamples = "DEPENDENT_SAMPLES"
    case straddlesLimit = "STRADDLES_LIMIT"
    case notExercised = "NOT_EXERCISED"
    case observableMissing = "OBSERVABLE_MISSING"
}

/// Why a test was not run.
public enum NotRunReason: Equatable, Sendable {
    case filtered
    /// The product hasn't got what the test is about; with the expression and its values.
    case notApplicable(String)
    /// Longer than the tier, or more motion than was allowed.
    case beyond(String)
    case blocked(by: String)
    case aborted
    case robotLost

    public var text: String {
        switch self {
        case .filtered: "filtered"
        case .notApplicable(let why): why
        case .beyond(let why): why
        case .blocked(let test): "blocked by \(test)"
        case .aborted: "aborted"
        case .robotLost: "robot lost"
        }
    }
}
