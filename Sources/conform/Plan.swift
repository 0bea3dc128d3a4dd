import ArgumentParser
import ConformDriver
import ConformJudge
import Foundation
import PonsMessages

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what would run, what would not, and why.",
        discussion: """
            EXAMPLES
              conform plan                                     for the reference humanoid
              conform plan tls://192.168.1.20:7447 --keys keys --ics ics.yaml --ixit ixit.yaml
              conform plan --profile consumer/L1 --tier full
              conform plan --only 'safety/*'
            """)

    @Argument(help: "The product, as for conform check. It is read, not tested.")
    var target = "sim:humanoid"

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var options: PlanOptions

    @Option(help: ArgumentHelp("Folder with the certificates to show on tls://.", valueName: "dir"))
    var keys: String?

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            let target = try TargetArgument(target)
            let tests = try selection.select(from: suite, for: target.product)
            let descriptor = try target.describe(suite, keys: keys)
            let plan = try options.plan(suite, tests, descriptor)
            for entry in plan.entries {
                let requirements = entry.test.requirements.joined(separator: ",")
                switch entry.notRun {
                case nil:
                    print(
                        "run             \(entry.test.motion)  \(requirements)  \(entry.test.id)  when \(entry.applies)"
                    )
                case .notApplicable(let why): print("not applicable  \(requirements)  \(entry.test.id): \(why)")
                case let reason?: print("not run         \(requirements)  \(entry.test.id): \(reason.text)")
                }
            }
            for test in suite.tests(for: target.product) where !tests.contains(test) {
                print("filtered        \(test.id)")
            }
            for requirement in suite.requirements {
                guard let exclusion = suite.exclusions[requirement.id] else { continue }
                print("no test         \(requirement.id): \(exclusion.text())")
            }
            for line in summary(plan, suite, descriptor) { print(line) }
        }
    }

    private func summary(_ plan: RunPlan, _ suite: Suite, _ descriptor: Descriptor) -> [String] {
        let names = plan.parameters.names.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        let limits = suite.catalogue.limits.compactMap { limit in
            plan.binding.values[limit.id].map { "\(limit.id) = \($0)" }
        }
        let motion = plan.tests.map(\.motion).max() ?? "M0"
        let constants = ScenarioPlayer.constants(of: descriptor)
        let still = Int(plan.tests.reduce(0) { $0 + plan.binding.applied(to: $1).leastSeconds(for: constants) })
        return [
            "",
            "statement   \(plan.statement.isDiscovered ? "what the product shows of itself (conform init writes one to sign)" : options.ics ?? "")",
            "claims      \(plan.claims.isEmpty ? "everything that applies" : plan.claims.joined(separator: ", "))",
            "parameters  \(names.joined(separator: ", "))",
            "limits      \(limits.joined(separator: ", "))",
            "\(plan.tests.count) tests of \(plan.entries.count), motion up to \(motion), at least \(still / 60) min \(still % 60) s of robot time; \(suite.exclusions.count) of \(suite.requirements.count) requirements have no test",
        ]
    }
}
