import PonsMessages

/// `protective_distance`: the distance in force is at least what the declared terms give (SAF-23).
enum SeparationOracle {
    /// How much more than the terms give at rest still counts as rest: sensor noise of a standing robot; m.
    private static let restTolerance = 0.05

    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let after = try context.time(arguments["after"], default: 0)
        let until = try context.time(arguments["until"], default: context.duration)
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        let growth = try context.quantity(arguments["more_by"])?.value
        guard let terms = context.evidence.descriptor?.safety?.separation else {
            outcome.verdict = .fail
            outcome.expected = "declared terms of speed and separation"
            outcome.seen = "none in the description"
            return
        }
        let rest = terms.protectiveDistance(atSpeed: 0)
        outcome.expected =
            "protective_distance at least \(Quantity.rounded(rest)) m by the declared terms"
            + (growth.map { ", and \(Quantity.rounded($0)) m more where the robot moves" } ?? ", and no more at rest")
        let peer = arguments["peer"]?.text
        let shown = context.evidence.records.compactMap { record -> Double? in
            let at = Double(record.timeNs - context.evidence.startNs)
            guard record.kind == .received, record.peer == peer, at >= after, at <= until else { return nil }
            return (record.message as? SafetyStatus)?.protectiveDistance
        }
        guard shown.count >= 3, let least = shown.min(), let most = shown.max() else {
            outcome.verdict = .fail
            outcome.seen = "shown in \(shown.count) messages"
            return
        }
        outcome.seen = "\(Quantity.rounded(least)) to \(Quantity.rounded(most)) m in \(shown.count) messages"
        let isRight = growth.map { most >= rest + $0 } ?? (most <= rest + restTolerance)
        outcome.verdict = least >= rest - 1e-6 && isRight ? .pass : .fail
    }
}
