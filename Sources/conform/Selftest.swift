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
        discussion: """
            EXAMPLES
              conform selftest --mutants all --virtual-time --seeds 100
              conform selftest --mutants none --variants              every legal variant of the robot once

              conform selftest --mutants none --seeds 600 --journal runs.jsonl      stop it and start it again at will

            Of the unbroken robot's runs every second one is a legal variant: odd, but keeping every requirement.
            """)

    @Option(help: "wave1, all, or none.")
    var mutants = "wave1"

    @Flag(help: "On the discrete-event clock; the only one there is for now.")
    var virtualTime = false

    @Option(
        help:
            "How many runs of the unbroken products must pass, each with its own seed (100; with --variants, one each)."
    )
    var seeds: Int?

    @Option(help: "The first of these seeds: a run of many can be cut into several.")
    var firstSeed = 1

    @Flag(help: "Nothing but legal variants of the robot.")
    var variants = false

    @Option(help: "Note each run of the unbroken products in this file, and take from it those that were played.")
    var journal: String?

    @Flag(help: "Play every mutant against the other tests as well, and list those that notice; a quarter of an hour.")
    var offTarget = false

    @Option(help: "Test so many robots that say nonsense: each must end with verdicts.")
    var nonsense = 0

    @OptionGroup var suite: SuiteOptions

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            guard ["wave1", "all", "none"].contains(mutants) else {
                throw Failure("no set of mutants '\(mutants)'", hint: "use wave1, all or none", code: .usage)
            }
            let chosen =
                suite.mutants.filter { mutants == "all" || (mutants == "wave1" && $0.wave == 1) }
                + (mutants == "all" ? suite.liars : [])
            let seeds = self.seeds ?? (variants ? RobotVariant.allCases.count : 100)
            guard seeds >= 0, nonsense >= 0, seeds + nonsense + chosen.count > 0 else {
                throw Failure("nothing to judge", hint: "--mutants, --seeds or --nonsense", code: .usage)
            }
            let started = Date()
            let survivors = chosen.isEmpty ? 0 : try killMatrix(chosen, suite)
            let untold = mutants == "all" ? pairs(suite) : 0
            let lost = nonsense > 0 ? untested(suite, robots: nonsense) : 0
            let falseFailures = seeds > 0 ? try unbroken(suite, seeds: seeds) : 0
            print(
                "time \(Int(Date().timeIntervalSince(started).rounded())) s on \(ProcessInfo.processInfo.activeProcessorCount) cores"
            )
            if survivors + untold + falseFailures + lost > 0 {
                throw Failure(
                    "\(survivors) mutants survived, \(untold) limits are drawn elsewhere, \(falseFailures) runs of the unbroken products did not pass, \(lost) tests of robots that say nonsense had no end",
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

    /// Each pair of late robots: the one within the limit passes, the one beyond it fails by the check that has the limit.
    private func pairs(_ suite: Suite) -> Int {
        let lines = parallel(LateReaction.allCases.count) { index -> (String, Bool) in
            let late = LateReaction.allCases[index]
            guard let pair = suite.pairs.first(where: { $0.id == late.reaction.rawValue }) else {
                return ("MISSING   \(late.rawValue)  no check for it in mutants.yaml", false)
            }
            var configuration = HumanoidConfiguration(plant: .exact)
            configuration.late = late
            let run = Self.run(suite, suite.tests.filter { $0.id == pair.test }, .virtual(configuration), seed: 1)
            let check = run?.plays.first?.result.checks.first { $0.id == pair.check }
            let isRight = check?.verdict == (late.isBeyond ? .fail : .pass) && (run?.appliedFaults ?? 0) > 0
            let seen = check.map { "\($0.verdict.rawValue), \($0.seen)" } ?? "no verdict"
            return (
                "\(isRight ? "TOLD     " : "NOT TOLD ") \(late.rawValue)  \(pair.test)#\(pair.check)  \(seen)", isRight
            )
        }
        for (line, _) in lines { print(line) }
        let right = lines.count(where: \.1)
        print("\(right) of \(lines.count) robots just within or just beyond a limit in time are told apart")
        return lines.count - right
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

    // MARK: The unbroken products

    /// Every second run plays a variant of the robot, or every one with `--variants`.
    private func variant(of seed: Int) -> RobotVariant? {
        let all = RobotVariant.allCases
        if variants { return all[(seed - 1) % all.count] }
        return seed % 2 == 0 ? all[(seed / 2 - 1) % all.count] : nil
    }

    private func unbroken(_ suite: Suite, seeds: Int) throws -> Int {
        let journal = try journal.map { try RunJournal($0, suiteDigest: suite.digest) }
        if let journal, journal.count > 0 {
            print("\(journal.count) runs of this program and suite are in the journal")
        }
        let progress = Progress(of: seeds)
        let outcomes = parallel(seeds) { index in
            defer { progress.advance() }
            return outcome(suite, seed: firstSeed + index, journal)
        }
        for outcome in outcomes { outcome.failure.map { print($0) } }
        let bad = outcomes.count { $0.failure != nil }
        let varied = (0..<seeds).count { variant(of: firstSeed + $0) != nil }
        let bound = ClopperPearson.upper(misses: bad, of: seeds, confidence: 0.95)
        print(
            "unbroken robot, brain, codec and recording: \(seeds - bad) of \(seeds) runs pass all \(suite.tests.count) tests that apply, \(varied) of them legal variants of the robot (false-failure rate at most \(Quantity.rounded(bound * 100)) % at 95 % confidence)"
        )
        let virtual = outcomes.reduce(0) { $0 + $1.virtualSeconds }
        let processor = outcomes.reduce(0) { $0 + $1.processorSeconds }
        print(
            "a run is \(Int(virtual / Double(seeds))) s of the robots' time and took \(Quantity.rounded(processor / Double(seeds))) s of one core, \(Int(virtual / max(processor, 1e-3))) times as fast"
        )
        return bad
    }

    /// What a run came to, played or as the journal has it.
    private func outcome(_ suite: Suite, seed: Int, _ journal: RunJournal?) -> RunJournal.Outcome {
        let variant = variant(of: seed)?.rawValue
        if let known = journal?.outcome(seed: seed, variant: variant) { return known }
        let began = Self.processorSeconds
        var outcome = played(suite, seed: seed)
        outcome.processorSeconds = Self.processorSeconds - began
        journal?.note(outcome, seed: seed, variant: variant)
        return outcome
    }

    /// What this thread has used of the processor, s.
    private static var processorSeconds: Double {
        let told = try? String(contentsOfFile: "/proc/thread-self/schedstat", encoding: .utf8)
        return (told?.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
    }

    /// Plays everything against the unbroken products.
    private func played(_ suite: Suite, seed: Int) -> RunJournal.Outcome {
        let variant = variant(of: seed)
        var bad: [String] = []
        var virtualNs: Int64 = 0
        for kind in variant == nil ? TestDefinition.Target.allCases : [.robot] {
            var target = Runner.Target.reference(kind)
            if case .virtual(var configuration) = target {
                configuration.variant = variant
                target = .virtual(configuration)
            }
            guard let run = Self.run(suite, suite.tests(for: kind), target, seed: UInt64(seed)) else {
                bad.append("a \(kind.rawValue) that could not be described")
                continue
            }
            virtualNs += run.plays.reduce(0) { $0 + $1.result.durationNs }
            for play in run.plays where play.result.verdict != .pass {
                // A variant without cameras is not asked for pictures; the reference has everything.
                if case .notApplicable? = play.result.notRun, variant != nil { continue }
                bad.append("\(play.result.notRun?.text ?? play.result.verdict.rawValue) \(play.result.test.id)")
            }
        }
        var outcome = RunJournal.Outcome(virtualSeconds: Double(virtualNs) / 1e9)
        if !bad.isEmpty {
            outcome.failure = "seed \(seed)\(variant.map { " (\($0.rawValue))" } ?? ""): \(bad.joined(separator: ", "))"
        }
        return outcome
    }

    private static func run(_ suite: Suite, _ tests: [TestDefinition], _ target: Runner.Target, seed: UInt64) -> Runner
        .Run?
    {
        let runner = Runner(suite: suite, target: target, seed: seed, attempts: 1)
        runner.keepsEvidence = false
        guard let descriptor = try? runner.describe() else { return nil }
        return runner.run(tests, descriptor: descriptor) { _, _, _ in true }
    }

    func parallel<T: Sendable>(_ count: Int, _ body: @Sendable (Int) -> T) -> [T] {
        let results = Results<T>(count: count)
        DispatchQueue.concurrentPerform(iterations: count) { results.set($0, body($0)) }
        return results.values
    }

    /// Says on standard error how many of many runs are done: an hour without a line looks like a hang.
    private final class Progress: @unchecked Sendable {
        private static let every = 25
        private let lock = NSLock()
        private let count: Int
        private var done = 0

        init(of count: Int) { self.count = count }

        func advance() {
            lock.withLock {
                done += 1
                guard done % Self.every == 0, done < count else { return }
                FileHandle.standardError.write(Data("\(done) of \(count) runs\n".utf8))
            }
        }
    }

    private final class Results<T: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var storage: [T?]

        init(count: Int) { storage = Array(repeating: nil, count: count) }

        func set(_ index: Int, _ value: T) { lock.withLock { storage[index] = value } }

        var values: [T] { lock.withLock { storage.map { $0! } } }
    }
}
