import ConformJudge
import PonsMessages
import PonsVocabulary
import PonsWire
import Testing

/// How checks make a verdict, and what is watched in every test.
@Suite struct VerdictTests {
    private func check(_ id: String, _ oracle: String, _ arguments: Given, isControl: Bool = false)
        -> TestDefinition.Check
    {
        TestDefinition.Check(id: id, oracle: oracle, arguments: arguments.argument, isControl: isControl)
    }

    private func result(_ checks: [TestDefinition.Check], _ story: Story, _ target: TestDefinition.Target = .codec)
        -> TestResult
    {
        var test = TestDefinition(id: "part/test", file: "")
        (test.checks, test.target) = (checks, target)
        return Judge.judge(test, story.evidence)
    }

    private static let present: Given = ["message": "Ack", "at_least": "1"]
    private static let absent: Given = ["message": "Hello", "at_least": "1"]
    private static let open: Given = ["message": "Ack", "where": ["command_id": "7"], "at_least": "9"]

    private func story(_ tell: (inout Story) -> Void = { _ in }) -> Story {
        var story = Story()
        story.received(make(Ack()) { $0.commandID = 7 }, at: 500)
        tell(&story)
        return story
    }

    private func summary(_ result: TestResult) -> String {
        "\(result.verdict.rawValue) \(result.reason?.rawValue ?? "") \(result.durationNs / 1_000_000) ms, decided by \(result.decisive?.id ?? "none"): \(result.checks.map { text(of: $0) }.joined(separator: " | "))"
    }

    @Test func `the worst check decides, a control that does not hold makes it say nothing`() throws {
        let pass = check("pass", "count", Self.present), fail = check("fail", "count", Self.absent)
        let open = check("open", "always", Self.open), error = check("error", "what", [:])
        let control = check("control", "count", Self.absent, isControl: true),
            held = check("held", "count", Self.present, isControl: true)
        let unsure = check("unsure", "always", Self.open, isControl: true)
        let cases: [(String, [TestDefinition.Check])] = [
            ("pass", [pass]), ("fail", [pass, fail, open]), ("open", [pass, open]), ("error", [pass, fail, error]),
            ("control alone", [held]),
            ("pass, control held", [pass, held]), ("pass, control not held", [pass, control]),
            ("fail, control not held", [fail, control]), ("control unsure", [pass, unsure]),
            ("error in a control", [pass, check("broken", "what", [:], isControl: true)]),
            ("two reasons", [open, check("few", "quantile", ["to": "it", "limit": "1 ms", "q": "90 %"])]), ("none", []),
        ]
        var lines = cases.map { "\($0): \(summary(result($1, story())))" }
        lines += [("pass", [pass]), ("fail", [fail])].map {
            "\($0), a step failed: \(summary(result($1, story { $0.note(.stepFailed, at: 5, "step 2: the robot did not answer") })))"
        }
        try Golden.expect(lines, "verdicts")
    }

