import PonsMessages
import PonsReflection
import PonsWire

/// What must hold in all traffic of every test, whatever the test is about.
public enum Monitors {
    /// Ids of their checks.
    public static let ids = ["schema", "sequence", "clock", "state-machine", "standstill"].map { "monitor/\($0)" }

    static func judge(_ evidence: Evidence, of target: TestDefinition.Target) -> [CheckResult] {
        switch target {
        case .robot, .brain: all(evidence)
        // A file has no links: what is in it must decode. A codec has no traffic at all.
        case .recording: [schema(evidence)]
        case .codec: []
        }
    }

    private static func all(_ evidence: Evidence) -> [CheckResult] {
        [schema(evidence), sequence(evidence), clock(evidence), transitions(evidence), standstill(evidence)]
    }

    /// One of them, as a check of a test.
    static func judge(
        _ arguments: StepArgument, _ evidence: Evidence, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let name = arguments["name"]?.text ?? ""
        guard let result = all(evidence).first(where: { $0.id == "monitor/\(name)" }) else {
            throw JudgeFailure("line \(arguments.line): no monitor '\(name)'")
        }
        outcome.expected = result.expected
        outcome.verdict = result.verdict
        outcome.seen = result.seen
        (outcome.fromNs, outcome.untilNs) = (result.fromNs, result.untilNs)
    }

    private static func monitor(_ id: String, _ expected: String, _ evidence: Evidence, _ problem: (String, Int64)?)
        -> CheckResult
    {
        var result = CheckResult(id: "monitor/\(id)", isControl: false, expected: expected)
        result.verdict = problem == nil ? .pass : .fail
        result.seen = problem?.0 ?? "kept"
        if let time = problem?.1 {
            result.fromNs = time - evidence.startNs - 50_000_000
            result.untilNs = time - evidence.startNs + 50_000_000
        }
        return result
    }

    private static func schema(_ evidence: Evidence) -> CheckResult {
        let bad = evidence.records.first { $0.kind == .damaged }
        return monitor(
            "schema", "every frame is whole and keeps the schema", evidence,
            bad.map { ("\($0.peer == Evidence.guestName ? "by" : "to") \($0.peer): \($0.note)", $0.timeNs) })
    }

    /// Frame counters grow in every session. Outside of one a robot on datagrams keeps nothing of a peer, counters included.
    /// Datagrams beside a stream may overtake each other, and the end that takes them sees to it that none counts twice.
    private static func sequence(_ evidence: Evidence) -> CheckResult {
        var last: [String: UInt32] = [:]
        var problem: (String, Int64)?
        for record in evidence.records {
            guard record.kind == .received, let header = record.header, header.stream == 0, header.sessionID != 0 else {
                continue
            }
            let session = "\(record.peer) \(header.sessionID)"
            let counter = header.counter
            if let previous = last[session], counter &- previous == 0 || counter &- previous > UInt32.max / 2,
                problem == nil
            {
                problem = ("counter \(counter) after \(previous) to \(record.peer)", record.timeNs)
            }
            last[session] = counter
        }
        return monitor("sequence", "frame counters of a session only grow", evidence, problem)
    }

    /// Longest time from a measurement to the frame that carries it, ns: what is older is no state of now.
    public static let oldestStateNs: Int64 = 1_000_000_000

    /// The robot's send stamps never go back on a link, and a state was captured shortly before it was sent, by the same clock.
    private static func clock(_ evidence: Evidence) -> CheckResult {
        var last: [String: Int64] = [:]
        var problem: (String, Int64)?
        for record in evidence.records {
            if record.kind == .opened { last[record.peer] = nil }
            guard record.kind == .received, record.peer != Evidence.guestName, let header = record.header,
                header.stream == 0
            else { continue }
            let stamp = header.sendTimeNs
            if let previous = last[record.peer], stamp < previous, problem == nil {
                problem = (
                    "send time went back by \(Quantity(Double(previous.since(stamp)), .time).text)", record.timeNs
                )
            }
            last[record.peer] = stamp
            if problem == nil, let state = record.message as? WholeBodyState, let text = age(of: state, sentNs: stamp) {
                problem = (text, record.timeNs)
            }
        }
        return monitor(
            "clock", "the robot's send time never goes back, and a state was captured less than 1 s before it",
            evidence,
            problem)
    }

