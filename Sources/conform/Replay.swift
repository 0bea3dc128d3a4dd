import ArgumentParser
import ConformDriver
import ConformJudge
import ConformReport
import Foundation

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Steps through one recorded test, or plays it again with the same seed.",
        discussion: """
            EXAMPLES
              conform replay out motion/silence-stops            the whole exchange, and how it is judged
              conform replay out MOT-03 --on tls://192.168.1.20:7447 --keys keys    the same stimulus, now
            """)

    @Argument(help: "A folder that conform check has written.")
    var folder: String

    @Argument(help: "A test id, or a requirement that one test is about.")
    var name: String

    @Option(help: ArgumentHelp("Play it against this target instead of reading the recording.", valueName: "url"))
    var on: String?

    @Option(help: ArgumentHelp("Folder with the certificates to show on tls://.", valueName: "dir"))
    var keys: String?

    @OptionGroup var suite: SuiteOptions

    func run() throws {
        try Failure.guarded {
            let run = try RecordedRun(folder)
            let suite = try suite.load()
            let published = try test(in: run.report)
            guard let definition = suite.tests.first(where: { $0.id == published.id }) else {
                throw Failure("this checkout has no test \(published.id)", code: .usage)
            }
            let evidence = EvidenceReader(try run.recording)
            let play =
                try on.map { try again(definition, run.report, evidence, suite, target: $0) }
                ?? recorded(definition, evidence)
            show(play, suite)
            let now = play.result.verdict.rawValue
            print("\nthen \(published.verdict), \(on == nil ? "derived again" : "now") \(now)")
            if play.result.verdict == .fail { Foundation.exit(ExitStatus.failed.rawValue) }
            if play.result.verdict != .pass { Foundation.exit(ExitStatus.inconclusive.rawValue) }
        }
    }

    private func test(in report: RunReport) throws -> RunReport.Test {
        if let test = report.tests.first(where: { $0.id == name || $0.requirements.contains(name) }) { return test }
        throw Failure(
            "the run has no test '\(name)'", hint: Suggestion.sentence(for: name, in: report.tests.map(\.id)),
            code: .usage)
    }

    private func recorded(_ definition: TestDefinition, _ evidence: EvidenceReader) throws -> Runner.Play {
        guard let play = evidence.plays.first(where: { $0.test == definition.id }) else {
            throw Failure(
                "the recording holds no evidence of \(definition.id)",
                hint: evidence.problems.first ?? "it was not played in that run", code: .usage)
        }
        return Verification.judge(definition, play, evidence)
    }

    /// The same stimulus from the same seed, with the same names.
    private func again(
        _ definition: TestDefinition, _ report: RunReport, _ evidence: EvidenceReader, _ suite: Suite, target: String
    ) throws -> Runner.Play {
        let target = try TargetArgument(target)
        guard let seed = UInt64(report.seed, radix: 16) else {
            throw Failure("the run names no seed", code: .usage)
        }
        let runner = Runner(suite: suite, target: try target.runnerTarget(keys: keys), seed: seed, attempts: 1)
        do throws(StageError) {
            let descriptor = try runner.describe()
            var wish = RunPlan.Wish()
            wish.tier = evidence.binding.tier
            wish.profiles = report.basis.claims
            let parameters = ParameterSet(
                suite.catalogue.parameters, chosen: report.basis.parameters, descriptor: descriptor)
            let plan = RunPlan(
                suite, [definition], wish, statement: suite.catalogue.discovered(from: descriptor),
                parameters: parameters, descriptor: descriptor)
            guard let play = runner.run(plan, descriptor: descriptor, progress: { _, _, _ in true }).plays.first,
                play.result.notRun == nil
            else {
                throw StageError(
                    "\(definition.id) does not apply to this target", hint: "conform plan says why")
            }
            return play
        } catch { throw Failure(error.message, hint: error.hint, code: .robotLost) }
    }

    private func show(_ play: Runner.Play, _ suite: Suite) {
        for entry in TimelineBuilder.whole(play.evidence) {
            let time = String(format: "%10.3f", entry.timeMs)
            print("\(time) ms  \(entry.peer) \(entry.direction) \(entry.what)  \(entry.detail)")
        }
        print("")
        for check in play.result.checks {
            print("\(check.verdict.rawValue)  \(check.id)\(check.isControl ? " (control)" : "")")
            print("  expected  \(check.expected)")
            print("  seen      \(check.seen)")
        }
    }
}
