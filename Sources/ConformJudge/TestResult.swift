/// What a check came to, in words.
public struct CheckResult: Equatable, Sendable {
    public var id: String
    public var verdict: Verdict
    public var reason: ReasonCode?
    public var expected: String
    public var seen: String
    /// Where in the evidence to look: tester's clock, ns from the start of the test.
    public var fromNs: Int64?
    public var untilNs: Int64?
    public var isControl: Bool

    public init(id: String, isControl: Bool, expected: String) {
        self.id = id
        self.isControl = isControl
        self.expected = expected
        verdict = .none
        seen = ""
    }
}

/// What a test came to.
public struct TestResult: Sendable {
    public var test: TestDefinition
    public var verdict: Verdict
    public var reason: ReasonCode?
    public var notRun: NotRunReason?
    public var checks: [CheckResult]
    public var attempts: [Verdict]
    public var durationNs: Int64
    public var startedNs: Int64

    public init(test: TestDefinition) {
        self.test = test
        verdict = .none
        checks = []
        attempts = []
        durationNs = 0
        startedNs = 0
    }

    /// The check that decided the verdict.
    public var decisive: CheckResult? {
        checks.first { $0.verdict == verdict } ?? checks.first { $0.verdict > .pass }
    }
}
