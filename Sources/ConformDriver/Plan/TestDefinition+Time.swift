public import ConformJudge

extension TestDefinition {
    /// What the stimulus waits and streams at least, s; of a bound test. Opening links, moves and restoring come on top.
    public var leastSeconds: Double {
        stimulus.reduce(0) { sum, step in
            let counted = ["wait", "stream", "setpoint", "send", "resend", "connect"].contains(step.verb)
            guard counted else { return sum }
            let pause = step.verb == "wait" || step.verb == "stream" ? "for" : "every"
            let seconds = Catalogue.number(meaning(of: step.arguments[pause])) / 1e9
            let count = pause == "every" ? Double(meaning(of: step.arguments["count"])) ?? 1 : 1
            return seconds.isFinite ? sum + seconds * count : sum
        }
    }

    /// A number as it stands there, or as a `let` has it.
    private func meaning(of argument: StepArgument?) -> String {
        let text = argument?.text ?? ""
        return lets.first { $0.name == text }?.value.text ?? text
    }
}
