import ConformJudge
import PonsMessages

// Before the first motion of a product that was never tested: each joint by itself, a little, slowly (CNF-06).
extension ScenarioPlayer {
    /// How far each joint goes, rad or m, and how long it takes there and back.
    private static let distance: Float = 0.02
    private static let wayNs: Int64 = 500_000_000
    /// How far a joint may be from where it was asked to be, and any other from where it was.
    private static let tolerance: Float = 0.01

    /// Moves every joint there and back, one after the other.
    ///
    /// - Throws: the first thing that was not as expected: a joint that does not follow, another one that moves, a stop.
    func tour() throws(StageError) {
        evidence.constants = Self.constants(of: descriptor)
        do throws(StepFailure) {
            try perform(step("open", [("role", "controller")]))
            try perform(step("ready", []))
            guard let start = clients["home"]?.state?.position else { throw StepFailure("the robot sends no state") }
            for joint in descriptor.joints.indices { try visit(joint, from: start) }
            _ = close(keeping: start)
        } catch {
            throw StageError(
                "the first careful motion of the robot ended with a surprise: \(error.message)",
                hint: "look at the robot before anything else; conform doctor URL helps to find the cause")
        }
    }

    private func visit(_ joint: Int, from start: [Float]) throws(StepFailure) {
        let name = descriptor.joints[joint].name
        let middle =
            ((descriptor.joints[joint].softPosition?.lower ?? 0) + (descriptor.joints[joint].softPosition?.upper ?? 0))
            / 2
        var away = start
        away[joint] += start[joint] < Float(middle) ? Self.distance : -Self.distance
        for (from, to) in [(start, away), (away, start)] {
            streams.removeAll()
            streams.append(ramp(from: withinSoftLimits(from), to: withinSoftLimits(to), lasting: Double(Self.wayNs)))
            run(until: stage.nowNs + Self.wayNs + 100_000_000)
            guard let state = clients["home"]?.state, let safety = state.safetyState, clients["home"]?.isClosed == false
            else {
                throw StepFailure("the session ended while \(name) moved")
            }
            guard safety == .operational || safety == .reduced else {
                throw StepFailure("\(safety.label) while \(name) moved")
            }
            for other in descriptor.joints.indices where abs(state.position[other] - to[other]) > Self.tolerance {
                let left = Quantity.rounded(Double(abs(state.position[other] - to[other])))
                throw StepFailure(
                    other == joint
                        ? "\(name) is still \(left) from where it was asked to go"
                        : "\(descriptor.joints[other].name) moved by \(left) while \(name) was asked to")
            }
        }
    }
}
