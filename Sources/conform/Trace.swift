import ArgumentParser
import ConformDriver
import ConformJudge

struct Trace: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows for every requirement its test and mutant, or why it has none.",
        discussion: "EXAMPLE\n  conform trace --strict    exits 1 on a requirement without test and without reason")

    @OptionGroup var suite: SuiteOptions

    @Flag(
        help:
            "Exit 1 when a requirement has neither test and mutant nor a reasoned exclusion, too many are excluded, or an explanation lacks a language."
    )
    var strict = false

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            let gaps = suite.requirements.count { show($0, of: suite) }
            let excluded = suite.exclusions.count
            print(
                "\(suite.requirements.count - excluded) of \(suite.requirements.count) requirements have a test and a mutant; \(excluded) excluded with a reason, at most \(Suite.Exclusion.limit); \(gaps) gaps"
            )
            if strict && gaps > 0 {
                throw Failure("\(gaps) requirements lack a test, a mutant or a reason", code: .failed)
            }
            let untranslated = suite.untranslated
            for line in untranslated { print("in one language only  \(line)") }
            if strict && !untranslated.isEmpty {
                throw Failure("\(untranslated.count) explanations lack a language", code: .failed)
            }
            if strict && excluded > Suite.Exclusion.limit {
                throw Failure(
                    "\(excluded) requirements are excluded, \(Suite.Exclusion.limit) are borne", code: .failed)
            }
        }
    }

    /// Prints one requirement; returns whether it is a gap.
    private func show(_ requirement: Suite.Requirement, of suite: Suite) -> Bool {
        let tests = suite.tests.filter { $0.requirements.contains(requirement.id) }.map(\.id)
        let mutants = suite.mutants.filter { $0.requirement == requirement.id }.map(\.id)
        let exclusion = suite.exclusions[requirement.id]
        let isGap = exclusion.map { !$0.isReasoned } ?? (tests.isEmpty || mutants.isEmpty)
        let names = { (ids: [String]) in ids.isEmpty ? "MISSING" : ids.joined(separator: ", ") }
        let state = exclusion.map { "excluded: \($0.text())" } ?? "test \(names(tests))  mutant \(names(mutants))"
        print("\(requirement.id)  \(requirement.level)  \(state)\(isGap ? "  GAP" : "")")
        return isGap
    }
}
