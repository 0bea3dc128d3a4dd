import ArgumentParser
import ConformDriver
import ConformJudge
import Dispatch
import Foundation
import PonsRobot
import PonsSimulator

struct Selftest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets the suite prove itself: every mutant killed by its test, the unbroken robot always passing.",
        discussion: "EXAMPLE\n  conform selftest --mutants wave1 --virtual-time --seeds 100")

    @Option(help: "wave1, or all.")
    var mutants = "wave1"

    @Flag(help: "On the discrete-event clock; the only one there is for now.")
    var virtualTime = false

    @Option(help: "How many seeds the unbroken robot must pass.")
    var seeds = 100

    @Flag(help: "Play every mutant against the other tests as well, and list those that notice; a quarter of an hour.")
    var offTarget = false

    @OptionGroup var suite: SuiteOptions

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            guard ["wave1", "all"].contains(mutants) else {
                throw Failure("no set of mutants '\(mutants)'", hint: "use wave1 or all", code: .usage)
            }
            let chosen = suite.mutants.filter { mutants == "all" || $0.wave == 1 }
            guard !chosen.isEmpty, seeds > 0 else { throw Failure("nothing to judge", code: .usage) }
            let started = Date()
            let survivors = try killMatrix(chosen, suite)
            let falseFailures = try unbroken(suite)
            print(
                "time \(Int(Date().timeIntervalSince(started).rounded())) s on \(ProcessInfo.processInfo.activeProcessorCount) cores"
            )
            if survivors > 0 || falseFailures > 0 {
                throw Failure(
                    "\(survivors) mutants survived, \(falseFailures) runs of the unbroken products did not pass",
                    code: .failed)
            }
        }
    }

    // MARK: The kill matrix

    private struct Kill: Sendable {
        var line: String
        var isKilled: Bool
    }

    private func killMatrix(_ chosen: [Suite.Mutant], _ suite: Suite) throws -> Int {
        let kills = parallel(chosen.count) { index in kill(chosen[index], suite) }
        for kill in kills { print(kill.line) }
        let killed = kills.count(where: \.isKilled)
        print("\(killed) of \(chosen.count) mutants killed by their intended check, each with its fault applied")
        return chosen.count - killed
    }

    private func kill(_ mutant: Suite.Mutant, _ suite: Suite) -> Kill {
        guard let target = Runner.Target.mutant(mutant.id) else {
            return Kill(line: "MISSING   \(mutant.id)  no reference product has such a fault", isKilled: false)
        }
        let tests = suite.tests(for: target.kind)
        let run = Self.run(suite, tests.filter { $0.id == mutant.test }, target, seed: 1)
        let result = run?.plays.first?.result
        let check = result?.checks.first { $0.id == mutant.check }
        let isApplied = (run?.appliedFaults ?? 0) > 0
        let isKilled = result?.verdict == .fail && check?.verdict == .fail && isApplied
        let others = offTarget ? Self.run(suite, tests.filter { $0.id != mutant.test }, target, seed: 1) : nil
        let noticed = (others?.plays ?? []).filter { $0.result.verdict > .pass }.map(\.result.test.id)
        var line =
            "\(isKilled ? "KILLED  " : "SURVIVED")  \(mutant.id)  \(mutant.test)#\(mutant.check)  applied \(run?.appliedFaults ?? 0)"
        if !isKilled {
            line += "  verdict \(result?.verdict.rawValue ?? "none"), check \(check?.verdict.rawValue ?? "none")"
        }
        if !noticed.isEmpty {
            line +=
                "  off target: \(noticed.prefix(3).joined(separator: ", "))\(noticed.count > 3 ? " and \(noticed.count - 3) more" : "")"
        }
        return Kill(line: line, isKilled: isKilled)
    }

    // MARK: The unbroken robot

    private func unbroken(_ suite: Suite) throws -> Int {
        let outcomes = parallel(seeds) { index -> String? in
            var bad: [Runner.Play] = []
            for kind in TestDefinition.Target.allCases {
                let run = Self.run(suite, suite.tests(for: kind), .reference(kind), seed: UInt64(index + 1))
                guard let run else { return "seed \(index + 1): the product could not be described" }
                bad += run.plays.filter { $0.result.verdict != .pass }
            }
            return bad.isEmpty
                ? nil
                : "seed \(String(index + 1, radix: 16)): \(bad.map { "\($0.result.verdict.rawValue) \($0.result.test.id)" }.joined(separator: ", "))"
        }
        let bad = outcomes.compactMap { $0 }
        for line in bad { print(line) }
        let bound = ClopperPearson.upper(misses: bad.count, of: seeds, confidence: 0.95)
        print(
            "unbroken robot, brain, codec and recording: \(seeds - bad.count) of \(seeds) seeds pass all \(suite.tests.count) tests (false-failure rate at most \(Quantity.rounded(bound * 100)) % at 95 % confidence)"
        )
        return bad.count
    }

    private static func run(_ suite: Suite, _ tests: [TestDefinition], _ target: Runner.Target, seed: UInt64) -> Runner
        .Run?
    {
        let runner = Runner(suite: suite, target: target, seed: seed, attempts: 1)
        guard let descriptor = try? runner.describe() else { return nil }
        return runner.run(tests, descriptor: descriptor) { _, _, _ in true }
    }

    private func parallel<T: Sendable>(_ count: Int, _ body: @Sendable (Int) -> T) -> [T] {
        let results = Results<T>(count: count)
        DispatchQueue.concurrentPerform(iterations: count) { results.set($0, body($0)) }
        return results.values
    }

    private final class Results<T: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var storage: [T?]

        init(count: Int) { storage = Array(repeating: nil, count: count) }

        func set(_ index: Int, _ value: T) { lock.withLock { storage[index] = value } }

        var values: [T] { lock.withLock { storage.map { $0! } } }
    }
}
