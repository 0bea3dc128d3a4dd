import ArgumentParser
import ConformDriver
import ConformJudge
import PonsRobot

@main
struct Conform: ParsableCommand {
    @Option var seed: UInt64 = 1
    @Option var mutant: String?
    @Option var only: String?
    @Flag var verbose = false

    func run() throws {
        let suite = try Suite(root: Suite.locate(nil))
        let fault = mutant.flatMap(Fault.init(rawValue:))
        let runner = Runner(suite: suite, target: .virtual(fault), seed: seed, attempts: 1)
        let descriptor = try runner.describe()
        let tests = suite.tests.filter { only == nil || $0.id.contains(only!) || $0.requirements.contains(only!) }
        let run = runner.run(tests, descriptor: descriptor) { play, _, _ in
            let result = play.result
            print(result.verdict.rawValue, result.test.id, result.reason?.rawValue ?? "")
            for check in result.checks where check.verdict != .pass || verbose {
                print("   \(check.verdict.rawValue) \(check.id): expected \(check.expected)\n        seen \(check.seen)")
            }
            return true
        }
        print("applied", run.appliedFaults ?? -1, "pass", run.plays.count { $0.result.verdict == .pass }, "of", run.plays.count)
    }
}
