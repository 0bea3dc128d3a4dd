import PonsReflection

/// `descriptor`: what the robot says of itself.
enum DescriptorOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let conditions = arguments["where"], !conditions.entries.isEmpty else {
            throw JudgeFailure("line \(arguments.line): descriptor needs 'where'")
        }
        outcome.expected = "a descriptor with \(context.text(conditions))"
        outcome.verdict = .pass
        outcome.seen = "as required"
        for entry in conditions.entries {
            let condition = StepArgument(.map([entry]), line: arguments.line, column: arguments.column)
            if try context.describes(condition) { continue }
            outcome.verdict = .fail
            let value = context.evidence.descriptor?.value(at: entry.key)?.json ?? "absent"
            outcome.seen = "\(entry.key) is \(value.prefix(200))"
            return
        }
    }
}