    @Test func `a machine that stalled blames nobody`() throws {
        let window: Given = ["message": "Hello", "after": "100 ms", "until": "200 ms", "at_least": "1"]
        func stalled(_ ms: Double, length: Double = 30) -> Story {
            story {
                var record = Evidence.Record(.stall, at: $0.evidence.startNs + Int64(ms * 1e6), peer: "")
                record.dueNs = record.timeNs - Int64(length * 1e6)
                $0.evidence.append(record)
                record.dueNs = record.timeNs - Int64(length * 0.5e6)
                $0.evidence.append(record)
            }
        }
        var lines = [49.9, 49.999999, 50, 200, 300, 300.000001, 300.1].map {
            "at \($0) ms: \(summary(result([check("it", "count", window)], stalled($0))))"
        }
        lines.append("of what passes: \(summary(result([check("it", "count", Self.present)], stalled(150))))")
        lines.append(
            "whenever, without a window: \(summary(result([check("it", "descriptor", ["where": ["vendor": "x"]])], stalled(990))))"
        )
        lines.append(
            "before the test: \(summary(result([check("it", "descriptor", ["where": ["vendor": "x"]])], stalled(-50.1))))"
        )
        // Of a long one, what it spoilt lies before it was noticed.
        lines += [(251.0, 150.0), (301, 1), (350, 50), (350.000001, 50)].map {
            "\($1) ms long at \($0) ms: \(summary(result([check("it", "count", window)], stalled($0, length: $1))))"
        }
        // Checks that nothing disturbed, beside a control that a stall took, and beside one that it left.
        let elsewhere: Given = ["message": "Hello", "after": "400 ms", "until": "500 ms", "at_least": "1"]
        for (name, control) in [("taken", window), ("left", Self.present)] {
            let checks = [check("control", "count", control, isControl: true), check("it", "count", elsewhere)]
            lines.append("with a control \(name): \(summary(result(checks, stalled(150))))")
        }
        try Golden.expect(lines, "stalls")
    }

    @Test func `a robot that a stall has stopped, by right, is not blamed for what it then didn't do`() throws {
        /// A stall from 120 to 150 ms, and a stop whose event comes at a time; what is asked for comes between 400 and 500 ms.
        func told(_ cause: Cause, at ms: Double, stalls: Bool = true, byTester: Bool = false) -> Story {
            story {
                if stalls {
                    var record = Evidence.Record(.stall, at: $0.evidence.startNs + 150_000_000, peer: "")
                    record.dueNs = record.timeNs - 30_000_000
                    $0.evidence.append(record)
                }
                let event = make(SafetyEvent()) { $0.cause = cause }
                if byTester { $0.sent(event, at: ms, peer: "O") } else { $0.received(event, at: ms, peer: "O") }
            }
        }
        let later = check("it", "count", ["message": "Hello", "after": "400 ms", "until": "500 ms", "at_least": "1"])
        let earlier = check("it", "count", ["message": "Hello", "after": "5 ms", "until": "19 ms", "at_least": "1"])
        let lines = [
            ("the stop comes with the stall", later, told(.commandTimeout, at: 125)),
            ("soon after it", later, told(.peerLost, at: 349)), ("long after it", later, told(.peerLost, at: 351)),
            ("just too late", later, told(.peerLost, at: 350.000001)),
            ("said by the tester, who plays a robot", later, told(.commandTimeout, at: 125, byTester: true)),
            ("before it", later, told(.commandTimeout, at: 119)),
            ("for another reason", later, told(.contactLimit, at: 125)),
            ("without a stall", later, told(.commandTimeout, at: 125, stalls: false)),
            ("what was over by then", earlier, told(.commandTimeout, at: 125)),
        ].map { "\($0): \(summary(result([$1], $2)))" }
        try Golden.expect(lines, "stalls-that-stop")
    }

    @Test func `a link that a robot ends because the tester was silent for long excuses what follows`() throws {
        /// A stall that ends at 350 ms, and the link's end at a time.
        func ended(at ms: Double, length: Double, byTester: Bool = false) -> Story {
            story {
                var record = Evidence.Record(.stall, at: $0.evidence.startNs + 350_000_000, peer: "")
                record.dueNs = record.timeNs - Int64(length * 1e6)
                $0.evidence.append(record)
                $0.note(byTester ? .closedByTester : .closedByRobot, at: ms, peer: "P")
            }
        }
        let later = check("it", "count", ["message": "Hello", "after": "600 ms", "until": "700 ms", "at_least": "1"])
        let lines = [
            ("during a long stall", ended(at: 340, length: 250)), ("as long as it takes", ended(at: 340, length: 200)),
            ("a little shorter", ended(at: 340, length: 199.999999)),
            ("before it", ended(at: 99, length: 250)), ("soon after it", ended(at: 550, length: 250)),
            ("long after it", ended(at: 551, length: 250)),
            ("ended by the tester", ended(at: 340, length: 250, byTester: true)),
        ].map { "\($0): \(summary(result([later], $1)))" }
        try Golden.expect(lines, "stalls-that-hang-up")
    }

