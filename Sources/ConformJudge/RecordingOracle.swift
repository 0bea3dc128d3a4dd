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
            guard let name = arguments["name"]?.text, let has = arguments["has"] else {
                throw JudgeFailure("line \(arguments.line): 'described' needs 'name' and 'has'")
            }
            let keys = has.elements.compactMap(\.text)
            outcome.expected = "metadata '\(name)' with \(keys.joined(separator: ", "))"
            let missing = keys.filter { facts.metadata[name]?[$0]?.isEmpty ?? true }
            outcome.seen = keys.map { "\($0) \(facts.metadata[name]?[$0] ?? "")" }.joined(separator: ", ")
            problem = missing.isEmpty ? nil : "without \(missing.joined(separator: ", "))"
        default:
            throw JudgeFailure(
                "line \(arguments.line): recording is 'whole', 'in_short_chunks', 'readable_when_cut' or 'described'")
        }
        guard outcome.verdict != .inconclusive else { return }
        outcome.verdict = problem == nil ? .pass : .fail
        if let problem { outcome.seen = problem }
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
