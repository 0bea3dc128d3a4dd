import PonsMessages
import PonsReflection
import PonsVocabulary

/// The judge: a pure function of test and evidence. No clock, no network, no randomness; anybody can run it again.
public enum Judge {
    /// Judges one play of a test. Cost: linear in the evidence for each check.
    public static func judge(_ test: TestDefinition, _ evidence: Evidence) -> TestResult {
        var result = TestResult(test: test)
        var context = JudgeContext(test: test, evidence: evidence)
        for check in test.checks {
            var outcome = CheckResult(id: check.id, isControl: check.isControl, expected: "")
            do throws(JudgeFailure) { try apply(check, &context, &outcome) } catch {
                outcome.verdict = error.isUnreached ? .inconclusive : .error
                outcome.reason = error.isUnreached ? .notExercised : nil
                outcome.expected = "\(check.oracle) \(JudgeContext.text(check.arguments))"
                outcome.seen = error.message
            }
            soften(&outcome, evidence)
            result.checks.append(outcome)
        }
        excuse(&result)
        excuseStopped(&result, evidence)
        excuseUnplayed(&result, evidence)
        result.checks += Monitors.judge(evidence, of: test.target)
        excuseLost(&result, evidence)
        conclude(&result, evidence)
        return result
    }

    private static func apply(
        _ check: TestDefinition.Check, _ context: inout JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        switch check.oracle {
        case "reply": try ReplyOracle.judge(check.arguments, context, &outcome)
        case "event": try EventOracle.event(check.arguments, &context, &outcome)
        case "never": try EventOracle.never(check.arguments, context, &outcome)
        case "always": try EventOracle.always(check.arguments, context, &outcome)
        case "count": try EventOracle.count(check.arguments, context, &outcome)
        case "descriptor": try DescriptorOracle.judge(check.arguments, context, &outcome)
        case "declared": try DeclarationOracle.judge(check.arguments, context, &outcome)
        case "monitor": try Monitors.judge(check.arguments, context.evidence, &outcome)
        case "distinct": try EventOracle.distinct(check.arguments, context, &outcome)
        case "age": try QuantileOracle.age(check.arguments, context, &outcome)
        case "grows": try SeriesOracle.grows(check.arguments, context, &outcome)
        case "rate": try SeriesOracle.rate(check.arguments, context, &outcome)
        case "chain": try SeriesOracle.chain(check.arguments, context, &outcome)
        case "recording": try RecordingOracle.judge(check.arguments, context, &outcome)
        case "matched": try RecordingOracle.matched(check.arguments, context, &outcome)
        case "answers": try CodecOracle.judge(check.arguments, context, &outcome)
        case "steady": try SeriesOracle.steady(check.arguments, context, &outcome)
        case "clock": try ClockOracle.judge(check.arguments, context, &outcome)
        case "pictures": try PictureOracle.pictures(check.arguments, context, &outcome)
        case "pieces": try PictureOracle.pieces(check.arguments, context, &outcome)
        case "together": try PictureOracle.together(check.arguments, context, &outcome)
        case "calibrated": try PictureOracle.calibrated(check.arguments, context, &outcome)
        case "frames": try FrameOracle.judge(check.arguments, context, &outcome)
        case "protective_distance": try SeparationOracle.judge(check.arguments, context, &outcome)
        case "transcript": try TranscriptOracle.judge(check.arguments, context, &outcome)
        case "body_model": try BodyModelOracle.judge(check.arguments, context, &outcome)
        case "gap": try EventOracle.gap(check.arguments, context, &outcome)
        case "closed": try EventOracle.closed(check.arguments, context, &outcome)
        case "motion": try MotionOracle.judge(check.arguments, context, &outcome)
        case "quantile": try QuantileOracle.judge(check.arguments, context, &outcome)
        default: throw JudgeFailure("unknown oracle '\(check.oracle)'")
        }
    }

    /// A tester that stalled while something was measured, or so shortly before that what it sent came in a heap, has no right to
    /// blame the robot for it. A long stall may be noticed after what it has spoilt.
    private static func soften(_ outcome: inout CheckResult, _ evidence: Evidence) {
        guard outcome.verdict == .fail else { return }
        let from = (outcome.fromNs ?? 0) + evidence.startNs
        let until = (outcome.untilNs ?? evidence.endNs - evidence.startNs) + evidence.startNs
        let stalls = evidence.records.filter {
            $0.kind == .stall && $0.timeNs >= from - 50_000_000
                && $0.timeNs - stallLength($0) <= until + 100_000_000
        }
        guard let worst = stalls.max(by: { stallLength($0) < stallLength($1) }) else { return }
        outcome.verdict = .inconclusive
        outcome.reason = .testerStall
        outcome.seen +=
            " (\(stalls.count) stalls of this machine, longest \(Quantity(Double(stallLength(worst)), .time).text))"
    }

