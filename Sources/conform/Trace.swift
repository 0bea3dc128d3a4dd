import ArgumentParser
import ConformDriver
import ConformJudge

struct Trace: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows for every requirement its test and mutant, or the reason why not yet.",
        discussion: "EXAMPLE\n  conform trace --strict    exits 1 on a MUST without test and without reason")

    @OptionGroup var suite: SuiteOptions

    @Flag(help: "Exit 1 when a MUST has neither test and mutant nor a stated reason.")
    var strict = false

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            var gaps = 0
            for requirement in suite.requirements {
                let tests = suite.tests.filter { $0.requirements.contains(requirement.id) }.map(\.id)
                let mutants = suite.mutants.filter { $0.requirement == requirement.id }.map(\.id)
                let pending = suite.pending[requirement.id]
                let isGap = requirement.level == "MUST" && pending == nil && (tests.isEmpty || mutants.isEmpty)
                if isGap { gaps += 1 }
                let state =
                    pending.map { "not yet: \($0)" }
                    ?? "test \(tests.isEmpty ? "MISSING" : tests.joined(separator: ", "))  mutant \(mutants.isEmpty ? "MISSING" : mutants.joined(separator: ", "))"
                print("\(requirement.id)  \(requirement.level)  \(state)\(isGap ? "  GAP" : "")")
            }
            let covered = suite.requirements.count - suite.pending.count
            print("\(covered) of \(suite.requirements.count) requirements have a test and a mutant; \(gaps) gaps")
            if strict && gaps > 0 {
                throw Failure("\(gaps) MUST requirements lack a test, a mutant or a reason", code: .failed)
            }
        }
    }
}
