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
    case clockUnsynced = "CLOCK_UNSYNCED"
    case insufficientSamples = "INSUFFICIENT_SAMPLES"
    case dependentSamples = "DEPENDENT_SAMPLES"
    case straddlesLimit = "STRADDLES_LIMIT"
    case baselineLoss = "BASELINE_LOSS"
    case stimulusNotDelivered = "STIMULUS_NOT_DELIVERED"
    case notExercised = "NOT_EXERCISED"
    case observableMissing = "OBSERVABLE_MISSING"
    case operatorAbort = "OPERATOR_ABORT"

    /// What it means and what to try.
    public var advice: String {
        switch self {
        case .testerLimited: "the tester itself is too slow for this limit; use a calibrated host or --virtual-time"
        case .testerStall:
            "this machine stalled the tester or its simulator while this was measured; close other programs or use --virtual-time"
        case .clockUnsynced: "the clocks could not be compared closely enough; check the link's round trip"
        case .insufficientSamples: "too few samples for the confidence asked for; use a longer tier"
        case .dependentSamples: "the samples come in bursts; measure longer"
        case .straddlesLimit: "the measured value and its uncertainty straddle the limit; measure more closely"
        case .baselineLoss: "the link loses more than the declared tolerance; repair the link first"
        case .stimulusNotDelivered: "the stimulus could not be played as planned; check the tester's load and the link"
        case .notExercised: "the robot never reached the situation this test needs; see which step did not succeed"
        case .observableMissing: "the robot does not send what this requirement is judged by"
        case .operatorAbort: "the operator stopped the run"
        }
    }
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
