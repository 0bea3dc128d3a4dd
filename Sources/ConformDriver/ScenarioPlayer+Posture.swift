import ConformJudge
import PonsMessages

// Between tests of a robot that goes on running: every test starts from the posture the first one started from.
extension ScenarioPlayer {
    /// The fastest a joint is moved between tests, rad/s or m/s: slow enough for an operator to follow.
    private static let speed: Float = 0.6

    /// Brings every joint back to `posture`; with `nil` only looks. Returns the posture at the end.
    func restorePosture(_ posture: [Float]?) throws(StageError) -> [Float] {
        evidence.constants = Self.constants(of: descriptor)
        do throws(StepFailure) {
            try perform(step("open", [("role", "controller")]))
            guard let start = clients["home"]?.state?.position else { throw StepFailure("the robot sends no state") }
            guard let posture, posture.count == start.count else { return close(keeping: start) }
            let distance = zip(posture, start).map { abs($0 - $1) }.max() ?? 0
            guard distance > 0.01 else { return close(keeping: start) }
            try perform(step("ready", []))
            let rampNs = Double(distance / Self.speed) * 1e9
            streams.append(ramp(from: withinSoftLimits(start), to: posture, lasting: rampNs))
            run(until: stage.nowNs + Int64(rampNs) + 400_000_000)
            let reached = clients["home"]?.state?.position ?? start
            let left = zip(posture, reached).map { abs($0 - $1) }
            guard let worst = left.indices.max(by: { left[$0] < left[$1] }), left[worst] < 0.03 else {
                let names = zip(descriptor.joints, left).filter { $0.1 >= 0.03 }.map {
                    "\($0.0.name) \(Quantity.rounded(Double($0.1)))"
                }
                throw StepFailure("still away, in rad or m: \(names.joined(separator: ", "))")
            }
            return close(keeping: reached)
        } catch {
            throw StageError(
                "the robot could not be brought back to its starting posture between tests: \(error.message)",
                hint: "bring it there by hand and run again")
        }
    }

    /// A stream of the mover that leads the whole body from one posture to another.
    func ramp(from start: [Float], to posture: [Float], lasting rampNs: Double) -> PlannedStream {
        PlannedStream(
            peer: "home", label: nil, step: 0, periodNs: 10_000_000, untilNs: nil, startNs: stage.nowNs,
            dueNs: stage.nowNs, base: start, joint: nil, amplitude: 0, frequency: 0, rampNs: rampNs,
            validForNs: 100_000_000, posture: posture)
    }

    /// A joint may rest a little beyond a soft limit; a command may not ask for that.
    func withinSoftLimits(_ position: [Float]) -> [Float] {
        zip(position, descriptor.joints).map { value, joint in
            let lower = Float(joint.softPosition?.lower ?? -.infinity),
                upper = Float(joint.softPosition?.upper ?? .infinity)
            return max(lower, min(upper, value))
        }
    }

    func close(keeping posture: [Float]) -> [Float] {
        streams.removeAll()
        send(Goodbye(), from: "home", label: nil)
        run(until: stage.nowNs + 300_000_000)
        if let client = clients["home"], !client.isClosed { stage.close(client.link) }
        return posture
    }

    func step(_ verb: String, _ arguments: [(String, String)]) -> TestDefinition.Step {
        let entries = ([("peer", "home")] + arguments).map {
            StepArgument.Entry(key: $0.0, value: StepArgument(.scalar($0.1)))
        }
        return TestDefinition.Step(verb: verb, arguments: StepArgument(.map(entries)))
    }
}