    /// A stall that took a control left the robot where the test did not want it: what failed after that shows nothing of it.
    private static func excuse(_ result: inout TestResult) {
        let isTaken = { (check: CheckResult) in
            check.isControl && check.verdict == .inconclusive && check.reason == .testerStall
        }
        guard let control = result.checks.first(where: isTaken) else { return }
        excuse(&result, .testerStall, "a stall of this machine took the control '\(control.id)'") { _ in true }
    }

    /// What a robot does about a controller that has fallen silent.
    private static let silences: Set<Cause> = [.commandTimeout, .peerLost, .leaseExpired, .noTimesync]

    /// A tester that stalled had fallen silent: the robot stopped by right, and what failed from then on shows nothing of it. A
    /// robot that stood already hangs up by right where the stall was as long as a peer may be silent.
    private static func excuseStopped(_ result: inout TestResult, _ evidence: Evidence) {
        let stalls = evidence.records.filter { $0.kind == .stall }
        let answer = evidence.records.first { record in
            guard let least = silence(that: record) else { return false }
            return stalls.contains {
                stallLength($0) >= least && record.timeNs >= $0.timeNs - stallLength($0)
                    && record.timeNs <= $0.timeNs + 200_000_000
            }
        }
        guard let answer else { return }
        let answeredNs = answer.timeNs - evidence.startNs
        let at = Quantity(Double(answeredNs), .time).text
        let what = (answer.message as? SafetyEvent).map { "stopped the robot at \(at): \($0.cause.label)" }
        excuse(&result, .testerStall, "a stall of this machine \(what ?? "ended the link of \(answer.peer) at \(at)")")
        {
            $0.untilNs ?? .max >= answeredNs
        }
    }

    /// How long a tester must have been silent at least for the robot to do this because of it, ns; `nil` for anything else.
    private static func silence(that record: Evidence.Record) -> Int64? {
        switch record.kind {
        case .received: (record.message as? SafetyEvent).flatMap { silences.contains($0.cause) ? 0 : nil }
        case .closedByRobot: 200_000_000
        default: nil
        }
    }

    /// From the first frame on that a link has lost, what failed may be the link's doing and not the robot's.
    private static func excuseLost(_ result: inout TestResult, _ evidence: Evidence) {
        let lost = LostFrames(in: evidence)
        let unansweredNs = result.checks.filter { $0.reason == .linkLoss }.compactMap(\.fromNs)
        let gapNs = lost.firstNs.map { $0 - evidence.startNs }
        guard let firstNs = (unansweredNs + [gapNs].compactMap(\.self)).min() else { return }
        let at = Quantity(Double(firstNs), .time).text
        let what =
            lost.count > 0 ? "frames of the robot that have not arrived: \(lost.count)" : "an answer has not arrived"
        excuse(&result, .linkLoss, "\(what), since \(at)") { $0.untilNs ?? .max >= firstNs }
    }

    /// What should have happened after the stimulus had ended early was not asked of the robot.
    private static func excuseUnplayed(_ result: inout TestResult, _ evidence: Evidence) {
        guard let step = evidence.records.first(where: { $0.kind == .stepFailed }) else { return }
        excuse(&result, .notExercised, "the stimulus had ended before") {
            $0.fromNs ?? .min >= step.timeNs - evidence.startNs
        }
    }

    private static func excuse(
        _ result: inout TestResult, _ reason: ReasonCode, _ why: String, where isExcused: (CheckResult) -> Bool
    ) {
        for index in result.checks.indices
        where result.checks[index].verdict == .fail && isExcused(result.checks[index]) {
            result.checks[index].verdict = .inconclusive
            result.checks[index].reason = reason
            result.checks[index].seen += " (\(why))"
        }
    }

    private static func stallLength(_ record: Evidence.Record) -> Int64 {
        record.timeNs - (record.dueNs ?? record.timeNs)
    }

    private static func conclude(_ result: inout TestResult, _ evidence: Evidence) {
        result.durationNs = evidence.endNs - evidence.startNs
        let controls = result.checks.filter { $0.isControl && $0.verdict != .pass }
        for check in result.checks where !check.isControl {
            result.verdict = result.verdict.worsened(by: check.verdict)
            result.reason = result.reason ?? check.reason
        }
        if result.checks.contains(where: { $0.verdict == .error }) { return result.verdict = .error }
        if let step = evidence.records.first(where: { $0.kind == .stepFailed }) {
            settle(&result, .notExercised, "the stimulus", step.note)
        } else if let control = controls.first {
            settle(
                &result, control.reason ?? .notExercised, "control '\(control.id)': \(control.expected)", control.seen)
        }
    }

    /// The situation the test needs was not reached: what the other checks say then means nothing, unless one of them
    /// already shows a violation by itself.
    private static func settle(_ result: inout TestResult, _ reason: ReasonCode, _ expected: String, _ seen: String) {
        if result.verdict == .fail { return }
        result.verdict = .inconclusive
        result.reason = reason
        var check = CheckResult(id: "exercised", isControl: true, expected: expected)
        check.verdict = .inconclusive
        check.reason = reason
        check.seen = seen
        result.checks.insert(check, at: 0)
    }
}