    @Test func `what lies behind the end of the stimulus was asked of nobody`() throws {
        let ended = story { $0.note(.stepFailed, at: 300, "step 2: the link is too uneven") }
        let windows: [(String, Given)] = [
            ("before it", ["message": "Hello", "after": "20 ms", "until": "100 ms", "at_least": "1"]),
            ("around it", ["message": "Hello", "after": "250 ms", "until": "350 ms", "at_least": "1"]),
            ("after it", ["message": "Hello", "after": "301 ms", "until": "400 ms", "at_least": "1"]),
        ]
        let lines = windows.map { "\($0): \(summary(result([check("it", "count", $1)], ended)))" }
        try Golden.expect(lines, "unplayed")
    }

    @Test func `what a link of datagrams has lost is not the robot's doing`() throws {
        func lossy(_ counters: [UInt32], losesFrames: Bool = true, _ tell: (inout Story) -> Void = { _ in }) -> Story {
            var story = Story()
            story.evidence.losesFrames = losesFrames
            for (index, counter) in counters.enumerated() {
                story.received(Heartbeat(), at: 100 + 100 * Double(index), counter: counter)
            }
            tell(&story)
            return story
        }
        let early: Given = ["message": "Hello", "until": "150 ms", "after": "120 ms", "at_least": "1"]
        let late: Given = ["message": "Hello", "after": "350 ms", "until": "450 ms", "at_least": "1"]
        let unheard = { (story: inout Story) in story.sent(Hello(), at: 250, peer: "B") }
        let stories: [(String, Story)] = [
            ("nothing lost", lossy([5, 6, 7, 8])), ("one lost", lossy([5, 6, 8, 9])),
            ("one lost of a stream", lossy([5, 6, 8, 9], losesFrames: false)),
            ("the numbers begin anew", lossy([.max - 1, .max, 0, 1])), ("one overtaken", lossy([5, 7, 6, 8])),
            ("a greeting that nobody answers", lossy([5, 6], unheard)),
            ("of a stream", lossy([5, 6], losesFrames: false, unheard)),
            ("something else that nobody answers", lossy([5, 6]) { $0.sent(Goodbye(), at: 250, peer: "B") }),
            (
                "a greeting that is answered",
                lossy([5, 6]) {
                    unheard(&$0)
                    $0.received(Heartbeat(), at: 300, peer: "B")
                }
            ),
        ]
        let lines = stories.flatMap { name, story in
            [("before", early), ("after", late)].map {
                "\(name), \($0): \(summary(result([check("it", "count", $1)], story)))"
            }
        }
        try Golden.expect(lines, "lost-frames")
    }

    // MARK: Monitors

    private func watched(_ tell: (inout Story) -> Void) -> String {
        var story = Story()
        tell(&story)
        return result([], story, .robot).checks.filter { $0.verdict != .pass }.map { "\($0.id) \(text(of: $0))" }
            .joined(separator: " | ")
    }

    private func event(_ from: SafetyState, _ to: SafetyState, edge: UInt32, sequence: UInt64) -> SafetyEvent {
        make(SafetyEvent()) { ($0.from, $0.to, $0.edge, $0.sequence) = (from, to, edge, sequence) }
    }

