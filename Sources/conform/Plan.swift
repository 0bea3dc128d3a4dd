import ArgumentParser
import ConformDriver
import ConformJudge

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what would run, what would not, and why.",
        discussion: "EXAMPLE\n  conform plan --only 'safety/*'")

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var selection: SelectionOptions

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            let tests = try selection.select(from: suite)
            for test in tests {
                print("run      \(test.motion)  \(test.requirements.joined(separator: ","))  \(test.id)")
            }
            for test in suite.tests where !tests.contains(test) { print("filtered     \(test.id)") }
            for requirement in suite.requirements {
                guard let pending = suite.pending[requirement.id] else { continue }
                print("no test  \(requirement.id)  \(pending)")
            }
            let motion = tests.map(\.motion).max() ?? "M0"
            print(
                "\(tests.count) tests, motion up to \(motion); \(suite.pending.count) of \(suite.requirements.count) requirements have no test yet"
            )
        }
    }
}
