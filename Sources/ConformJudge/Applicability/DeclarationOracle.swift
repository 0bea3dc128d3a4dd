/// `declared`: statement, description and claims of a robot say the same, in both directions (DSC-13).
enum DeclarationOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let kind = arguments["what"]?.text ?? ""
        guard let facts = context.evidence.declarations[kind] else {
            throw JudgeFailure("line \(arguments.line): 'what' must be items or claims")
        }
        outcome.expected =
            kind == "claims" ? "only claims that the robot's description bears out" : "statement and description agree"
        let wrong = facts.filter { !$0.agrees }
        outcome.verdict = wrong.isEmpty ? .pass : .fail
        outcome.seen =
            wrong.isEmpty
            ? "\(facts.count) compared"
            : wrong.prefix(5).map { "\($0.subject): \($0.declared), but \($0.shown)" }.joined(separator: "; ")
    }
}
