import PonsReflection

/// `descriptor`: what the robot says of itself.
enum DescriptorOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected = "a descriptor with \(context.text(arguments["where"]))"
        outcome.verdict = .pass
        outcome.seen = "as required"
        for entry in arguments["where"]?.entries ?? [] {
            let condition = StepArgument(.map([entry]), line: arguments.line, column: arguments.column)
            if try context.describes(condition) { continue }
            outcome.verdict = .fail
            let value = context.evidence.descriptor?.value(at: entry.key)?.json ?? "absent"
            outcome.seen = "\(entry.key) is \(value.prefix(200))"
            return
        }
    }
}
