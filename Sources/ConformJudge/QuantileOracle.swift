import PonsMessages
import PonsReflection

/// `quantile`: a share of replies comes within a limit, decided by the three-zone rule.
enum QuantileOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (label, limit, q) = try asked(arguments, "quantile", of: "to", context)
        let samples = latencies(of: label, context.evidence)
        outcome.expected = "\(Quantity.rounded(q * 100)) % of replies within \(limit.text), at 95 % confidence"
        let tester = context.evidence.constants["tester_delay"]?.value ?? 0
        let decision = QuantileDecision(
            samples: samples, tester: samples.map { _ in tester }, limit: limit.value, quantile: q)
        try settle(decision, arguments, context, &outcome)
        // A computer may only fail limits four times as long as what it adds itself (CNF-05).
        if outcome.verdict == .fail && 4 * tester > limit.value {
            (outcome.verdict, outcome.reason) = (.inconclusive, .testerLimited)
        }
        outcome.seen =
            "\(decision.misses) of \(decision.count) above the limit; at most \(Quantity.rounded(decision.upperBound * 100)) % at 95 % confidence; \(decision.longestRun) in a row"
        (outcome.fromNs, outcome.untilNs) = (0, context.evidence.endNs - context.evidence.startNs)
    }

    /// `age`: how old a time in a message was, in the robot's clock, when the message came, or at a later time in the
    /// same message.
    static func age(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (field, limit, q) = try asked(arguments, "age", of: "field", context)
        let after = try context.time(arguments["after"], default: 0)
        let until = try context.time(arguments["until"], default: context.duration)
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        var ages: [Double] = []
        for record in try context.received(arguments) {
            let came = Double(record.timeNs - context.evidence.startNs)
            guard came >= after, came <= until else { continue }
            if let later = arguments["to"]?.text {
                guard let start = record.message?.value(at: field)?.asInteger,
                    let end = record.message?.value(at: later)?.asInteger
                else { continue }
                ages.append(Double(end.since(start)))
                continue
            }
            let (stamped, uncertainty) = context.time(of: record, stamp: field)
            ages.append(came - stamped + uncertainty)
        }
        outcome.expected =
            "\(field) not older than \(limit.text) in \(Quantity.rounded(q * 100)) % of messages, at 95 % confidence"
        let decision = QuantileDecision(samples: ages, tester: ages.map { _ in 0 }, limit: limit.value, quantile: q)
        try settle(decision, arguments, context, &outcome)
        outcome.seen =
            "\(decision.misses) of \(decision.count) older; the oldest \(Quantity(ages.max() ?? 0, .time).text)"
    }

    /// What a check names: its subject, the limit, and the share that keeps it.
    private static func asked(
        _ arguments: StepArgument, _ oracle: String, of subject: String, _ context: JudgeContext
    ) throws(JudgeFailure) -> (subject: String, limit: Quantity, share: Double) {
        guard let name = arguments[subject]?.text, let limit = try context.quantity(arguments["limit"]),
            let q = try context.quantity(arguments["q"])?.value
        else { throw JudgeFailure("line \(arguments.line): \(oracle) needs '\(subject)', 'limit' and 'q'") }
        return (name, limit, q)
    }

    /// The verdict of the quantile, and of the misses in a row where these are bounded as well.
    private static func settle(
        _ decision: QuantileDecision, _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        (outcome.verdict, outcome.reason) = (decision.verdict, decision.reason)
        guard let most = try context.quantity(arguments["in_a_row"])?.value else { return }
        outcome.expected += ", and never more than \(Quantity.rounded(most)) misses in a row"
        if Double(decision.longestRun) > most { (outcome.verdict, outcome.reason) = (.fail, nil) }
    }

    /// From the intended time of each command of a step to its Ack; a missing Ack is infinity. ns.
    static func latencies(of label: String, _ evidence: Evidence) -> [Double] {
        var acks: [UInt64: Int64] = [:]
        for record in evidence.records where record.kind == .received {
            if let ack = record.message as? Ack { acks[ack.commandID] = record.kernelNs ?? record.timeNs }
        }
        return evidence.records.filter { $0.kind == .sent && $0.label == label }.map { record in
            guard case .unsigned(let id)? = record.message?.value(at: "command_id"), let ack = acks[id] else {
                return .infinity
            }
            return Double(ack.since(record.dueNs ?? record.timeNs))
        }
    }
}
