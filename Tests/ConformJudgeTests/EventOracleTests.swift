import ConformJudge
import PonsMessages
import Testing

/// What the robot sent, and when: every sentence the judge can say of it is in the golden file.
@Suite struct EventOracleTests {
    private static let stop: Given = ["cause": "COMMAND_TIMEOUT", "to": "STOPPING"]

    private func event(_ to: SafetyState, _ cause: Cause, sequence: UInt64 = 1, time: Int64 = 0) -> SafetyEvent {
        make(SafetyEvent()) {
            ($0.from, $0.to, $0.cause, $0.sequence, $0.timeNs) = (.operational, to, cause, sequence, time)
        }
    }

    /// A stop at 100 ms between two other events, and a state of the robot every 10 ms to 50 ms.
    private func story(robotTime: Int64 = 0, uncertaintyNs: Int64 = 0, drift: Double = 0) -> Story {
        var story = Story()
        story.sent(make(StopRequest()) { $0.commandID = 1 }, at: 40, as: "stop")
        story.sent(make(StopRequest()) { $0.commandID = 2 }, at: 60, as: "stop")
        story.received(event(.reduced, .protective), at: 20)
        story.received(event(.stopping, .commandTimeout, sequence: 2, time: robotTime), at: 100)
        story.received(event(.protectiveStop, .commandTimeout, sequence: 3), at: 200)
        for ms in stride(from: 10.0, through: 50, by: 10) {
            story.received(
                make(SafetyStatus()) { ($0.state, $0.sequence) = (.operational, UInt64(ms)) }, at: ms, peer: "B")
        }
        story.note(.closedByRobot, at: 300, peer: "B")
        if uncertaintyNs > 0 {
            // The robot's clock is ten seconds ahead; an older reading says otherwise.
            story.evidence.clocks["A"] = [
                ClockReading(timeNs: 4_000_000_000, offsetNs: 0, uncertaintyNs: 9, drift: 0),
                ClockReading(
                    timeNs: 5_100_000_000 - 5_000_000, offsetNs: 10_000_000_000, uncertaintyNs: uncertaintyNs,
                    drift: drift),
            ]
        }
        story.evidence.constants["D_T1"] = Quantity(50e6, .time)
        story.evidence.marks["pause"] = 5_070_000_000
        return story
    }

    @Test func `an event in a window, before or after it, or never`() throws {
        let message: Given = "SafetyEvent"
        let cases: [(String, Given)] = [
            ("in the window", ["message": message, "where": Self.stop]),
            ("at its beginning", ["message": message, "where": Self.stop, "after": "100 ms", "before": "110 ms"]),
            ("just before it begins", ["message": message, "where": Self.stop, "after": "100.001 ms"]),
            ("at its end", ["message": message, "where": Self.stop, "before": "100 ms"]),
            ("after its end", ["message": message, "where": Self.stop, "before": "99.999 ms"]),
            (
                "by a constant",
                ["message": message, "where": Self.stop, "after": "stop + D_T1", "before": "stop.last + D_T1"]
            ),
            ("by a mark and the end", ["message": message, "where": Self.stop, "after": "pause", "before": "end"]),
            ("by a let", ["message": message, "where": Self.stop, "after": "late", "before": "start + late * 2"]),
            ("by a let that names another", ["message": message, "where": Self.stop, "after": "later"]),
            ("by a let that names one below", ["message": message, "after": "early"]),
            ("never, others near", ["message": message, "where": ["cause": "FALL"], "before": "150 ms"]),
            (
                "never, others too late to mention",
                ["message": message, "where": ["cause": "FALL"], "before": "149.9 ms"]
            ),
            ("never, many near", ["message": "SafetyStatus", "where": ["state": "FALL"]]),
            ("never, nothing of the kind", ["message": "ResetChallenge"]),
            ("to another client", ["message": message, "where": Self.stop, "peer": "B"]),
            ("of an unknown step", ["message": message, "after": "nobody"]),
            ("after an angle", ["message": message, "after": "2 rad"]),
            ("without a message", ["where": Self.stop]),
            ("with a list for a time", ["message": message, "after": ["1 ms"]]),
        ]
        let lets: [(String, Given)] = [
            ("late", "60 ms"), ("later", "late + 20 ms"), ("early", "later - sooner"), ("sooner", "1 ms"),
        ]
        try Golden.expect(cases.map { "\($0): \(judged("event", $1, story(), lets: lets))" }, "event")
    }

