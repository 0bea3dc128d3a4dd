import ConformDriver
import ConformJudge
import PonsMessages
import PonsRobot
import PonsSimulator
import Testing

/// What a first run may move (CNF-06).
@Suite struct EnvelopeTests {
    private func run(
        _ configuration: HumanoidConfiguration, _ envelope: MotionEnvelope, only part: String
    ) throws -> Runner.Run {
        let suite = try Suite(root: try Suite.locate(nil))
        let runner = Runner(suite: suite, target: .virtual(configuration), seed: 11, attempts: 1)
        runner.envelope = envelope
        let descriptor = try runner.describe()
        var wish = RunPlan.Wish()
        wish.envelope = envelope
        let tests = suite.tests(for: .robot).filter { $0.id.hasPrefix(part) }
        let plan = RunPlan(suite, tests, wish, descriptor: descriptor)
        return runner.run(plan, descriptor: descriptor) { _, _, _ in true }
    }

    /// The farthest any joint went from where it was when a test began, over all its messages.
    private func travel(_ run: Runner.Run) -> Float {
        run.plays.map { play in
            let states = play.evidence.records.compactMap { $0.kind == .received ? $0.message as? WholeBodyState : nil }
            guard let first = states.first?.position else { return 0 }
            return states.map { zip($0.position, first).map { abs($0 - $1) }.max() ?? 0 }.max() ?? 0
        }.max() ?? 0
    }

    @Test func `a first run moves a tenth and still judges`() throws {
        let whole = try run(HumanoidConfiguration(plant: .exact), .full, only: "commands/leases-expire")
        let tenth = try run(HumanoidConfiguration(plant: .exact), .first, only: "commands/leases-expire")
        #expect(whole.plays.map(\.result.verdict) == [.pass] && tenth.plays.map(\.result.verdict) == [.pass])
        #expect(travel(whole) > 0.1)
        #expect(travel(tenth) < 0.03)
    }

    @Test func `what a tenth can't show is left out and says so`() throws {
        let run = try run(HumanoidConfiguration(plant: .exact), .first, only: "motion/following-error")
        #expect(run.plays.first?.result.notRun?.text.contains("--envelope full") == true)
    }

    @Test func `motion comes last, and a failure in it ends the run`() throws {
        let run = try run(HumanoidConfiguration(plant: .exact, fault: .mot03), .first, only: "motion/")
        let failed = run.plays.filter { $0.result.verdict == .fail && $0.result.notRun == nil }
        #expect(failed.count == 1, "\(failed.map(\.result.test.id))")
        let left = run.plays.filter { $0.result.notRun?.text.contains("surprise: \(failed[0].result.test.id)") == true }
        #expect(!left.isEmpty)
        #expect(left.allSatisfy { $0.result.test.motion >= failed[0].result.test.motion })
    }

    @Test func `a joint that is another one ends the run before anything else moves`() throws {
        let run = try run(HumanoidConfiguration(plant: .exact, fault: .dsc02), .first, only: "commands/leases-expire")
        #expect(run.robotLost?.contains("surprise") == true, "\(run.robotLost ?? "no surprise")")
        #expect(run.plays.allSatisfy { $0.result.notRun != nil })
    }

    @Test func `hardware is met for the first time unless somebody says otherwise`() {
        var descriptor = HumanoidDescriptor.make(plant: "exact")
        #expect(MotionEnvelope.usual(for: descriptor) == .full)
        descriptor.simulator = false
        #expect(MotionEnvelope.usual(for: descriptor) == .first)
    }
}
