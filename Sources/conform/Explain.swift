import ArgumentParser
import ConformDriver
import ConformJudge
import ConformReport

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explains a requirement, a test, a monitor or a reason code.",
        discussion: """
            EXAMPLES
              conform explain MOT-03
              conform explain motion/silence-stops --lang zh
              conform explain monitor/clock
              conform explain TESTER_STALL
            """)

    @Argument(help: "A requirement id, a test id, a monitor or a reason code.")
    var name: String

    @OptionGroup var speech: LanguageOptions

    @OptionGroup var suite: SuiteOptions

    private var lang: String { speech.language.rawValue }

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            if let code = suite.codes.first(where: { $0.id == name }) {
                print("\(code.id) (a verdict that is INCONCLUSIVE)")
                explain(code.title, code.explanation)
            } else if let test = suite.tests.first(where: { $0.id == name }) {
                explain(test, suite)
            } else if let monitor = suite.monitors.first(where: { $0.id == name }) {
                print("\(monitor.id) (watched in every test)")
                explain(monitor.title, monitor.explanation)
            } else if let requirement = suite.requirements.first(where: { $0.id == name }) {
                explain(requirement, suite)
            } else {
                let names =
                    suite.tests.map(\.id) + suite.requirements.map(\.id) + suite.monitors.map(\.id)
                    + suite.codes.map(\.id)
                throw Failure(
                    "nothing is called '\(name)'", hint: Suggestion.sentence(for: name, in: names), code: .usage)
            }
        }
    }

    private func explain(_ requirement: Suite.Requirement, _ suite: Suite) {
        print("\(requirement.id) (\(requirement.level), \(requirement.tier), evidence: \(requirement.evidence))")
        print("  required    \(requirement.text[lang] ?? requirement.text["en"] ?? "")")
        print("  judged by   \(requirement.observable)")
        print("  broken by   \(requirement.mutant)")
        if let exclusion = suite.exclusions[requirement.id] { print("  no test     \(exclusion.text)") }
        for test in suite.tests where test.requirements.contains(requirement.id) { explain(test, suite) }
    }

    private func explain(_ title: [String: String], _ explanation: [String: TestDefinition.Explanation]) {
        print("  \(title[lang] ?? title["en"] ?? "")")
        let explanation = explanation[lang] ?? explanation["en"]
        print("  why         \(explanation?.why ?? "")")
        for cause in explanation?.causes ?? [] { print("  cause       \(cause)") }
        for fix in explanation?.fixes ?? [] { print("  fix         \(fix)") }
    }

    private func explain(_ test: TestDefinition, _ suite: Suite) {
        print("\(test.id) (version \(test.version), motion \(test.motion), \(test.file))")
        explain(test.title, test.explanation)
        for check in test.checks { print("  check       \(check.id)\(check.isControl ? " (control)" : "")") }
        for mutant in suite.mutants where mutant.test == test.id {
            print("  see it fail conform check \"sim:humanoid?mutant=\(mutant.id)\" --virtual-time --only \(test.id)")
        }
    }
}
