import ConformDriver
import ConformJudge
import Foundation
import PonsRobot
import PonsSimulator
import Testing

@Suite struct SuiteTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let suite = Result { try Suite(root: root) }

    private func run(_ target: Runner.Target, _ seed: UInt64, only id: String? = nil) throws -> Runner.Run {
        let suite = try Self.suite.get()
        let runner = Runner(suite: suite, target: target, seed: seed, attempts: 1)
        let tests = suite.tests(for: target.kind).filter { id == nil || $0.id == id }
        return runner.run(tests, descriptor: try runner.describe()) { _, _, _ in true }
    }

    @Test(arguments: [1, 2, 3] as [UInt64], TestDefinition.Target.allCases)
    func `the unbroken product passes every test`(seed: UInt64, kind: TestDefinition.Target) throws {
        for play in try run(.reference(kind), seed).plays {
            #expect(play.result.verdict == .pass, "\(play.result.test.id): \(play.result.decisive?.seen ?? "")")
        }
    }

    @Test(arguments: [RobotVariant.bare, .otherNames, .lateCycles, .reversedFields, .slowStart, .clampingLimits])
    func `a robot that is odd but legal passes every test that applies`(variant: RobotVariant) throws {
        var configuration = HumanoidConfiguration(plant: .exact)
        configuration.variant = variant
        for play in try run(.virtual(configuration), 1).plays {
            if case .notApplicable? = play.result.notRun { continue }
            #expect(play.result.verdict == .pass, "\(play.result.test.id): \(play.result.decisive?.seen ?? "")")
        }
    }

    @Test func `every mutant is killed by its intended check with its fault applied`() throws {
        let suite = try Self.suite.get()
        #expect(suite.mutants.count >= suite.tests.count)
        #expect(Set(suite.liars.map(\.id)).count == 4)
        for mutant in suite.mutants + suite.liars {
            let target = try #require(Runner.Target.mutant(mutant.id), "no fault port for \(mutant.id)")
            let run = try run(target, 1, only: mutant.test)
            let result = try #require(run.plays.first?.result)
            #expect(result.verdict == .fail, "\(mutant.id) survived \(mutant.test)")
            #expect(
                result.checks.first { $0.id == mutant.check }?.verdict == .fail, "\(mutant.id) not by \(mutant.check)")
            #expect((run.appliedFaults ?? 0) > 0, "\(mutant.id) was not applied")
        }
    }

    @Test func `every requirement has a test and a mutant, or a reason and what it would take, and few have that`()
        throws
    {
        let suite = try Self.suite.get()
        #expect(suite.requirements.count == 223)
        for requirement in suite.requirements {
            #expect(requirement.text["zh"]?.isEmpty == false, "\(requirement.id) speaks no Chinese")
            for language in ["en", "zh"] {
                #expect(!suite.rationale(of: requirement, language).isEmpty, "\(requirement.id): why? \(language)")
            }
            let hasTest = suite.tests.contains { $0.requirements.contains(requirement.id) }
            let hasMutant = suite.mutants.contains { $0.requirement == requirement.id }
            #expect(hasTest == hasMutant, "\(requirement.id): a test without a mutant, or the reverse")
            let isExcluded = suite.exclusions[requirement.id]?.isReasoned == true
            #expect(hasTest != isExcluded, "\(requirement.id) has neither test nor reason, or both")
        }
        #expect(suite.exclusions.count <= Suite.Exclusion.limit)
    }

    @Test func `every constant that a requirement names is in the one table, which names requirements that there are`()
        throws
    {
        let suite = try Self.suite.get()
        let table = try String(contentsOf: suite.root.appending(path: "Spec/v1/constants.md"), encoding: .utf8)
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        let names = Set(rows.compactMap { $0.split(separator: "|").first?.trimmingCharacters(in: .whitespaces) })
        #expect(names.contains("D_T1") && names.count == rows.count)
        for requirement in suite.requirements {
            for match in (requirement.text["en"] ?? "").matches(of: /\b[A-Z]_[A-Z0-9_]+\b/) {
                #expect(names.contains(String(match.output)), "\(requirement.id) names \(match.output)")
            }
        }
        let known = Set(suite.requirements.map(\.id))
        for match in table.matches(of: /\[([A-Z]{3}-\d\d)\]\(parts\/([A-Z]{3})\.md#([A-Z]{3}-\d\d)\)/) {
            #expect(known.contains(String(match.output.1)) && match.output.1 == match.output.3, "\(match.output.0)")
            #expect(match.output.1.hasPrefix(match.output.2), "\(match.output.0)")
        }
    }

    struct BadDefinition: CustomTestStringConvertible {
        let testDescription: String
        let change: (String, String)
        let message: String
        let line: Int
    }

    static let good = """
        schema: pons.test/1
        id: a/b
        requirements: [MOT-03]
        stimulus:
          - open: {peer: A, role: controller}
          - wait: 10 ms
        checks:
          - id: one
            never: {message: SafetyEvent}
        explain:
          en: {why: because}
        """

    static let bad = [
        BadDefinition(
            testDescription: "unknown step", change: ("- wait:", "- wiat:"), message: "unknown step 'wiat'", line: 6),
        BadDefinition(
            testDescription: "unknown argument", change: ("peer: A,", "pear: A,"), message: "unknown key 'pear'",
            line: 5),
        BadDefinition(
            testDescription: "missing argument", change: (", role: controller", ""),
            message: "step 'open' needs 'role'",
            line: 5),
        BadDefinition(
            testDescription: "unknown oracle", change: ("never:", "nevr:"), message: "unknown oracle 'nevr'", line: 8),
        BadDefinition(
            testDescription: "not YAML", change: ("{peer: A,", "{peer: A: ,"), message: "not valid YAML", line: 5),
        BadDefinition(
            testDescription: "no why", change: ("why: because", "causes: []"), message: "explain.en.why is missing",
            line: 11),
        BadDefinition(
            testDescription: "refusal without a twin",
            change: ("never: {message: SafetyEvent}", "reply: {to: x, outcome: rejected}"),
            message: "needs a control twin", line: 8),
        BadDefinition(
            testDescription: "a value that needs itself", change: ("stimulus:", "let: {a: 1 ms + a}\nstimulus:"),
            message: "'a' needs 'a', which does not stand above it", line: 4),
        BadDefinition(
            testDescription: "a value that needs a later one, in one of the tiers",
            change: ("stimulus:", "let:\n  a: {standard: 1 s, full: 2 * b}\n  b: 1 s\nstimulus:"),
            message: "'a' needs 'b', which does not stand above it", line: 5),
    ]

    @Test func `a good definition loads`() throws {
        _ = try DefinitionLoader.test(file: "good.yaml", source: Self.good)
    }

    @Test(arguments: bad) func `a bad definition is refused with line and caret`(_ entry: BadDefinition) {
        let source = Self.good.replacingOccurrences(of: entry.change.0, with: entry.change.1)
        let error = #expect(throws: DefinitionError.self) {
            try DefinitionLoader.test(file: "bad.yaml", source: source)
        }
        #expect(error?.message.contains(entry.message) == true, "\(error?.description ?? "")")
        #expect(error?.line == entry.line, "\(error?.description ?? "")")
        #expect(error?.description.contains("^") == true)
    }

    @Test func `nearest names are suggested`() {
        #expect(Suggestion.nearest(to: "MOT-3", in: ["MOT-03", "SAF-01", "MOT-08", "LNK-01"]).first == "MOT-03")
    }
}
