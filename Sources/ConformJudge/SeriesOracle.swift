import Crypto
import PonsMessages
import PonsReflection

/// What a number does from one message to the next: `grows`, `rate`, and the chain of an audit log.
enum SeriesOracle {
    private struct Sample {
        /// Whose series it belongs to: the client that received it, and what `each` names.
        let series: String
        let at: Double
        let value: Double
        let per: Double
    }

    /// Values of a field never fall, or with `strictly` always grow; with `by`, each is that much above the last.
    static func grows(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let step = try context.quantity(arguments["by"])?.value
        let samples = try samples(arguments, context, &outcome)
        let field = arguments["field"]?.text ?? ""
        let isStrict = arguments["strictly"]?.flag ?? false
        let growth = isStrict ? "grows from each message to the next" : "never falls"
        outcome.expected = "\(field) \(step.map { "grows by \(Quantity.rounded($0)) each time" } ?? growth)"
        guard hasEnough(samples, &outcome) else { return }
        var last: [String: Sample] = [:]
        for sample in samples {
            if let previous = last[sample.series] {
                let hasFallen = isStrict ? sample.value <= previous.value : sample.value < previous.value
                let isWrong = step.map { sample.value != previous.value + $0 } ?? hasFallen
                if isWrong {
                    outcome.verdict = .fail
                    outcome.seen = "\(Quantity.rounded(sample.value)) after \(Quantity.rounded(previous.value))"
                    (outcome.fromNs, outcome.untilNs) = (Int64(ns: previous.at), Int64(ns: sample.at))
                    return
                }
            }
            last[sample.series] = sample
        }
        outcome.verdict = .pass
        outcome.seen = "kept over \(samples.count) values"
    }

    /// The growth of a field per second of the robot's own time, from the first to the last message of the window.
    static func rate(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let wanted = try context.quantity(arguments["equals"])?.value,
            let tolerance = try context.quantity(arguments["tolerance"])?.value
        else { throw JudgeFailure("line \(arguments.line): rate needs 'equals' and 'tolerance'") }
        let samples = try samples(arguments, context, &outcome)
        let field = arguments["field"]?.text ?? ""
        outcome.expected =
            "\(field) grows by \(Quantity.rounded(wanted)) a second, within \(Quantity.rounded(tolerance * 100)) %"
        guard hasEnough(samples, &outcome), let first = samples.first, let last = samples.last else { return }
        let seconds = (last.per - first.per) / 1e9
        let rate = (last.value - first.value) / seconds
        outcome.seen = "\(Quantity.rounded(rate)) a second over \(Quantity.rounded(seconds)) s"
        outcome.verdict = seconds > 0 && abs(rate - wanted) <= wanted * tolerance ? .pass : .fail
    }

    /// Stamps of a stream come in even steps: of the intervals, each divided by the numbers between its ends, a share lies
    /// within a part of their median.
    static func steady(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let share = try context.quantity(arguments["within"])?.value,
            let q = try context.quantity(arguments["q"])?.value, arguments["per"] != nil
        else { throw JudgeFailure("line \(arguments.line): steady needs 'per', 'within' and 'q'") }
        let samples = try samples(arguments, context, &outcome)
        outcome.expected =
            "\(arguments["field"]?.text ?? "") in even steps, \(Quantity.rounded(q * 100)) % within \(Quantity.rounded(share * 100)) % of the period, at 95 % confidence"
        guard hasEnough(samples, &outcome) else { return }
        var deviations: [Double] = []
        for (_, series) in Dictionary(grouping: samples, by: \.series).sorted(by: { $0.key < $1.key }) {
            let steps = zip(series, series.dropFirst()).map { ($1.value - $0.value) / max(1, $1.per - $0.per) }
            // A series of one message has no step.
            guard !steps.isEmpty else { continue }
            let period = steps.sorted()[steps.count / 2]
            deviations += steps.map { abs($0 - period) / period }
        }
        let decision = QuantileDecision(
            samples: deviations, tester: deviations.map { _ in 0 }, limit: share, quantile: q)
        (outcome.verdict, outcome.reason) = (decision.verdict, decision.reason)
        outcome.seen =
            "\(decision.misses) of \(decision.count) steps further off; the worst \(Quantity.rounded((deviations.max() ?? 0) * 100)) %"
    }

    /// Entries of the audit log follow on each other: numbers without gap, each hash over the last one and the entry.
    static func chain(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let after = try context.time(arguments["after"], default: 0)
        let entries = context.evidence.records.compactMap { record in
            record.kind == .received && Double(record.timeNs - context.evidence.startNs) >= after
                && record.peer == arguments["peer"]?.text ? record.message as? AuditEntry : nil
        }
        outcome.expected = "entries numbered without gap, each hashed with the one before it"
        outcome.fromNs = Int64(ns: after)
        guard entries.count >= 2 else {
            outcome.verdict = .inconclusive
            outcome.reason = .observableMissing
            outcome.seen = "\(entries.count) entries"
            return
        }
        for (previous, entry) in zip(entries, entries.dropFirst()) {
            var bare = entry
            bare.sha256 = []
            let isNext = entry.sequence == previous.sequence &+ 1
            if !isNext || Array(SHA256.hash(data: previous.sha256 + bare.encoded())) != entry.sha256 {
                outcome.verdict = .fail
                outcome.seen =
                    isNext
                    ? "the hash of entry \(entry.sequence) ('\(entry.what)') does not follow from the one before"
                    : "entry \(entry.sequence) after \(previous.sequence)"
                return
            }
        }
        outcome.verdict = .pass
        outcome.seen = "\(entries.count) entries, '\(entries[0].what)' to '\(entries[entries.count - 1].what)'"
    }

    private static func samples(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) -> [Sample] {
        let after = try context.time(arguments["after"], default: 0)
        let until = try context.time(arguments["until"], default: context.duration)
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        let field = arguments["field"]?.text ?? ""
        var samples: [Sample] = []
        for record in try context.received(arguments) where try context.matches(record, arguments["where"]) {
            let at = Double(record.timeNs - context.evidence.startNs)
            guard at >= after, at <= until, let value = record.message?.value(at: field)?.asDouble else { continue }
            let per = arguments["per"]?.text.flatMap { record.message?.value(at: $0)?.asDouble } ?? at
            let key = arguments["each"]?.text.flatMap { record.message?.value(at: $0)?.json } ?? ""
            samples.append(Sample(series: record.peer + key, at: at, value: value, per: per))
        }
        return samples
    }

    private static func hasEnough(_ samples: [Sample], _ outcome: inout CheckResult) -> Bool {
        if samples.count >= 3 { return true }
        outcome.verdict = .inconclusive
        outcome.reason = .observableMissing
        outcome.seen = "\(samples.count) values"
        return false
    }
}
