import PonsMessages
import PonsReflection

/// `event`, `never`, `always`, `count`, `closed`: what the robot sent, and when.
enum EventOracle {
    /// A message with these values, not before and not after given times. Its time gets a name with `as`.
    static func event(
        _ arguments: StepArgument, _ context: inout JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let after = try context.time(arguments["after"], default: 0)
        let before = try context.time(arguments["before"], default: context.duration)
        let stamp = arguments["stamp"]?.text
        outcome.expected = "\(subject(arguments, context)) between \(at(after)) and \(at(before))"
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: before))
        var near: [String] = []
        for record in try context.received(arguments) {
            let (time, uncertainty) = context.time(of: record, stamp: stamp)
            guard time >= after - uncertainty else { continue }
            guard try context.matches(record, arguments["where"]) else {
                if near.count < 3 && time <= before + 50e6 {
                    near.append("\(summary(record, arguments)) at \(at(time))")
                }
                continue
            }
            if let name = arguments["as"]?.text { context.named[name] = time }
            outcome.seen = "at \(at(time))\(uncertainty > 0 ? " ± \(Quantity(uncertainty, .time).text)" : "")"
            if time + uncertainty <= before {
                outcome.verdict = .pass
            } else if time - uncertainty > before {
                outcome.verdict = .fail
            } else {
                outcome.verdict = .inconclusive
                outcome.reason = .straddlesLimit
            }
            return
        }
        outcome.verdict = .fail
        outcome.seen = near.isEmpty ? "none" : "none; saw \(near.joined(separator: ", "))"
    }

    /// No message with these values in the window.
    static func never(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (after, until) = try window(arguments, context)
        outcome.expected = "no \(subject(arguments, context)) from \(at(after)) to \(at(until))"
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        for record in try context.received(arguments) {
            let (time, uncertainty) = context.time(of: record, stamp: arguments["stamp"]?.text)
            guard time - uncertainty > after, time + uncertainty < until else { continue }
            guard try context.matches(record, arguments["where"]) else { continue }
            outcome.verdict = .fail
            outcome.seen = "\(summary(record, arguments)) at \(at(time))"
            outcome.fromNs = Int64(ns: time) - 50_000_000
            return
        }
        outcome.verdict = .pass
        outcome.seen = "none"
    }

    /// Every message of the type in the window has these values, and there are enough of them.
    static func always(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (after, until) = try window(arguments, context)
        let needed = Int(count: try context.quantity(arguments["at_least"])?.value ?? 1)
        outcome.expected =
            "every \(arguments["message"]?.text ?? "") from \(at(after)) to \(at(until)): \(context.text(arguments["where"]))"
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        var count = 0
        for record in try context.received(arguments) {
            let (time, uncertainty) = context.time(of: record, stamp: arguments["stamp"]?.text)
            guard time - uncertainty >= after, time + uncertainty <= until else { continue }
            guard try context.matches(record, arguments["where"]) else {
                outcome.verdict = .fail
                outcome.seen = "\(summary(record, arguments)) at \(at(time))"
                outcome.fromNs = Int64(ns: time) - 50_000_000
                return
            }
            count += 1
        }
        outcome.seen = "\(count) messages, all as required"
        outcome.verdict = count >= needed ? .pass : .inconclusive
        if count < needed {
            outcome.reason = .observableMissing
            outcome.seen = "\(count) messages of at least \(needed)"
        }
    }

    /// How many messages with these values came in the window.
    static func count(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (after, until) = try window(arguments, context)
        let least = try context.quantity(arguments["at_least"])?.value
        let most = try context.quantity(arguments["at_most"])?.value
        guard least != nil || most != nil else {
            throw JudgeFailure("line \(arguments.line): count needs 'at_least' or 'at_most'")
        }
        let bounds = [least.map { "at least \(Int(count: $0))" }, most.map { "at most \(Int(count: $0))" }].compactMap {
            $0
        }
        outcome.expected =
            "\(bounds.joined(separator: ", ")) \(subject(arguments, context)) from \(at(after)) to \(at(until))"
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        var count = 0
        for record in try context.received(arguments) {
            let (time, _) = context.time(of: record, stamp: arguments["stamp"]?.text)
            if time >= after, time <= until, try context.matches(record, arguments["where"]) { count += 1 }
        }
        outcome.seen = "\(count)"
        outcome.verdict = Double(count) < least ?? 0 || Double(count) > most ?? .infinity ? .fail : .pass
    }

    /// The longest pause between messages of a type in the window.
    static func gap(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (after, until) = try window(arguments, context)
        let most = try context.time(arguments["at_most"], default: 0)
        outcome.expected = "\(subject(arguments, context)) at least every \(at(most)) from \(at(after)) to \(at(until))"
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        var last = after
        var worst = (length: 0.0, at: after)
        for record in try context.received(arguments) {
            let (time, _) = context.time(of: record, stamp: arguments["stamp"]?.text)
            guard time >= after, time <= until, try context.matches(record, arguments["where"]) else { continue }
            if time - last > worst.length { worst = (time - last, last) }
            last = time
        }
        if until - last > worst.length { worst = (until - last, last) }
        outcome.seen = "longest pause \(at(worst.length)) after \(at(worst.at))"
        outcome.verdict = worst.length <= most ? .pass : .fail
        if outcome.verdict == .fail {
            (outcome.fromNs, outcome.untilNs) = (Int64(ns: worst.at), Int64(ns: worst.at + worst.length))
        }
    }

    /// Values of a field over the messages of the window: none twice, and no constant step from one to the next.
    static func distinct(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (after, until) = try window(arguments, context)
        let field = arguments["field"]?.text ?? ""
        outcome.expected = "\(field) of every \(subject(arguments, context)) new, and not to be guessed from the last"
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        var values: [UInt64] = []
        for record in try context.received(arguments) {
            let (time, _) = context.time(of: record, stamp: arguments["stamp"]?.text)
            guard time >= after, time <= until, case .unsigned(let value)? = record.message?.value(at: field) else {
                continue
            }
            values.append(value)
        }
        guard values.count >= 3 else {
            outcome.verdict = .inconclusive
            outcome.reason = .observableMissing
            outcome.seen = "\(values.count) values"
            return
        }
        let steps = zip(values.dropFirst(), values).map { $0 &- $1 }
        let repeats = values.count - Set(values).count
        // Of n random steps of 64 bits none comes twice.
        let alike = steps.count - Set(steps).count
        outcome.verdict = repeats == 0 && alike == 0 ? .pass : .fail
        outcome.seen = "\(values.count) values, \(repeats) repeated, \(alike) steps that came before"
    }

    /// The robot ends the link of a peer in the window.
    static func closed(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let (after, until) = try window(arguments, context)
        let peer = arguments["peer"]?.text ?? ""
        outcome.expected = "the robot closes the link of \(peer) between \(at(after)) and \(at(until))"
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        let record = context.evidence.records.first {
            $0.kind == .closedByRobot && $0.peer == peer && Double($0.timeNs - context.evidence.startNs) >= after
        }
        guard let record else {
            outcome.verdict = .fail
            outcome.seen = "the link stayed open"
            return
        }
        let time = Double(record.timeNs - context.evidence.startNs)
        outcome.seen = "closed at \(at(time))"
        outcome.verdict = time <= until ? .pass : .fail
    }

    private static func window(
        _ arguments: StepArgument, _ context: JudgeContext
    ) throws(JudgeFailure) -> (after: Double, until: Double) {
        (
            try context.time(arguments["after"], default: 0),
            try context.time(arguments["until"], default: context.duration)
        )
    }

    private static func subject(_ arguments: StepArgument, _ context: JudgeContext) -> String {
        let conditions = context.text(arguments["where"])
        return (arguments["message"]?.text ?? "") + (conditions.isEmpty ? "" : " with \(conditions)")
    }

    /// The message with the values the check looks at.
    private static func summary(_ record: Evidence.Record, _ arguments: StepArgument) -> String {
        let name = record.type.map { "\($0.label)" } ?? ""
        let values = (arguments["where"]?.entries ?? []).map { entry in
            "\(entry.key) = \(record.message?.value(at: entry.key)?.json ?? "absent")"
        }
        return values.isEmpty ? name : "\(name) (\(values.joined(separator: ", ")))"
    }

    private static func at(_ time: Double) -> String { Quantity(time, .time).text }
}
