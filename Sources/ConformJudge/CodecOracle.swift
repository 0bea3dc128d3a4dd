/// `answers`: a codec says of every vector what the vector says.
enum CodecOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let label = arguments["to"]?.text, let aspect = arguments["compare"]?.text else {
            throw JudgeFailure("line \(arguments.line): answers needs 'to' and 'compare'")
        }
        let among = arguments["among"]?.text
        let names = (arguments["named"]?.elements ?? []).compactMap(\.text)
        let asked = context.evidence.exchanges.filter { exchange in
            guard exchange.label == label, names.isEmpty || names.contains(where: exchange.name.contains) else {
                return false
            }
            return among == nil || exchange.expected.accepts == (among == "accepted")
        }
        let least = Int(count: try context.quantity(arguments["at_least"])?.value ?? 1)
        outcome.expected = "\(aspect) as \(asked.count)\(among.map { " \($0)" } ?? "") vectors say"
        guard asked.count >= least else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .notExercised)
            outcome.seen = "\(asked.count) vectors of at least \(least)"
            return
        }
        var wrong: [String] = []
        for exchange in asked {
            guard let answered = exchange.answered else {
                wrong.append("'\(exchange.name)' was answered with '\(exchange.line.prefix(120))'")
                continue
            }
            let (wanted, seen) = try (value(aspect, exchange.expected, arguments), value(aspect, answered, arguments))
            if wanted == seen { continue }
            wrong.append(
                "'\(exchange.name)' \(exchange.request.prefix(160)): \(short(seen)) instead of \(short(wanted))")
        }
        outcome.verdict = wrong.isEmpty ? .pass : .fail
        outcome.seen =
            wrong.isEmpty
            ? "all \(asked.count) as required"
            : "\(wrong.count) of \(asked.count) otherwise; first \(wrong[0])"
    }

    private static func value(
        _ aspect: String, _ answer: CodecExchange.Answer, _ arguments: StepArgument
    ) throws(JudgeFailure) -> String {
        switch aspect {
        case "acceptance": answer.accepts ? "accepted" : "refused"
        case "reason": answer.accepts ? "accepted" : answer.reason
        case "meaning": answer.accepts ? answer.meaning : "refused with \(answer.reason)"
        case "bytes": answer.accepts ? answer.bytes : "refused with \(answer.reason)"
        default:
            throw JudgeFailure("line \(arguments.line): compare acceptance, reason, meaning or bytes, not '\(aspect)'")
        }
    }

    private static func short(_ text: String) -> String {
        text.isEmpty ? "nothing" : text.count > 120 ? "\(text.prefix(120))…" : text
    }
}
