import ConformJudge
import PonsMessages
import PonsTransport

/// How the tests of a run are played and judged, one at a time or side by side: nothing here is changed by playing.
struct TestRound: Sendable {
    struct Outcome: Sendable {
        var play: Runner.Play
        /// How often a mutant's fault changed something.
        var appliedFaults = 0
    }

    let seed: RunSeed
    /// How often a test is played while it stays inconclusive; every attempt is reported.
    let attempts: Int
    /// What the links to the product are made to be; `nil` leaves them as they are.
    let link: LinkProfile?
    var envelope = MotionEnvelope.full
    /// What this computer adds to delays by itself, where it was calibrated; ns.
    var testerDelayNs: Int64?
    /// What statement and claims say of the robot, for the cross-check.
    var declarations: [String: [DeclaredFact]] = [:]

    /// Plays until the verdict is conclusive, at most ``attempts`` times. FAIL is never played again.
    ///
    /// - Parameter prepared: the stage of an attempt, with its robot at rest, and the robot's descriptor.
    func play(
        _ test: TestDefinition, on prepared: (_ name: String) throws(StageError) -> (any Stage, Descriptor)
    ) throws(StageError) -> Outcome {
        var verdicts: [Verdict] = []
        var appliedFaults = 0
        while true {
            let (stage, descriptor) = try prepared("\(test.id)#\(verdicts.count)")
            let player = ScenarioPlayer(
                stage: stage, test: test, descriptor: descriptor,
                seed: seed.mixed(with: test.id) &+ UInt64(verdicts.count), envelope: envelope)
            if let link { player.impair(link) }
            var evidence = player.play()
            evidence.declarations = declarations
            if let testerDelayNs { evidence.constants["tester_delay"] = Quantity(Double(testerDelayNs), .time) }
            if let virtual = stage as? VirtualStage { appliedFaults += virtual.appliedFaults }
            var result = Judge.judge(test, evidence)
            verdicts.append(result.verdict)
            result.attempts = verdicts
            if result.verdict != .inconclusive || verdicts.count >= attempts {
                return Outcome(play: Runner.Play(result: result, evidence: evidence), appliedFaults: appliedFaults)
            }
        }
    }
}
