import ConformDriver
import ConformJudge
import PonsRobot
import PonsSimulator
import Testing

/// Tests that are played on several threads, each with a robot of its own.
@Suite struct SideBySideTests {
    private static let parts = ["time/", "channel/", "recording/"]

    private func runner(_ target: Runner.Target, threads: Int, seed: UInt64 = 21) throws -> Runner {
        let runner = Runner(suite: try Suite(root: try Suite.locate(nil)), target: target, seed: seed, attempts: 2)
        runner.threads = threads
        return runner
    }

    private func tests(_ kind: TestDefinition.Target) throws -> [TestDefinition] {
        try Suite(root: try Suite.locate(nil)).tests(for: kind).filter { test in
            kind == .brain || Self.parts.contains { test.id.hasPrefix($0) }
        }
    }

    enum Product: CaseIterable {
        case humanoid, physics, mutant, brain

        var target: Runner.Target {
            switch self {
            case .humanoid: .reference(.robot)
            case .physics: .virtual(HumanoidConfiguration(plant: .mujoco))
            case .mutant: .virtual(HumanoidConfiguration(plant: .exact, fault: .tim06))
            case .brain: .reference(.brain)
            }
        }
    }

    @Test(arguments: Product.allCases)
    func `verdicts, evidence and order are those of one thread`(product: Product) throws {
        let target = product.target
        let tests = try tests(target.kind)
        var orders: [[String]] = []
        var runs: [Runner.Run] = []
        for threads in [1, 4] {
            let runner = try runner(target, threads: threads)
            var order: [String] = []
            runs.append(
                runner.run(tests, descriptor: try runner.describe()) { play, _, _ in
                    order.append(play.result.test.id)
                    return true
                })
            orders.append(order)
        }
        #expect(orders[0].count == tests.count && orders[0] == orders[1])
        #expect(runs[0].appliedFaults == runs[1].appliedFaults)
        for (one, other) in zip(runs[0].plays, runs[1].plays) {
            #expect(one.result.verdict == other.result.verdict && one.result.checks == other.result.checks)
            #expect(one.evidence.records.map(\.timeNs) == other.evidence.records.map(\.timeNs), "\(one.result.test.id)")
            #expect(one.evidence.records.map(\.bytes) == other.evidence.records.map(\.bytes), "\(one.result.test.id)")
        }
    }

    @Test(arguments: [1, 4]) func `a run that is interrupted has judged what it told, and nothing else`(threads: Int)
        throws
    {
        let runner = try runner(.reference(.robot), threads: threads)
        let tests = try tests(.robot)
        var told: Set<String> = []
        let run = runner.run(tests, descriptor: try runner.describe()) { play, number, _ in
            told.insert(play.result.test.id)
            return number < 3
        }
        #expect(run.wasInterrupted && run.plays.count == tests.count)
        #expect(Set(run.plays.filter { $0.result.notRun == nil }.map(\.result.test.id)) == told)
        #expect(run.plays.filter { $0.result.notRun == .aborted }.count == tests.count - 3)
    }
}
