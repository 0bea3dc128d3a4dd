public import ConformJudge

extension TestDefinition {
    /// What the stimulus waits and streams at least, s; of a bound test. Opening links, moves and restoring come on top.
    ///
    /// - Parameter constants: what the robot declares, by the names that tests use; waits for what it does not count as none.
    public func leastSeconds(for constants: [String: Quantity]) -> Double {
        stimulus.reduce(0) { sum, step in
            let counted = ["wait", "stream", "setpoint", "send", "resend", "connect"].contains(step.verb)
            guard counted else { return sum }
            let pause = step.verb == "wait" || step.verb == "stream" ? "for" : "every"
            let seconds = (number(step.arguments[pause], constants) ?? .nan) / 1e9
            let count = pause == "every" ? number(step.arguments["count"], constants) ?? 1 : 1
            return seconds.isFinite ? sum + seconds * count : sum
        }
    }

    private func number(_ argument: StepArgument?, _ constants: [String: Quantity]) -> Double? {
        guard let text = argument?.text else { return nil }
        return (try? Formula.value(of: text) { value(of: $0) { constants[$0] } })?.value
    }
}