    @Test func `frames, counters and clocks of every test are watched`() throws {
        let ack = Ack()
        func state(_ capture: Int64?) -> WholeBodyState { make(WholeBodyState()) { $0.captureNs = capture } }
        let stories: [(String, (inout Story) -> Void)] = [
            ("quiet", { _ in }), ("damaged", { $0.note(.damaged, at: 100, "badMagic") }),
            ("damaged by the brain", { $0.note(.damaged, at: 100, peer: "brain", "badMagic") }),
            (
                "counters grow",
                {
                    for (at, counter) in [(1.0, 5), (2, 6), (3, 9)] as [(Double, UInt32)] {
                        $0.received(ack, at: at, counter: counter)
                    }
                }
            ),
            ("one twice", { for at in [1.0, 2] { $0.received(ack, at: at, counter: 5) } }),
            (
                "one back",
                {
                    for (at, counter) in [(1.0, 5), (2, 4)] as [(Double, UInt32)] {
                        $0.received(ack, at: at, counter: counter)
                    }
                }
            ),
            (
                "over the end",
                {
                    for (at, counter) in [(1.0, .max), (2, 3)] as [(Double, UInt32)] {
                        $0.received(ack, at: at, counter: counter)
                    }
                }
            ),
            (
                "half the range ahead",
                {
                    for (at, counter) in [(1.0, 1), (2, 1 + .max / 2)] as [(Double, UInt32)] {
                        $0.received(ack, at: at, counter: counter)
                    }
                }
            ),
            (
                "more than that",
                {
                    for (at, counter) in [(1.0, 1), (2, 2 + .max / 2)] as [(Double, UInt32)] {
                        $0.received(ack, at: at, counter: counter)
                    }
                }
            ),
            ("another session", { for at in [1.0, 2] { $0.received(ack, at: at, counter: 5, session: UInt64(at)) } }),
            ("no session", { for at in [1.0, 2] { $0.received(ack, at: at, counter: 5, session: 0) } }),
            ("another client", { for at in [1.0, 2] { $0.received(ack, at: at, peer: "\(at)", counter: 5) } }),
            ("datagrams", { for at in [1.0, 2] { $0.received(ack, at: at, counter: 5, stream: 1) } }),
            (
                "only the first counts",
                {
                    for (at, counter) in [(1.0, 5), (2, 5), (3, 4)] as [(Double, UInt32)] {
                        $0.received(ack, at: at, counter: counter)
                    }
                }
            ),
            (
                "send time goes on",
                {
                    for (at, sent) in [(1.0, 5), (2, 5), (3, 6)] as [(Double, Int64)] {
                        $0.received(ack, at: at, counter: UInt32(at), sentNs: sent)
                    }
                }
            ),
            (
                "back",
                {
                    for (at, sent) in [(1.0, 2_000_000), (2, 500_000)] as [(Double, Int64)] {
                        $0.received(ack, at: at, counter: UInt32(at), sentNs: sent)
                    }
                }
            ),
            (
                "from end to end",
                {
                    for (at, sent) in [(1.0, .max), (2, .min)] as [(Double, Int64)] {
                        $0.received(ack, at: at, counter: UInt32(at), sentNs: sent)
                    }
                }
            ),
            (
                "back on another link",
                {
                    for (at, sent) in [(1.0, 5), (2, 4)] as [(Double, Int64)] {
                        $0.received(ack, at: at, peer: "\(at)", counter: UInt32(at), sentNs: sent)
                    }
                }
            ),
            (
                "back on a new one",
                {
                    $0.received(ack, at: 1, counter: 1, sentNs: 5)
                    $0.note(.opened, at: 2)
                    $0.received(ack, at: 3, counter: 2, sentNs: 4)
                }
            ),
            (
                "back on datagrams",
                {
                    for (at, sent) in [(1.0, 5), (2, 4)] as [(Double, Int64)] {
                        $0.received(ack, at: at, counter: UInt32(at), sentNs: sent, stream: 1)
                    }
                }
            ),
            (
                "back by the brain",
                {
                    for (at, sent) in [(1.0, 5), (2, 4)] as [(Double, Int64)] {
                        $0.received(ack, at: at, peer: "brain", counter: UInt32(at), sentNs: sent)
                    }
                }
            ),
            ("sent, not received", { story in for at in [1.0, 2] { story.sent(ack, at: at, counter: 5) } }),
            (
                "back in what was sent",
                {
                    $0.received(ack, at: 1, counter: 1, sentNs: 5)
                    $0.sent(ack, at: 2, counter: 2)
                    $0.received(ack, at: 3, counter: 3, sentNs: 6)
                }
            ),
            (
                "back twice",
                {
                    for (at, sent) in [(1.0, 9_000_000), (2, 5_000_000), (3, 1)] as [(Double, Int64)] {
                        $0.received(ack, at: at, counter: UInt32(at), sentNs: sent)
                    }
                }
            ),
            (
                "old twice",
                {
                    for at in [1.0, 2] {
                        $0.received(state(Int64(at)), at: at, counter: UInt32(at), sentNs: 2_000_000_000 + Int64(at))
                    }
                }
            ),
            ("a state of now", { $0.received(state(5), at: 1, sentNs: 5) }),
            ("a second old", { $0.received(state(5), at: 1, sentNs: 1_000_000_005) }),
            ("older", { $0.received(state(5), at: 1, sentNs: 1_000_000_006) }),
            ("of tomorrow", { $0.received(state(2_000_005), at: 1, sentNs: 5) }),
            ("without a time", { $0.received(state(nil), at: 1, sentNs: .max) }),
            ("of all time", { $0.received(state(.min), at: 1, sentNs: .max) }),
        ]
        try Golden.expect(stories.map { "\($0): \(watched($1))" }, "monitors")
    }

