import ArgumentParser
import ConformDriver
import ConformJudge
import ConformReport
import Foundation
import PonsMessages

struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Records what a robot publishes, as an observer: MCAP with the schema inside.",
        discussion: """
            EXAMPLES
              conform record tls://192.168.1.20:7447 --keys keys --for "30 s" --out walk.mcap
              conform record sim:humanoid --for "10 s"

            Nothing is commanded and nothing judged. State, safety, sensors and diagnostics are subscribed to; a viewer
            for MCAP shows them.
            """)

    @Argument(help: "The robot, as for conform check.")
    var target: String

    @Option(name: .customLong("for"), help: "How long, with a unit: \"30 s\", \"5 min\".")
    var duration = "10 s"

    @Option(help: ArgumentHelp("File to write.", valueName: "file"))
    var out = "recording.mcap"

    @Option(help: ArgumentHelp("Folder with the certificates to show on tls://.", valueName: "dir"))
    var keys: String?

    @OptionGroup var suite: SuiteOptions

    func run() throws {
        try Failure.guarded {
            let target = try TargetArgument(target)
            guard target.product == .robot else {
                throw Failure("only robots are recorded", hint: "name tls://HOST:PORT or sim:humanoid", code: .usage)
            }
            let length = try? Formula.value(of: duration, lookup: { _ in nil })
            guard let length, length.dimension == .time, length.value > 0
            else {
                throw Failure(
                    "--for '\(duration)' is no time", hint: "write a number and a unit: --for \"30 s\"", code: .usage)
            }
            let suite = try suite.load()
            let runner = Runner(suite: suite, target: try target.runnerTarget(keys: keys), seed: 1, attempts: 1)
            let recorder: EvidenceRecorder
            do { recorder = try EvidenceRecorder(url: URL(fileURLWithPath: out), schemaSet: suite.schemaSet()) } catch {
                throw Failure(
                    "can't write \(out): \(error.localizedDescription)", hint: "name another file with --out",
                    code: .usage)
            }
            do throws(StageError) {
                let descriptor = try runner.describe()
                let plan = RunPlan(suite, [try watching()], descriptor: descriptor)
                let run = runner.run(plan, descriptor: descriptor) { _, _, _ in true }
                guard let play = run.plays.first, run.robotLost == nil else {
                    throw StageError(
                        run.robotLost ?? "nothing was recorded", hint: "conform doctor looks at the set-up")
                }
                do {
                    try recorder.record(plan.binding)
                    try recorder.record(play)
                    try recorder.finish()
                } catch {
                    throw StageError("can't write \(out): \(error.localizedDescription)", hint: "is there room?")
                }
                let count = play.evidence.records.count { $0.kind == .received }
                print("\(out): \(count) messages of \(descriptor.vendor) \(descriptor.model)")
            } catch { throw Failure(error.message, hint: error.hint, code: .robotLost) }
        }
    }

    /// An observer that listens to every stream there is.
    private func watching() throws(StageError) -> TestDefinition {
        let streams = MessageType.allCases.filter { type in
            switch type.streamClass {
            case .state, .bulk, .event: true
            default: false
            }
        }
        let source = """
            schema: pons.test/1
            id: record/everything
            requirements: [REC-01]
            stimulus:
              - open: {peer: O, role: observer}
              - send: {peer: O, message: Subscribe, fields: {message_types: [\(streams.map { "\($0.rawValue)" }.joined(separator: ", "))]}}
              - wait: \(duration)
            checks:
              - id: came
                count: {message: SafetyStatus, peer: O, at_least: 1}
            explain:
              en: {why: a recording is no test}
            """
        do throws(DefinitionError) { return try DefinitionLoader.test(file: "record", source: source) } catch {
            throw StageError("\(error)", hint: "--for needs a time with a unit, such as \"30 s\"")
        }
    }
}
