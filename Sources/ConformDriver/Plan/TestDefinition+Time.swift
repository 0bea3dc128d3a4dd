public import ConformJudge

extension TestDefinition {
    /// What the stimulus waits and streams at least, s. Opening links, moves and restoring come on top.
    public var leastSeconds: Double {
        stimulus.reduce(0) { sum, step in
            let counted = ["wait", "stream", "setpoint", "send", "resend", "connect"].contains(step.verb)
            guard counted else { return sum }
            let pause = step.verb == "wait" || step.verb == "stream" ? "for" : "every"
            let seconds = Catalogue.number(step.arguments[pause]?.text ?? "") / 1e9
            let count = pause == "every" ? Double(step.arguments["count"]?.text ?? "") ?? 1 : 1
            return seconds.isFinite ? sum + seconds * count : sum
        }
    }
}