    @Test func `safety events follow the table, numbered without gap`() throws {
        func told(_ events: [SafetyEvent], reopened: Int? = nil) -> (inout Story) -> Void {
            { story in
                for (index, event) in events.enumerated() {
                    if index == reopened { story.note(.opened, at: Double(index)) }
                    story.received(event, at: Double(index), counter: UInt32(index))
                }
            }
        }
        let boot = event(.unspecified, .initialising, edge: 1, sequence: 1),
            off = event(.initialising, .off, edge: 2, sequence: 2)
        let on = event(.off, .standby, edge: 4, sequence: 3)
        let stories: [(String, (inout Story) -> Void)] = [
            ("in order", told([boot, off, on])),
            ("not of the table", told([boot, event(.initialising, .standby, edge: 2, sequence: 2)])),
            ("another edge", told([boot, event(.initialising, .off, edge: 3, sequence: 2)])),
            ("a gap", told([boot, make(off) { $0.sequence = 3 }])), ("one twice", told([boot, off, off])),
            ("from elsewhere", told([boot, off, event(.standby, .operational, edge: 5, sequence: 3)])),
            ("another boot", told([boot, off, boot])),
            ("after a new link", told([boot, off, event(.standby, .operational, edge: 5, sequence: 9)], reopened: 2)),
            ("at the end of numbers", told([make(off) { $0.sequence = .max }, make(on) { $0.sequence = 0 }])),
            ("only the first counts", told([boot, make(off) { $0.sequence = 3 }, make(on) { $0.sequence = 9 }])),
        ]
        var lines = stories.map { "\($0): \(watched($1))" }
        lines.append("sent, not received: \(watched { $0.sent(make(on) { $0.edge = 9 }, at: 1) })")
        let states = (0...20).map { SafetyState(rawValue: $0) }
        for edge in 0...25 {
            let allowed = states.flatMap { from in
                states.filter { TransitionTable.allows(from, $0, edge: edge) }.map { "\(from.label)→\($0.label)" }
            }
            lines.append("edge \(edge): \(allowed.joined(separator: " "))")
        }
        try Golden.expect(lines, "transitions")
    }