    /// What is wrong with the age of a state; `nil` where nothing is.
    private static func age(of state: WholeBodyState, sentNs: Int64) -> String? {
        guard let capture = state.captureNs else { return nil }
        let age = sentNs.since(capture)
        if age < 0 { return "a state captured \(text(-Double(age))) after it was sent" }
        return age > oldestStateNs ? "a state captured \(text(Double(age))) before it was sent" : nil
    }

    private static func text(_ nanoseconds: Double) -> String { Quantity(nanoseconds, .time).text }

    /// Safety events name edges of the table and are numbered without gap.
    private static func transitions(_ evidence: Evidence) -> CheckResult {
        var last: [String: SafetyEvent] = [:]
        var problem: (String, Int64)?
        for record in evidence.records {
            if record.kind == .opened { last[record.peer] = nil }
            guard record.kind == .received, let event = record.message as? SafetyEvent, problem == nil else { continue }
            if !TransitionTable.allows(event.from, event.to, edge: Int(event.edge)) {
                problem = ("\(event.from.label) → \(event.to.label) as edge \(event.edge)", record.timeNs)
            } else if let previous = last[record.peer], event.edge != 1 {
                if event.sequence != previous.sequence &+ 1 {
                    problem = ("event \(event.sequence) after \(previous.sequence)", record.timeNs)
                } else if event.from != previous.to {
                    problem = ("event from \(event.from.label) after one to \(previous.to.label)", record.timeNs)
                }
            }
            last[record.peer] = event
        }
        return monitor(
            "state-machine", "safety events follow the transition table, numbered without gap", evidence, problem)
    }

    /// How far a joint may go while the robot says that it holds it, rad or m, and how long it may be there: pushed, it escalates.
    private static let hold = (drift: Float(0.05), lastingNs: Int64(100_000_000))

    /// What a client was told of a stop that holds, and what the joints did then.
    private struct HoldWatch {
        let sinceNs: Int64
        var start: [Float]?
        var beyondSinceNs: Int64?

        /// What is wrong with a state, both in the robot's clock; `nil` where nothing is.
        mutating func problem(_ state: WholeBodyState) -> String? {
            guard let capture = state.captureNs, capture >= sinceNs else { return nil }
            guard let start else {
                self.start = state.position
                return nil
            }
            let drift = zip(start, state.position).map { abs($0 - $1) }
            guard let joint = drift.indices.max(by: { drift[$0] < drift[$1] }), drift[joint] > hold.drift else {
                beyondSinceNs = nil
                return nil
            }
            let since = beyondSinceNs ?? capture
            beyondSinceNs = since
            guard capture.since(since) >= hold.lastingNs else { return nil }
            return
                "joint \(joint) went \(Quantity.rounded(Double(drift[joint]))) rad or m in \(text(Double(capture.since(sinceNs)))) of PROTECTIVE_STOP"
        }
    }

    /// A robot that says that it holds its joints holds them (SAF-15): what is told of a stop is what happens.
    private static func standstill(_ evidence: Evidence) -> CheckResult {
        var watches: [String: HoldWatch] = [:]
        var problem: (String, Int64)?
        for record in evidence.records where record.peer != Evidence.guestName && problem == nil {
            if record.kind == .opened { watches[record.peer] = nil }
            guard record.kind == .received else { continue }
            if let event = record.message as? SafetyEvent {
                let holds = event.to == .protectiveStop && event.hold == .hold
                watches[record.peer] = holds ? HoldWatch(sinceNs: event.timeNs) : nil
            } else if let state = record.message as? WholeBodyState {
                problem = watches[record.peer]?.problem(state).map { ($0, record.timeNs) }
            }
        }
        return monitor("standstill", "joints stand while PROTECTIVE_STOP is told to hold them", evidence, problem)
    }
}
