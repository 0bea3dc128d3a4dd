import PonsMessages

/// `motion`: how far, how fast or where joints were in a window, from the state stream.
public enum MotionOracle {
    /// The share of each amplitude that was played, among the constants of the evidence: the least motion that is asked for
    /// shrinks with it (CNF-06).
    public static let scale = "motion_scale"

    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let after = try context.time(arguments["after"], default: 0)
        let until = try context.time(arguments["until"], default: context.duration)
        let samples = Self.samples(arguments, context, after, until)
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        let joints = try joints(arguments, context)
        let metric = arguments["metric"]?.text ?? "travel"
        let field = arguments["of"]?.text ?? "position"
        outcome.expected = try expectation(arguments, metric, field, context, after, until)
        guard samples.count >= 2, let count = samples.first?.values.count, count > 0 else {
            outcome.verdict = .inconclusive
            outcome.reason = .observableMissing
            outcome.seen = "\(samples.count) state messages in the window"
            return
        }
        let indices = joints ?? Array(0..<count)
        if metric == "echo" { return try judgeEcho(arguments, context, after, until, &outcome) }
        if metric == "at" { return try judgeValue(arguments, samples, indices, context, &outcome) }
        var worst = (joint: indices.first ?? 0, value: -Double.infinity)
        let velocities = metric == "mismatch" ? Self.samples(arguments, context, after, until, of: "velocity") : []
        for joint in indices where joint < count {
            let value =
                metric == "mismatch"
                ? Self.mismatch(samples, velocities, joint) : Self.value(metric, samples, joint)
            if value > worst.value { worst = (joint, value) }
        }
        let name = Self.name(of: worst.joint, context)
        outcome.seen = "\(Quantity.rounded(worst.value)) at joint \(name)"
        outcome.verdict = .pass
        let share = context.evidence.constants[scale]?.value ?? 1
        // The least motion in the negative direction shrinks as the least one in the positive does.
        let (most, least) = (
            try context.quantity(arguments["at_most"])?.value, try context.quantity(arguments["at_least"])
        )
        guard most != nil || least != nil else {
            throw JudgeFailure("line \(arguments.line): \(metric) needs 'at_least' or 'at_most'")
        }
        if let most, worst.value > (most < 0 ? most * share : most) {
            outcome.verdict = .fail
        }
        if let least, worst.value < least.value * share { outcome.verdict = .fail }
    }

    /// The value of one joint at one time.
    private static func judgeValue(
        _ arguments: StepArgument, _ samples: [Sample], _ joints: [Int], _ context: JudgeContext,
        _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let wanted = try context.quantity(arguments["equals"]),
            let tolerance = try context.quantity(arguments["tolerance"]), let joint = joints.first
        else { throw JudgeFailure("line \(arguments.line): metric 'at' needs 'equals' and 'tolerance'") }
        let at = try context.time(arguments["at"], default: 0)
        guard let nearest = samples.min(by: { abs($0.time - at) < abs($1.time - at) }) else { return }
        let value = Double(nearest[joint])
        outcome.seen = "\(Quantity.rounded(value)) at \(Quantity(nearest.time, .time).text)"
        outcome.verdict = abs(value - wanted.value) <= tolerance.value ? .pass : .fail
    }

    /// The longest run of samples in which every measured position is the applied one to the last bit, while some joint moves.
    /// A robot that executes no command has none to echo: what it applies may follow what it measures.
    private static func judgeEcho(
        _ arguments: StepArgument, _ context: JudgeContext, _ after: Double, _ until: Double,
        _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let most = try context.quantity(arguments["at_most"])?.value ?? 50
        // What is measured beside itself would always be an echo.
        let field = arguments["of"]?.text.flatMap { $0 == "position" ? nil : $0 } ?? "applied"
        let states = Self.states(of: arguments["peer"]?.text, context, after, until).map(\.state).filter { state in
            state.safetyState.map { $0 == .operational || $0 == .reduced } ?? true
        }
        var (run, longest, moving) = (0, 0, 0)
        for (previous, state) in zip(states, states.dropFirst()) where values(field, previous) != values(field, state) {
            moving += 1
            run = state.position == values(field, state) ? run + 1 : 0
            longest = max(longest, run)
        }
        outcome.seen = "at most \(longest) in a row, of \(moving) samples in motion"
        outcome.verdict = Double(longest) > most ? .fail : .pass
        guard Double(moving) <= most else { return }
        (outcome.verdict, outcome.reason) = (.inconclusive, .notExercised)
    }

    private struct Sample {
        let time: Double
        let values: [Float]

        /// NaN where the message has no such joint: no comparison holds then.
        subscript(joint: Int) -> Float { values.indices.contains(joint) ? values[joint] : .nan }
    }

    private static func samples(
        _ arguments: StepArgument, _ context: JudgeContext, _ after: Double, _ until: Double, of field: String? = nil
    ) -> [Sample] {
        let field = field ?? arguments["of"]?.text ?? "position"
        return states(of: arguments["peer"]?.text, context, after, until).map {
            Sample(time: $0.time, values: values(field, $0.state))
        }
    }

    /// What one client saw in a window: the one that is named, or the first that saw anything.
    private static func states(
        of peer: String?, _ context: JudgeContext, _ after: Double, _ until: Double
    ) -> [(time: Double, state: WholeBodyState)] {
        var (peer, states) = (peer, [(time: Double, state: WholeBodyState)]())
        for record in context.evidence.records where record.kind == .received && (peer ?? record.peer) == record.peer {
            guard let state = record.message as? WholeBodyState else { continue }
            let (time, _) = context.time(of: record, stamp: "capture_ns")
            guard time >= after, time <= until else { continue }
            peer = record.peer
            states.append((time, state))
        }
        return states
    }

    private static func values(_ field: String, _ state: WholeBodyState) -> [Float] {
        switch field {
        case "velocity": state.velocity
        case "applied": state.applied
        case "commanded": state.commanded
        case "effort": state.effort
        default: state.position
        }
    }

    private static func value(_ metric: String, _ samples: [Sample], _ joint: Int) -> Double {
        var low = Float.infinity, high = -Float.infinity, step: Float = 0
        for (index, sample) in samples.enumerated() {
            low = min(low, sample[joint])
            high = max(high, sample[joint])
            if index > 0 { step = max(step, abs(sample[joint] - samples[index - 1][joint])) }
        }
        switch metric {
        case "peak": return Double(max(abs(low), abs(high)))
        case "step": return Double(step)
        case "advance": return Double((samples.last?[joint] ?? 0) - (samples.first?[joint] ?? 0))
        default: return Double(high - low)
        }
    }

    /// How far the integral of the measured velocity and the measured position come apart.
    private static func mismatch(_ positions: [Sample], _ velocities: [Sample], _ joint: Int) -> Double {
        guard let start = positions.first else { return 0 }
        var (integral, worst) = (0.0, 0.0)
        for index in positions.indices.dropFirst() where index < velocities.count {
            let seconds = (velocities[index].time - velocities[index - 1].time) * 1e-9
            let change = Double(velocities[index][joint] + velocities[index - 1][joint]) / 2 * seconds
            let moved = Double(positions[index][joint] - start[joint])
            // A message without the joint says nothing; what follows still counts.
            guard change.isFinite, moved.isFinite else { continue }
            integral += change
            worst = max(worst, abs(moved - integral))
        }
        return worst
    }

    private static func joints(_ arguments: StepArgument, _ context: JudgeContext) throws(JudgeFailure) -> [Int]? {
        if let except = arguments["except"] {
            let left = try indices(except, context)
            let count = Int(count: context.lookup("joints")?.value ?? 0)
            return (0..<count).filter { !left.contains($0) }
        }
        guard let joints = arguments["joints"], joints.text != "all" else { return nil }
        return try indices(joints, context)
    }

    private static func indices(_ names: StepArgument, _ context: JudgeContext) throws(JudgeFailure) -> [Int] {
        var indices: [Int] = []
        for name in names.elements.compactMap(\.text) {
            guard let index = context.lookup("joint.\(name)") ?? context.lookup(name) else {
                throw JudgeFailure("line \(names.line): the robot has no joint '\(name)'")
            }
            indices.append(Int(count: index.value))
        }
        return indices
    }

    private static func name(of joint: Int, _ context: JudgeContext) -> String {
        context.evidence.constants.first { $0.key.hasPrefix("joint.") && $0.value.value == Double(joint) }
            .map { String($0.key.dropFirst(6)) } ?? "\(joint)"
    }

    private static func expectation(
        _ arguments: StepArgument, _ metric: String, _ field: String, _ context: JudgeContext, _ after: Double,
        _ until: Double
    ) throws(JudgeFailure) -> String {
        let who =
            arguments["joints"].map(JudgeContext.text) ?? arguments["except"].map { "all but \(JudgeContext.text($0))" }
            ?? "all joints"
        let bounds = ["at_most", "at_least", "equals"].compactMap { key in
            arguments[key].map {
                "\(key == "at_most" ? "at most" : key == "at_least" ? "at least" : "equal to") \(JudgeContext.text($0))"
            }
        }
        let window = "from \(Quantity(after, .time).text) to \(Quantity(until, .time).text)"
        return "\(metric) of \(field), \(who), \(bounds.joined(separator: ", ")) \(window)"
    }
}