    @Test func `an event by the robot's own stamp is as sure as its clock is known`() throws {
        let arguments: Given = [
            "message": "SafetyEvent", "where": Self.stop, "stamp": "time_ns", "before": "90 ms", "after": "80 ms",
        ]
        // Stamped when the tester's clock showed 85 ms, and so on.
        var lines: [String] = []
        for (ms, uncertainty, drift) in [
            (85.0, 1e6, 0), (89, 1e6, 0), (89.001, 1e6, 0), (91, 1e6, 0), (91.001, 1e6, 0), (79, 1e6, 0),
            (78.9, 1e6, 0),
            (89, 1e6, 1e-3), (0, 0, 0),
        ] {
            let stamp = Int64(5_000_000_000 + 10_000_000_000 + ms * 1e6)
            let story = story(robotTime: stamp, uncertaintyNs: Int64(uncertainty), drift: drift)
            lines.append("\(ms) ± \(uncertainty / 1e6) ms, drift \(drift): \(judged("event", arguments, story))")
        }
        lines.append("no stamp: \(judged("event", arguments, story(robotTime: 0, uncertaintyNs: 1_000_000)))")
        for stamp in [Int64.min, .max] {
            let story = story(robotTime: stamp, uncertaintyNs: 1)
            lines.append("stamp \(stamp): \(judged("event", arguments, story))")
        }
        try Golden.expect(lines, "event-stamps")
    }

    @Test func `an event gives its time a name, and what was never reached is no failure`() throws {
        var test = TestDefinition(id: "part/test", file: "")
        test.target = .codec
        func check(_ id: String, _ arguments: Given) -> TestDefinition.Check {
            TestDefinition.Check(id: id, oracle: "event", arguments: arguments.argument, isControl: false)
        }
        test.checks = [
            check("first", ["message": "SafetyEvent", "where": Self.stop, "as": "stopped"]),
            check("second", ["message": "SafetyEvent", "after": "stopped + 90 ms", "before": "stopped + 100 ms"]),
            check("third", ["message": "SafetyEvent", "where": ["cause": "FALL"], "as": "fallen"]),
            check("fourth", ["message": "SafetyEvent", "after": "fallen + 1 ms"]),
        ]
        let result = Judge.judge(test, story().evidence)
        try Golden.expect(result.checks.map { "\($0.id): \(text(of: $0))" }, "event-names")
        #expect(result.verdict == .fail)
    }

