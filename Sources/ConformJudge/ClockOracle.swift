import PonsMessages

/// `clock`: the robot's clock runs evenly (TIM-03).
///
/// Each exchange bounds the offset of the two clocks from both sides: the robot stamped after the question left and before
/// the answer came. A clock that jumps or drifts further than allowed makes two bounds contradict each other, however slow
/// the link is; no delay is ever taken for a fault.
enum ClockOracle {
    private static let jumpNs = 1e6
    private static let drift = 200e-6

    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected =
            "no step above \(Quantity(jumpNs, .time).text), no drift above 200 ppm, against the tester's clock"
        let bounds = bounds(of: arguments["peer"]?.text, context.evidence)
        guard bounds.count >= 10 else {
            (outcome.verdict, outcome.reason) = (.inconclusive, .observableMissing)
            outcome.seen = "\(bounds.count) exchanges"
            return
        }
        outcome.verdict = .pass
        outcome.seen =
            "\(bounds.count) exchanges over \(Quantity(bounds[bounds.count - 1].at - bounds[0].at, .time).text)"
        // The tightest bounds so far, carried along: they loosen with time by the drift that is allowed.
        var (low, high, at) = (bounds[0].low, bounds[0].high, bounds[0].at)
        for bound in bounds.dropFirst() {
            let loosened = drift * (bound.at - at)
            (low, high, at) = (low - loosened, high + loosened, bound.at)
            let contradiction = max(bound.low - high, low - bound.high)
            if contradiction > jumpNs {
                outcome.verdict = .fail
                outcome.seen =
                    "the clock stepped by at least \(Quantity(contradiction, .time).text) before \(Quantity(at, .time).text)"
                (outcome.fromNs, outcome.untilNs) = (Int64(ns: at) - 500_000_000, Int64(ns: at))
                return
            }
            (low, high) = (max(low, bound.low), min(high, bound.high))
        }
    }

    /// Bounds of robot time minus tester time, ns, by the tester's time since the start.
    private static func bounds(
        of peer: String?, _ evidence: Evidence
    ) -> [(at: Double, low: Double, high: Double)] {
        var asked: [UInt64: Int64] = [:]
        var bounds: [(at: Double, low: Double, high: Double)] = []
        for record in evidence.records where record.peer == peer {
            if record.kind == .sent, let ping = record.message as? TimePing { asked[ping.id] = record.timeNs }
            guard record.kind == .received, let pong = record.message as? TimePong, let sent = asked[pong.id] else {
                continue
            }
            bounds.append(
                (
                    Double(record.timeNs - evidence.startNs), Double(pong.robotSendNs.since(record.timeNs)),
                    Double(pong.robotReceiveNs.since(sent))
                ))
        }
        return bounds
    }
}
