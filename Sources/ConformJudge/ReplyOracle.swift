import PonsMessages
import PonsReflection
import PonsWire

/// `reply`: what became of each command of a step.
enum ReplyOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        guard let label = arguments["to"]?.text, let wanted = arguments["outcome"]?.text else {
            throw JudgeFailure("line \(arguments.line): reply needs 'to' and 'outcome'")
        }
        let reasons = arguments["reason"].map { $0.elements.compactMap(\.text) } ?? []
        let within = try context.quantity(arguments["within"])?.value ?? 250e6
        let sent = context.evidence.records.filter { $0.kind == .sent && $0.label == label }
        outcome.expected = expectation(wanted, reasons, sent.count, Quantity(within, .time))
        guard !sent.isEmpty else {
            outcome.verdict = .inconclusive
            outcome.reason = .notExercised
            outcome.seen = "step '\(label)' sent nothing"
            return
        }
        outcome.verdict = .pass
        var good = 0
        for command in sent {
            let reply = find(command, within: within, context)
            if try isWanted(reply, wanted, reasons, arguments) {
                good += 1
                continue
            }
            guard outcome.verdict == .pass else { continue }
            outcome.verdict = .fail
            if context.evidence.losesFrames && isUnanswered(command, reply, context) {
                (outcome.verdict, outcome.reason) = (.inconclusive, .linkLoss)
            }
            outcome.fromNs = command.timeNs - context.evidence.startNs
            outcome.untilNs = outcome.fromNs! + Int64(ns: within)
            outcome.seen = describe(command, reply, context)
        }
        if outcome.verdict == .pass {
            outcome.seen = sent.count == 1 ? "as required" : "all \(good) as required"
            outcome.fromNs = sent[0].timeNs - context.evidence.startNs
            outcome.untilNs = sent[sent.count - 1].timeNs - context.evidence.startNs
        } else if sent.count > 1 {
            outcome.seen += "; \(good) of \(sent.count) as required"
        }
    }

    private enum Reply {
        case accepted(Ack)
        case rejected(String, field: String)
        case duplicate(Ack)
        case applied
        case closed
        case silence
    }

    private static func find(_ command: Evidence.Record, within: Double, _ context: JudgeContext) -> Reply {
        let limit = command.timeNs + Int64(ns: within)
        let id = commandID(of: command)
        let isSetpoint = command.type == .jointSetpoint || command.type == .gripperSetpoint
        let sequence = isSetpoint ? command.message?.value(at: "sequence")?.asDouble : nil
        let later = context.evidence.records.lazy.filter {
            $0.peer == command.peer && $0.timeNs >= command.timeNs && $0.timeNs <= limit
        }
        var applied = false
        // Answers to one id come in the order of the questions: those to earlier ones are theirs, unless no other comes.
        var owed = id.map { owedAnswers(to: $0, before: command, within: within, context) } ?? 0
        var earlier: Ack?
        for record in later {
            if record.kind == .closedByRobot { return .closed }
            guard record.kind == .received, let message = record.message else { continue }
            switch message {
            case let ack as Ack where Double(ack.commandID) == id && owed > 0:
                owed -= 1
                earlier = ack
            case let ack as Ack where Double(ack.commandID) == id: return reply(ack)
            case let refusal as Refusal
            where refusal.refusedCounter == command.header?.counter
                && refusal.refusedType == command.type.map { UInt32($0.rawValue) }
                    ?? UInt32(command.header?.messageType ?? 0):
                return .rejected("\(refusal.reason.label)", field: refusal.fieldPath)
            case let rejected as SetpointRejected where sequence != nil && Double(rejected.sequence) == sequence:
                return .rejected("\(rejected.reason.label)", field: rejected.fieldPath)
            case let state as WholeBodyState
            where command.type == .jointSetpoint && sequence != nil && id == nil
                && state.acceptedSequence.map { Double($0) >= sequence! } == true:
                // A refusal of this very setpoint may still be on its way.
                if record.timeNs - command.timeNs > 25_000_000 { return .applied }
                applied = true
            case is Welcome where command.type == .hello: return .accepted(Ack())
            default: continue
            }
        }
        if let earlier { return reply(earlier) }
        return applied ? .applied : .silence
    }

    /// How many commands of the same id were sent before this one, and could still be answered when it was sent.
    private static func owedAnswers(
        to id: Double, before command: Evidence.Record, within: Double, _ context: JudgeContext
    ) -> Int {
        let recent = context.evidence.records.lazy.filter {
            $0.peer == command.peer && $0.timeNs < command.timeNs && $0.timeNs >= command.timeNs - Int64(ns: within)
        }
        var owed = 0
        for record in recent {
            switch record.kind {
            case .sent where commandID(of: record) == id: owed += 1
            case .received where (record.message as? Ack).map { Double($0.commandID) } == id: owed = max(0, owed - 1)
            default: break
            }
        }
        return owed
    }

    /// Whether a question or an answer is missing: then this answer may belong to another question of the same id.
    private static func isUnanswered(
        _ command: Evidence.Record, _ reply: Reply, _ context: JudgeContext
    ) -> Bool {
        if case .silence = reply { return true }
        guard let id = commandID(of: command) else { return false }
        let records = context.evidence.records.lazy.filter { $0.peer == command.peer }
        let asked = records.count { $0.kind == .sent && commandID(of: $0) == id }
        let answered = records.count {
            $0.kind == .received && ($0.message as? Ack).map { Double($0.commandID) } == id
        }
        return answered < asked
    }

    private static func commandID(of record: Evidence.Record) -> Double? {
        (record.message?.value(at: "command_id") ?? nil)?.asDouble
    }

    private static func reply(_ ack: Ack) -> Reply {
        switch ack.outcome {
        case .accepted: .accepted(ack)
        case .duplicate: .duplicate(ack)
        default: .rejected("\(ack.reason.label)", field: ack.fieldPath)
        }
    }

    private static func isWanted(
        _ reply: Reply, _ wanted: String, _ reasons: [String], _ arguments: StepArgument
    ) throws(JudgeFailure) -> Bool {
        switch (wanted, reply) {
        case ("accepted", .accepted(let ack)): try fields(ack, arguments)
        case ("accepted", .applied): true
        case ("duplicate", .duplicate(let ack)): try fields(ack, arguments)
        case ("rejected", .rejected(let reason, let field)):
            (reasons.isEmpty || reasons.contains(reason))
                && (arguments["field"]?.text.map { field.hasPrefix($0) } ?? true)
        case ("rejected", .closed): arguments["or_closed"]?.flag == true
        case ("silence", .silence): true
        default: false
        }
    }

    /// `9` or `9...11`, by field of the Ack.
    private static func fields(_ ack: Ack, _ arguments: StepArgument) throws(JudgeFailure) -> Bool {
        for entry in arguments["ack"]?.entries ?? [] {
            let text = entry.value.text ?? ""
            let range = text.firstRange(of: "...")
            guard let low = Double(range.map { text[..<$0.lowerBound] } ?? text[...]),
                let high = Double(range.map { text[$0.upperBound...] } ?? text[...])
            else { throw JudgeFailure("line \(entry.value.line): '\(text)' is neither a number nor a range") }
            guard let value = ack.value(at: entry.key)?.asDouble, value >= low, value <= high else { return false }
        }
        return true
    }

    private static func expectation(_ wanted: String, _ reasons: [String], _ count: Int, _ within: Quantity) -> String {
        let subject = count == 1 ? "the command" : "each of \(count) commands"
        let how = reasons.isEmpty ? wanted : "\(wanted) with \(reasons.joined(separator: " or "))"
        return wanted == "silence" ? "\(subject) not answered" : "\(subject) \(how) within \(within.text)"
    }

    private static func describe(_ command: Evidence.Record, _ reply: Reply, _ context: JudgeContext) -> String {
        let at = Quantity(Double(command.timeNs - context.evidence.startNs), .time).text
        let what = "\(command.type.map { "\($0.label)" } ?? "raw bytes") sent at \(at)"
        switch reply {
        case .accepted(let ack):
            let detail =
                ack.firstExecutedStep > 0 || ack.droppedPast > 0
                ? " (first executed step \(ack.firstExecutedStep), dropped \(ack.droppedPast))" : ""
            return "\(what) was accepted\(detail)"
        case .applied: return "\(what) was accepted"
        case .duplicate: return "\(what) was answered DUPLICATE"
        case .rejected(let reason, let field):
            return "\(what) was rejected with \(reason)\(field.isEmpty ? "" : " at \(field)")"
        case .closed: return "\(what): the robot closed the link"
        case .silence: return "\(what) was not answered"
        }
    }
}