    @Test func `nothing, everything, so many, and no pause longer`() throws {
        let status: Given = "SafetyStatus"
        let cases: [(String, String, Given)] = [
            ("none", "never", ["message": "SafetyEvent", "where": ["cause": "FALL"]]),
            ("one", "never", ["message": "SafetyEvent", "where": Self.stop]),
            (
                "one at the edge", "never",
                ["message": "SafetyEvent", "where": Self.stop, "after": "100 ms", "until": "200 ms"]
            ),
            ("one at the other", "never", ["message": "SafetyEvent", "where": Self.stop, "until": "100 ms"]),
            ("one just within", "never", ["message": "SafetyEvent", "where": Self.stop, "until": "100.001 ms"]),
            ("all", "always", ["message": status, "where": ["state": "OPERATIONAL"]]),
            ("as many as needed", "always", ["message": status, "where": ["state": "OPERATIONAL"], "at_least": "5"]),
            ("one too few", "always", ["message": status, "where": ["state": "OPERATIONAL"], "at_least": "6"]),
            ("one otherwise", "always", ["message": status, "where": ["sequence": "< 40"]]),
            ("those of a window", "always", ["message": status, "after": "20 ms", "until": "40 ms", "at_least": "3"]),
            ("five", "count", ["message": status, "at_least": "5", "at_most": "5"]),
            ("fewer", "count", ["message": status, "at_least": "6"]),
            ("more", "count", ["message": status, "at_most": "4"]),
            (
                "three in a window", "count",
                ["message": status, "after": "20 ms", "until": "40 ms", "at_most": "3", "at_least": "3"]
            ),
            ("without a bound", "count", ["message": status]),
            ("of one value", "count", ["message": status, "where": ["sequence": "20"], "at_least": "1"]),
            ("even", "gap", ["message": status, "after": "10 ms", "until": "50 ms", "at_most": "10 ms"]),
            ("a pause at the end", "gap", ["message": status, "until": "61 ms", "at_most": "10 ms"]),
            ("a pause at the beginning", "gap", ["message": status, "until": "15 ms", "at_most": "9 ms"]),
            ("before the window", "gap", ["message": status, "after": "25 ms", "until": "35 ms", "at_most": "9 ms"]),
            ("as long at the end", "gap", ["message": status, "until": "60 ms", "at_most": "10 ms"]),
            ("none at all", "gap", ["message": "Ack", "at_most": "999 ms"]),
            ("closed", "closed", ["peer": "B"]),
            ("closed in time", "closed", ["peer": "B", "after": "300 ms", "until": "300 ms"]),
            ("closed late", "closed", ["peer": "B", "until": "299 ms"]),
            ("closed before", "closed", ["peer": "B", "after": "301 ms"]),
            ("left open", "closed", ["peer": "A"]),
        ]
        try Golden.expect(cases.map { "\($1), \($0): \(judged($1, $2, story()))" }, "events")
    }