    @Test func `who tells a stop that holds stands still`() throws {
        enum Told {
            case event(SafetyEvent), state([Float], Int64?), anew
        }
        func stop(_ hold: StopHold = .hold) -> Told {
            .event(
                make(event(.stopping, .protectiveStop, edge: 9, sequence: 1)) {
                    ($0.hold, $0.timeNs) = (hold, 100_000_000)
                })
        }
        func judged(_ told: [Told], by peer: String = "A") -> String {
            watched { story in
                for (index, entry) in told.enumerated() {
                    switch entry {
                    case .event(let event):
                        story.received(
                            event, at: Double(index), peer: peer, counter: UInt32(index), sentNs: 1_000_000_000)
                    case .state(let position, let captureMs):
                        let state = make(WholeBodyState()) {
                            ($0.position, $0.captureNs) = (position, captureMs.map { $0 * 1_000_000 })
                        }
                        story.received(
                            state, at: Double(index), peer: peer, counter: UInt32(index), sentNs: 1_000_000_000)
                    case .anew: story.note(.opened, at: Double(index))
                    }
                }
            }
        }
        let standing = Told.state([0, 1], 110)
        let gone = [130, 200, 229, 230].map { Told.state([0, 1.06], $0) }
        let stopping = make(event(.operational, .stopping, edge: 8, sequence: 1)) { ($0.hold, $0.timeNs) = (.hold, 0) }
        let away = Told.event(event(.protectiveStop, .standby, edge: 16, sequence: 2))
        let stories: [(String, [Told])] = [
            ("it stands", [stop(), standing, .state([0.05, 1], 200), .state([-0.05, 1], 400)]),
            ("at the time of the stop", [stop(), .state([0, 0], 100), standing, .state([0, 1], 300)]),
            ("most of all the first", [stop(), standing, .state([0.08, 1.06], 200), .state([0.08, 1.06], 300)]),
            ("only the first counts", [stop(), standing] + gone + [.state([0, 2], 500)]),
            ("on the way to a stop", [.event(stopping), standing] + gone),
            ("gone for 99 ms", [stop(), standing] + gone.prefix(3)), ("gone for 100 ms", [stop(), standing] + gone),
            ("back in between", [stop(), standing, gone[0], .state([0, 1], 180), gone[1], gone[3]]),
            ("let go", [stop(.off), standing] + gone), ("left", [stop(), standing, away] + gone),
            ("before the stop", [stop(), .state([0, 0], 99), standing, .state([0, 1], 400)]),
            ("without a time", [stop(), .state([0, 0], nil), standing, .state([0, 1], 400)]),
            ("a link anew", [stop(), standing, .anew] + gone),
            ("joints missing", [stop(), standing, .state([], 200), .state([], 400)]),
            ("no numbers", [stop(), standing, .state([.nan, 1], 200), .state([.nan, 1], 400)]),
        ]
        let guest = judged([stop(), standing] + gone, by: Evidence.guestName)
        let asked = watched { story in
            story.received(
                make(event(.stopping, .protectiveStop, edge: 9, sequence: 1)) { $0.hold = .hold }, at: 0,
                sentNs: 1_000_000_000)
            for at in 1...4 {
                let state = make(WholeBodyState()) {
                    ($0.position, $0.captureNs) = ([Float(at)], Int64(at) * 100_000_000)
                }
                story.sent(state, at: Double(at), counter: UInt32(at))
            }
        }
        try Golden.expect(
            stories.map { "\($0): \(judged($1))" } + ["of a guest: \(guest)", "sent, not received: \(asked)"],
            "standstill")
    }

