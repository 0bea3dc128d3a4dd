public import ConformDriver
public import ConformJudge

/// Derives every verdict of a run again from its recording, and compares (CNF-07).
public struct Verification {
    /// A test whose verdict came out otherwise, or could not be derived.
    public struct Difference: Equatable, Sendable {
        public var test: String
        public var published: String
        public var derived: String
    }

    public private(set) var compared = 0
    public private(set) var differences: [Difference] = []
    public private(set) var problems: [String] = []

    /// Cost: what judging costs; nothing is played.
    ///
    /// - Parameter problems: what is known already to be wrong with the files.
    public init(_ report: RunReport, recording: [UInt8], suite: Suite, problems: [String] = []) {
        let evidence = EvidenceReader(recording)
        self.problems = problems + evidence.problems
        if report.tool.suiteDigest != suite.digest {
            self.problems.append(
                "the run used suite \(report.tool.suiteDigest.prefix(8))…, this checkout is \(suite.digest.prefix(8))…: tests that changed can't be derived again"
            )
        }
        let plays = Dictionary(evidence.plays.map { ($0.test, $0) }, uniquingKeysWith: { $1 })
        for test in report.tests where test.notRun == nil {
            guard let play = plays[test.id] else {
                note(test.id, test.verdict, "no evidence in the recording")
                continue
            }
            guard let definition = suite.tests.first(where: { $0.id == test.id }), definition.digest == play.digest,
                definition.digest == test.digest
            else {
                note(test.id, test.verdict, "this checkout has another version of the test")
                continue
            }
            compare(test, Self.judge(definition, play, evidence), suite)
        }
    }

    /// Judges one recorded play again.
    public static func judge(
        _ definition: TestDefinition, _ play: EvidenceReader.Play, _ evidence: EvidenceReader
    ) -> Runner.Play {
        let test = evidence.binding.applied(to: definition)
        return Runner.Play(result: Judge.judge(test, play.evidence), evidence: play.evidence)
    }

    private mutating func compare(_ published: RunReport.Test, _ play: Runner.Play, _ suite: Suite) {
        compared += 1
        let derived = RunReport.Test(play, suite: suite, jointNames: [])
        if published.verdict != derived.verdict {
            return note(published.id, published.verdict, derived.verdict)
        }
        for (one, other) in zip(published.checks, derived.checks) where one != other {
            return note(
                published.id, "\(one.id) \(one.verdict): \(one.seen)", "\(other.id) \(other.verdict): \(other.seen)")
        }
        if published.checks.count != derived.checks.count {
            note(published.id, "\(published.checks.count) checks", "\(derived.checks.count) checks")
        }
    }

    private mutating func note(_ test: String, _ published: String, _ derived: String) {
        differences.append(Difference(test: test, published: published, derived: derived))
    }
}
