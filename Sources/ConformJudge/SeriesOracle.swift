import Crypto
import PonsMessages
import PonsReflection

/// What a number does from one message to the next: `grows`, `rate`, and the chain of an audit log.
enum SeriesOracle {
    private struct Sample {
        let peer: String
        let at: Double
        let value: Double
        let per: Double
    }

    /// Values of a field never fall; with `by`, each is that much above the last.
    static func grows(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let step = try context.quantity(arguments["by"])?.value
        let samples = try samples(arguments, context, &outcome)
        let field = arguments["field"]?.text ?? ""
        outcome.expected = "\(field) \(step.map { "grows by \(Quantity.rounded($0)) each time" } ?? "never falls")"
        guard hasEnough(samples, &outcome) else { return }
        var last: [String: Sample] = [:]
        for sample in samples {
            if let previous = last[sample.peer] {
                let isWrong = step.map { sample.value != previous.value + $0 } ?? (sample.value < previous.value)
                if isWrong {
                    outcome.verdict = .fail
                    outcome.seen = "\(Quantity.rounded(sample.value)) after \(Quantity.rounded(previous.value))"
                    (outcome.fromNs, outcome.untilNs) = (Int64(previous.at), Int64(sample.at))
                    return
                }
            }
            last[sample.peer] = sample
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
        outcome.fromNs = Int64(after)
        guard entries.count >= 2 else {
            outcome.verdict = .inconclusive
            outcome.reason = .observableMissing
            outcome.seen = "\(entries.count) entries"
            return
        }
        for (previous, entry) in zip(entries, entries.dropFirst()) {
            var bare = entry
            bare.sha256 = []
            let isNext = entry.sequence == previous.sequence + 1
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
        (outcome.fromNs, outcome.untilNs) = (Int64(after), Int64(until))
        let field = arguments["field"]?.text ?? ""
        var samples: [Sample] = []
        for record in try context.received(arguments) where try context.matches(record, arguments["where"]) {
            let at = Double(record.timeNs - context.evidence.startNs)
            guard at >= after, at <= until, let value = record.message?.value(at: field)?.asDouble else { continue }
            let per = arguments["per"]?.text.flatMap { record.message?.value(at: $0)?.asDouble } ?? at
            samples.append(Sample(peer: record.peer, at: at, value: value, per: per))
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
