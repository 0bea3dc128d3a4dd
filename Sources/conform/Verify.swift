import ArgumentParser
import ConformDriver
import ConformReport
import Foundation

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Derives every verdict of a run again from its recording, without the robot.",
        discussion: """
            EXAMPLES
              conform verify out
              conform verify out --trust signer.pub.pem

            Compares every file with the manifest, checks the signature where there is one, decodes every message, judges every test again, and compares verdicts and
            checks. What it can't show is that the recording came from the robot it names.

            EXIT CODES
              0 everything came out the same    8 something did not    2 files that can't be read
            """)

    @Argument(help: "A folder that conform check has written.")
    var folder = "out"

    @OptionGroup var suite: SuiteOptions

    @Option(help: ArgumentHelp("Public key of somebody whose signature counts, PEM; repeatable.", valueName: "file"))
    var trust: [String] = []

    @Flag(help: "Print the findings as JSON and nothing else.")
    var json = false

    func run() throws {
        try Failure.guarded {
            let run = try RecordedRun(folder)
            let trusted = try trust.map(Sign.key)
            let problems = try run.problems(trusting: trusted)
            let verification = Verification(
                run.report, recording: try run.recording, suite: try suite.load(), problems: problems)
            if json { print(try Self.json(verification)) } else { show(verification) }
            if !verification.differences.isEmpty || !verification.problems.isEmpty {
                throw Failure(
                    "the run is not what its recording shows",
                    hint: "was a file changed? is the suite the one of the run? the lines above say which",
                    code: .mismatch)
            }
        }
    }

    private func show(_ verification: Verification) {
        for problem in verification.problems { print("problem    \(problem)") }
        for difference in verification.differences {
            print("differs    \(difference.test)")
            print("  published  \(difference.published)")
            print("  derived    \(difference.derived)")
        }
        print(
            "\(verification.compared) tests judged again, \(verification.differences.count) differ"
                + (verification.differences.isEmpty && verification.problems.isEmpty ? ": identical" : ""))
    }

    private static func json(_ verification: Verification) throws -> String {
        let findings: [String: Any] = [
            "schema": "pons.verification/1", "compared": verification.compared, "problems": verification.problems,
            "differences": verification.differences.map {
                ["test": $0.test, "published": $0.published, "derived": $0.derived]
            },
        ]
        let data = try JSONSerialization.data(
            withJSONObject: findings, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}