    @Test func `what a message must say, in every form a test may write it`() throws {
        var story = Story()
        let ack = make(Ack()) {
            ($0.commandID, $0.outcome, $0.reason, $0.limit) = (7, .rejected, .stopLatched, 1.5)
            ($0.blocking, $0.receivedNs, $0.acceptedNs, $0.fieldPath) = (["button", "door"], 100, 250, "position[3]")
        }
        story.received(ack, at: 10)
        story.evidence.identities["A.id"] = 7
        story.evidence.constants["n"] = Quantity(7)
        var status = SafetyStatus()
        (status.state, status.torqueOn) = (.off, true)
        status.sources = [
            make(StopSourceStatus()) { ($0.id, $0.active) = (1, true) },
            make(StopSourceStatus()) { ($0.id, $0.active) = (2, false) },
        ]
        story.received(status, at: 20)
        story.evidence.hashes["boot"] = Array(repeating: 3, count: 16)
        story.received(make(TimePong()) { $0.bootID = Array(repeating: 3, count: 16) }, at: 30)
        let cases: [(String, Given)] = [
            ("Ack", ["outcome": "REJECTED", "reason": ["BUSY", "STOP_LATCHED"]]),
            ("Ack", ["reason": ["BUSY", "HELD"]]),
            ("Ack", ["command_id": "A.id"]), ("Ack", ["command_id": "n"]), ("Ack", ["command_id": "8"]),
            ("Ack", ["limit": "1.5"]), ("Ack", ["limit": "1 ... 2"]), ("Ack", ["limit": "1.6...2"]),
            ("Ack", ["limit": "1...1.4"]),
            ("Ack", ["limit": "1.5...2"]), ("Ack", ["limit": "1...1.5"]),
            ("Ack", ["limit": ">= 1.5"]), ("Ack", ["limit": "<= 1.5"]), ("Ack", ["limit": "> 1.5"]),
            ("Ack", ["limit": "< 1.5"]),
            ("Ack", ["limit": "!= 1.5"]), ("Ack", ["limit": "!= 2"]), ("Ack", ["limit": "present"]),
            ("Ack", ["limit": "absent"]),
            ("Ack", ["field_path": "position[3]"]), ("Ack", ["field_path": "position"]),
            ("Ack", ["field_path": "present"]),
            ("Ack", ["blocking": "contains door"]), ("Ack", ["blocking": "contains gate"]),
            ("Ack", ["blocking": "contains door and button"]), ("Ack", ["blocking": "contains door and gate"]),
            ("Ack", ["blocking": "contains gate and door"]), ("Ack", ["outcome": "contains door"]),
            ("Ack", ["accepted_ns": ">= message.received_ns + 150 ns"]),
            ("Ack", ["accepted_ns": "> message.received_ns + 150 ns"]),
            ("Ack", ["accepted_ns": "> message.nothing_ns"]), ("Ack", ["first_executed_step": "present"]),
            ("Ack", ["limit": "what"]), ("Ack", ["limit": "1...what"]), ("Ack", ["nothing": "present"]),
            ("Ack", ["nothing": "absent"]),
            ("SafetyStatus", ["torque_on": "true"]), ("SafetyStatus", ["torque_on": "false"]),
            ("SafetyStatus", ["brakes_on": "false"]),
            ("SafetyStatus", ["speed_scale": "1"]), ("SafetyStatus", ["speed_scale": "absent"]),
            ("SafetyStatus", ["speed_scale": "< message.lease_expires_ns"]),
            ("SafetyStatus", ["sources": ["any": ["id": "2", "active": "false"]]]),
            ("SafetyStatus", ["sources": ["any": ["id": "3"]]]),
            ("SafetyStatus", ["sources": ["none": ["id": "3"]]]),
            ("SafetyStatus", ["sources": ["none": ["id": "2"]]]),
            ("SafetyStatus", ["sources": ["each": ["id": "1...2"]]]),
            ("SafetyStatus", ["sources": ["each": ["active": "true"]]]),
            ("SafetyStatus", ["interlocks": ["each": ["name": "present"]]]),
            ("SafetyStatus", ["sources": ["count": "2"]]),
            ("SafetyStatus", ["sources": ["count": "3"]]), ("SafetyStatus", ["sources[1].id": "2"]),
            ("SafetyStatus", ["sources[2].id": "absent"]),
            ("TimePong", ["boot_id": "boot"]), ("TimePong", ["boot_id": "present"]),
        ]
        try Golden.expect(
            cases.map { message, conditions in
                "\(judged("count", ["message": Given(stringLiteral: message), "where": conditions, "at_least": "1"], story))"
            }, "conditions")
    }

    @Test func `numbers that nobody can guess`() throws {
        func story(_ challenges: [UInt64]) -> Story {
            var story = Story()
            for (index, challenge) in challenges.enumerated() {
                story.received(make(Heartbeat()) { $0.challenge = challenge }, at: Double(index * 100))
            }
            return story
        }
        let arguments: Given = ["message": "Heartbeat", "field": "challenge", "until": "450 ms"]
        let series: [(String, [UInt64])] = [
            ("random", [9, 4, 7, 1, 100]), ("one twice", [9, 4, 9, 1]), ("counted", [1, 2, 3, 4]),
            ("two steps alike", [1, 3, 9, 11]),
            ("two", [1, 5]), ("the last too late", [1, 5, 2, 99, 7, 7]), ("around the end", [.max, 4, 90]),
        ]
        var lines = series.map { "\($0): \(judged("distinct", arguments, story($1)))" }
        let window: Given = ["message": "Heartbeat", "field": "challenge", "after": "50 ms", "until": "400 ms"]
        lines.append("in a window: \(judged("distinct", window, story([5, 5, 7, 1, 100])))")
        try Golden.expect(lines, "distinct")
    }
}
