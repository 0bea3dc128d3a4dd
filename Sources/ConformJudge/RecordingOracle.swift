import PonsMessages
import PonsReflection

/// `recording`: the file itself; `matched`: one message for another.
enum RecordingOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let facts = context.evidence.recording else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .notExercised)
            outcome.seen = "no recording was read"
            return
        }
        let problem: String?
        switch arguments["is"]?.text {
        case "whole":
            outcome.expected =
                "profile pons/1, a schema for every channel, a sum for every chunk, closed with a summary"
            problem = brokenness(of: facts)
            outcome.seen = "\(facts.chunkCount) chunks, closed"
        case "in_short_chunks":
            let most = try context.time(arguments["at_most"], default: 1e9)
            outcome.expected = "no chunk longer than \(Quantity(most, .time).text)"
            outcome.seen = "\(facts.chunkCount) chunks, the longest \(Quantity(facts.longestChunkNs, .time).text)"
            problem = facts.chunkCount > 0 && facts.longestChunkNs <= most ? nil : outcome.seen
        case "readable_when_cut":
            outcome.expected = "every whole chunk before a cut is read"
            outcome.seen = "\(facts.cuts.count) cuts, nothing lost but the chunk that was cut"
            let lossy = facts.cuts.first { $0.read < $0.whole }
            problem = lossy.map { "cut at byte \($0.at): \($0.read) of \($0.whole) messages" }
            if facts.cuts.isEmpty { (outcome.verdict, outcome.reason) = (.inconclusive, .notExercised) }
        case "described":
            return try described(facts, arguments, &outcome)
        case "kept_around_its_stop":
            return try keptAroundItsStop(facts, arguments, context, &outcome)
        default:
            throw JudgeFailure(
                "line \(arguments.line): recording is 'whole', 'in_short_chunks', 'readable_when_cut', 'described' or 'kept_around_its_stop'"
            )
        }
        guard outcome.verdict != .inconclusive else { return }
        outcome.verdict = problem == nil ? .pass : .fail
        if let problem { outcome.seen = problem }
    }

    private static func described(
        _ facts: RecordingFacts, _ arguments: StepArgument, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let name = arguments["name"]?.text, let has = arguments["has"] else {
            throw JudgeFailure("line \(arguments.line): 'described' needs 'name' and 'has'")
        }
        let keys = has.elements.compactMap(\.text)
        outcome.expected = "metadata '\(name)' with \(keys.joined(separator: ", "))"
        if let other = arguments["unless"]?.text, facts.metadata[other] != nil, facts.metadata[name] == nil {
            (outcome.verdict, outcome.reason) = (.inconclusive, .notExercised)
            outcome.seen = "no metadata '\(name)', in a recording with metadata '\(other)'"
            return
        }
        let missing = keys.filter { facts.metadata[name]?[$0]?.isEmpty ?? true }
        outcome.seen = keys.map { "\($0) \(facts.metadata[name]?[$0] ?? "")" }.joined(separator: ", ")
        if !missing.isEmpty { outcome.seen = "without \(missing.joined(separator: ", "))" }
        outcome.verdict = missing.isEmpty ? .pass : .fail
    }

    /// Every cycle of the small brain from some time before a stop to some time after it. One in a hundred may be lost to a slow
    /// disk (REC-07). A robot that had booted just before has less to show.
    private static func keptAroundItsStop(
        _ facts: RecordingFacts, _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let before = try context.time(arguments["before"], default: 10e9)
        let after = try context.time(arguments["after"], default: 5e9)
        func text(_ ns: Double) -> String { Quantity(ns, .time).text }
        outcome.expected = "state in every cycle from \(text(before)) before the stop to \(text(after)) after it"
        guard let metadata = facts.metadata["incident"] else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .observableMissing)
            outcome.seen = "no metadata 'incident': a recording that was not kept for a stop"
            return
        }
        guard let rate = context.evidence.descriptor?.timing?.smallBrainRateHz, rate > 0 else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .observableMissing)
            outcome.seen = "the description names no rate of the small brain"
            return
        }
        let records = context.evidence.records.filter { $0.kind == .received }
        let stop = records.first { record in
            let cause = (record.message as? SafetyEvent).map { "\($0.cause.label)" }
            return cause != nil && cause == metadata["cause"] && "\(record.timeNs)" == metadata["time_ns"]
        }
        guard let stop else {
            outcome.verdict = .fail
            outcome.seen =
                "no SafetyEvent with the time and cause of the metadata, \(metadata["time_ns"] ?? "no time_ns") ns and \(metadata["cause"] ?? "no cause")"
            return
        }
        // A file may name any time: as floating point no difference overflows.
        func sinceStop(_ record: Evidence.Record) -> Double { Double(record.timeNs) - Double(stop.timeNs) }
        let boots = records.filter { ($0.message as? SafetyStatus)?.state == .initialising }.map(sinceStop)
        let start = max(-before, boots.first { $0 <= 0 } ?? -.infinity)
        let kept = records.filter { $0.type == .wholeBodyState }.map(sinceStop).filter { start <= $0 && $0 <= after }
        let wanted = (after - start) * rate / 1e9
        let reach = kept.isEmpty ? "no state around" : "\(text(-kept[0])) before to \(text(kept[kept.count - 1])) after"
        outcome.seen =
            "\(reach) the stop by \(metadata["cause"] ?? ""), \(kept.count) of \(Quantity.rounded(wanted.rounded())) cycles"
        outcome.verdict = Double(kept.count) >= 0.99 * wanted ? .pass : .fail
    }

    private static func brokenness(of facts: RecordingFacts) -> String? {
        if facts.profile != "pons/1" { return "profile '\(facts.profile)'" }
        if let topic = facts.bareTopics.first { return "\(topic) has no schema" }
        if facts.chunksWithoutSum > 0 { return "\(facts.chunksWithoutSum) of \(facts.chunkCount) chunks without a sum" }
        if !facts.hasDataEnd || !facts.hasSummary { return facts.problems.first ?? "not closed" }
        return facts.problems.first
    }

    /// Every message of one type has its counterpart, by the value of a field.
    static func matched(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let name = arguments["message"]?.text, let other = arguments["with"]?.text,
            let field = arguments["by"]?.text
        else { throw JudgeFailure("line \(arguments.line): matched needs 'message', 'with' and 'by'") }
        outcome.expected = "for every \(name) the \(other) of the same \(field)"
        func values(_ name: String) -> [String] {
            context.evidence.records.filter { $0.kind == .received && $0.type.map { "\($0.label)" } == name }.compactMap
            {
                $0.message?.value(at: field)?.json
            }
        }
        let known = Set(values(other))
        let wanted = values(name)
        guard wanted.count >= 3 else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .observableMissing)
            outcome.seen = "\(wanted.count) \(name)"
            return
        }
        let lost = wanted.filter { !known.contains($0) }
        outcome.verdict = lost.isEmpty ? .pass : .fail
        outcome.seen =
            lost.isEmpty
            ? "\(wanted.count), each with its \(other)"
            : "\(lost.count) of \(wanted.count) without, first \(field) \(lost[0])"
    }
}
