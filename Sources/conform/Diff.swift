import ArgumentParser
import ConformReport
import Foundation

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares two runs: verdicts, reply times, and what else changed.",
        discussion: """
            EXAMPLE
              conform diff reports/3.2.0 reports/3.2.1

            EXIT CODES
              0 nothing became worse    1 a test that passed before does not pass now    2 files that can't be read
            """)

    @Argument(help: "Folder, or result.json, of the run before.")
    var before: String

    @Argument(help: "Folder, or result.json, of the run after.")
    var after: String

    @Flag(help: "As JSON.")
    var json = false

    func run() throws {
        try Failure.guarded {
            let difference = RunDifference(try RecordedRun(before).report, try RecordedRun(after).report)
            if json {
                print(String(decoding: try JSONReport.data(difference), as: UTF8.self))
            } else {
                for line in lines(difference) { print(line) }
            }
            if difference.isWorse { Foundation.exit(ExitStatus.failed.rawValue) }
        }
    }

    private func lines(_ difference: RunDifference) -> [String] {
        var lines = difference.circumstances.map { "changed   \($0.subject): \($0.before) → \($0.after)" }
        lines += difference.verdicts.map { "verdict   \($0.subject): \($0.before) → \($0.after)" }
        lines += difference.reasons.map { "check     \($0.subject): \($0.before) → \($0.after)" }
        lines += difference.onlyBefore.map { "gone      \($0)" } + difference.onlyAfter.map { "new       \($0)" }
        if let shift = difference.replyTimes {
            let interval = "\(number(shift.fromMs)) to \(number(shift.untilMs)) ms"
            lines.append(
                "replies   median \(number(shift.medianBeforeMs)) → \(number(shift.medianAfterMs)) ms; they come \(shift.isSure ? "\(interval) later (95 %)" : "no surely later or earlier (95 %: \(interval))")"
            )
        }
        lines.append(
            "\(difference.verdicts.count) verdicts changed\(difference.isWorse ? ", some for the worse" : ""), \(difference.circumstances.count) circumstances"
        )
        return lines
    }

    private func number(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
