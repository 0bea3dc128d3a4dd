import ArgumentParser
import ConformDriver
import ConformJudge
import ConformReport

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explains a requirement, a test, a monitor, a reason code or a quiet liar.",
        discussion: """
            EXAMPLES
              conform explain MOT-03
              conform explain motion/silence-stops --lang zh
              conform explain monitor/clock
              conform explain TESTER_STALL
              conform explain MOVES-ON
            """)

    @Argument(help: "A requirement id, a test id, a monitor, a reason code or a quiet liar.")
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
            } else if let liar = suite.quietLiars.first(where: { $0[0].id == name }) {
                explain(liar)
            } else {
                let names =
                    suite.tests.map(\.id) + suite.requirements.map(\.id) + suite.monitors.map(\.id)
                    + suite.codes.map(\.id) + suite.quietLiars.map { $0[0].id }
                throw Failure(
                    "nothing is called '\(name)'", hint: Suggestion.sentence(for: name, in: names), code: .usage)
            }
        }
    }

    private func explain(_ requirement: Suite.Requirement, _ suite: Suite) {
        print("\(requirement.id) (\(requirement.level), \(requirement.tier), evidence: \(requirement.evidence))")
        print("  required    \(requirement.text[lang] ?? requirement.text["en"] ?? "")")
        if let why = requirement.rationale[lang] { print("  why         \(why)") }
        print("  judged by   \(requirement.observable)")
        print("  broken by   \(requirement.mutant)")
        if let exclusion = suite.exclusions[requirement.id] { print("  no test     \(exclusion.text(lang))") }
        for test in suite.tests where test.requirements.contains(requirement.id) { explain(test, suite) }
    }

    private func explain(_ title: [String: String], _ explanation: [String: TestDefinition.Explanation]) {
        print("  \(title[lang] ?? title["en"] ?? "")")
        let explanation = explanation[lang] ?? explanation["en"]
        print("  why         \(explanation?.why ?? "")")
        for cause in explanation?.causes ?? [] { print("  cause       \(cause)") }
        for fix in explanation?.fixes ?? [] { print("  fix         \(fix)") }
    }

    private func explain(_ liar: [Suite.Mutant]) {
        print("\(liar[0].id) (a quiet liar: a robot that \(liar[0].fault))")
        for kill in liar { print("  noticed by  \(kill.test) (\(kill.check))") }
        print("  see it fail conform check \(Self.simulated(.robot, liar[0].id))")
    }

    /// A simulated product with a fault, as a target. Only a robot lives in real time as well.
    private static func simulated(_ kind: TestDefinition.Target, _ mutant: String) -> String {
        if kind == .robot { return "\"sim:humanoid?mutant=\(mutant)\" --virtual-time" }
        return "\"sim:\(kind.rawValue)?mutant=\(mutant)\""
    }

    private func explain(_ test: TestDefinition, _ suite: Suite) {
        print("\(test.id) (version \(test.version), motion \(test.motion), \(test.file))")
        explain(test.title, test.explanation)
        for check in test.checks { print("  check       \(check.id)\(check.isControl ? " (control)" : "")") }
        for mutant in suite.mutants + suite.liars where mutant.test == test.id {
            print("  see it fail conform check \(Self.simulated(test.target, mutant.id)) --only \(test.id)")
        }
    }
}