    @Test func `a file is watched for its schema alone, a codec for nothing, and a test may ask for one`() {
        var story = Story()
        story.note(.damaged, at: 100, "badMagic")
        #expect(result([], story, .recording).checks.map(\.id) == ["monitor/schema"])
        #expect(result([], story, .codec).checks.isEmpty)
        #expect(
            result([], story, .brain).checks.map(\.id) == Monitors.ids
                && result([], story, .robot).checks.map(\.id) == Monitors.ids)
        #expect(result([], story, .recording).verdict == .fail)
        let schema = judged("monitor", ["name": "schema"], story), clock = judged("monitor", ["name": "clock"], story)
        #expect(schema == "FAIL [50.0 … 150.0 ms] every frame is whole and keeps the schema → to A: badMagic")
        #expect(clock.hasPrefix("PASS [– … – ms] the robot's send time never goes back") && clock.hasSuffix("→ kept"))
        #expect(judged("monitor", ["name": "x"], story).contains("line 3: no monitor 'x'"))
    }

    // MARK: Words

    @Test func `codes and reasons have words`() throws {
        try Golden.expect(
            ReasonCode.allCases.map(\.rawValue)
                + [
                    NotRunReason.filtered, .notApplicable("no gripper"), .beyond("longer"), .blocked(by: "a/b"),
                    .aborted, .robotLost,
                ].map(\.text)
                + [
                    Quantity(5e8, .time), Quantity(1e9, .time), Quantity(-2.5e9, .time), Quantity(0.5, .angle),
                    Quantity(3, .frequency), Quantity(1, .angularVelocity), Quantity(2, .length), Quantity(4),
                ].map(\.text)
                + [0, 0.0009, 0.001, 0.0000001, 1.23456, -1.2345, 1e15, 1e16, 999_999_999_999_999, .infinity, .nan, 2]
                .map(Quantity.rounded), "words")
    }

    @Test func `a stream that was refused to begin has no last message, and nothing is judged from there on`() {
        var test = TestDefinition(id: "part/test", file: "part/test.yaml")
        (test.target, test.stimulus) = (
            .codec, [TestDefinition.Step(verb: "stream", arguments: (["as": "run"] as Given).argument)]
        )
        func judged(_ after: Given, _ story: Story) -> String {
            test.checks = [check("it", "count", ["message": "Ack", "after": after, "at_least": "1"])]
            return text(of: Judge.judge(test, story.evidence).checks[0])
        }
        let never = story(), refused = story { $0.evidence.marks["run"] = 5_100_000_000 }
        let streamed = story { for at in [100.0, 200] { $0.sent(JointSetpoint(), at: at, as: "run") } }
        #expect(judged("run", never).hasPrefix("INCONCLUSIVE NOT_EXERCISED"))
        #expect(judged("run.last", never).hasPrefix("INCONCLUSIVE NOT_EXERCISED"))
        #expect(judged("run", refused).hasPrefix("PASS [100.0 … "))
        #expect(judged("run.last + 1 ms", refused).hasPrefix("INCONCLUSIVE NOT_EXERCISED"))
        #expect(judged("run", streamed).hasPrefix("PASS [100.0 … "))
        #expect(judged("run.last", streamed).hasPrefix("PASS [200.0 … "))
        #expect(judged("rum.last", refused).hasPrefix("ERROR"))
    }

    @Test func `a name that leads to itself, and one that is a dot, are errors of the test`() {
        for (lets, text) in [
            ([("a", "b + 1"), ("b", "a + 1")], "a + 1"), ([("a", "a")], "a"), ([], "."), ([], "1 + .."),
        ] as [([(String, Given)], Given)] {
            #expect(judged("count", ["message": "Ack", "after": text], Story(), lets: lets).hasPrefix("ERROR"))
        }
    }

    @Test func `times beyond all bounds are kept within a century`() {
        #expect(
            Int64(ns: .nan) == 0 && Int64(ns: 1.9) == 1 && Int64(ns: .infinity) == 1 << 62
                && Int64(ns: -1e30) == -(1 << 62))
        #expect(
            Int64(7).since(2) == 5 && Int64.max.since(-1) == 1 << 62 && Int64.min.since(1) == -(1 << 62)
                && Int64.max.since(0) == 1 << 62)
        #expect(Int64.min.since(0) == -(1 << 62) && Int64(0).since(.min) == 1 << 62)
        #expect(
            Int(count: .nan) == 0 && Int(count: -3) == 0 && Int(count: 7.9) == 7 && Int(count: 1e300) == 1_000_000_000)
    }
}
