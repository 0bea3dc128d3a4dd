import ConformJudge
import Crypto
import PonsMessages
import PonsWire
import Testing

/// Recordings, codecs, greetings, descriptions and the files they name.
@Suite struct FileOracleTests {
    private func recording(_ change: (inout RecordingFacts) -> Void) -> Story {
        var facts = RecordingFacts()
        (facts.profile, facts.chunkCount, facts.hasDataEnd, facts.hasSummary) = ("pons/1", 3, true, true)
        (facts.longestChunkNs, facts.cuts) = (1e9, [(10, 2, 2), (20, 4, 4)])
        facts.metadata = ["robot": ["vendor": "Acme", "model": ""]]
        change(&facts)
        var story = Story()
        story.evidence.recording = facts
        return story
    }

    @Test func `a recording is whole, in short chunks, readable when cut, and described`() throws {
        let stories: [(String, Story)] = [
            ("right", recording { _ in }), ("no recording", Story()),
            ("another profile", recording { $0.profile = "ros2" }),
            ("a bare topic", recording { $0.bareTopics = ["/x"] }),
            ("a chunk without sum", recording { $0.chunksWithoutSum = 1 }),
            ("no end", recording { $0.hasDataEnd = false }), ("no summary", recording { $0.hasSummary = false }),
            ("not closed, with a reason", recording { ($0.hasSummary, $0.problems) = (false, ["cut at 5"]) }),
            ("a problem", recording { $0.problems = ["a record of no kind"] }),
            ("a long chunk", recording { $0.longestChunkNs = 1.001e9 }), ("no chunk", recording { $0.chunkCount = 0 }),
            ("lossy", recording { $0.cuts[1].read = 3 }), ("more than whole", recording { $0.cuts[1].read = 5 }),
            ("no cuts", recording { $0.cuts = [] }),
        ]
        let checks: [Given] = [
            ["is": "whole"], ["is": "in_short_chunks"], ["is": "in_short_chunks", "at_most": "2 s"],
            ["is": "readable_when_cut"], ["is": "described", "name": "robot", "has": ["vendor"]],
            ["is": "described", "name": "robot", "has": ["vendor", "model", "firmware"]], ["is": "described"],
            ["is": "described", "name": "episode", "has": ["id"], "unless": "robot"],
            ["is": "described", "name": "robot", "has": ["vendor"], "unless": "robot"], ["is": "round"],
        ]
        try Golden.expect(
            stories.flatMap { what, story in checks.map { "\(what): \(judged("recording", $0, story))" } }, "recording")
    }

    @Test func `a file of an incident has every cycle around its stop`() throws {
        func story(
            from start: Int64 = 0, to end: Int64 = 16_000, every period: Int64 = 10, rate: Double? = 100,
            metadata: [String: String]? = ["time_ns": "16000000000", "cause": "PROTECTIVE"], booted: Int64? = nil,
            cause: Cause = .protective
        ) -> Story {
            var story = recording { $0.metadata["incident"] = metadata }
            var descriptor = Descriptor()
            descriptor.timing = TimingDescription()
            descriptor.timing?.smallBrainRateHz = rate
            story.evidence.descriptor = descriptor
            if let booted { story.received(make(SafetyStatus()) { $0.state = .initialising }, at: Double(booted)) }
            for ms in stride(from: start, through: end, by: Int(period)) {
                story.received(make(WholeBodyState()) { $0.captureNs = ms * 1_000_000 }, at: Double(ms))
            }
            let event = make(SafetyEvent()) {
                ($0.timeNs, $0.from, $0.to, $0.cause) = (16_000_000_000, .operational, .stopping, cause)
            }
            story.received(event, at: 11_000)
            return story
        }
        var stories = [
            ("whole", story()), ("exactly", story(from: 1000)), ("begins late", story(from: 1200)),
            ("begins with the stop", story(from: 11_000)), ("ends early", story(to: 15_800)),
            ("ends with the stop", story(to: 11_000)), ("every other cycle", story(every: 20)),
            ("had just booted", story(from: 8000, booted: 8000)),
            ("booted long before", story(from: 8000, booted: 500)),
            ("booted afterwards", story(from: 8000, booted: 12_000)), ("a rate of no robot", story(rate: 1e308)),
            ("not kept for a stop", story(metadata: nil)),
            ("another time", story(metadata: ["time_ns": "9", "cause": "PROTECTIVE"])),
            ("another cause", story(cause: .commandTimeout)), ("no time", story(metadata: ["cause": "PROTECTIVE"])),
            ("no rate", story(rate: nil)), ("rate zero", story(rate: 0)), ("no state", story(from: 17_000)),
        ]
        // A file may name any time.
        var extreme = recording { $0.metadata["incident"] = ["time_ns": "\(Int64.max)", "cause": "PROTECTIVE"] }
        extreme.evidence.descriptor = story().evidence.descriptor
        extreme.evidence.startNs = Int64.max - 1_000_000
        extreme.received(make(SafetyStatus()) { $0.state = .initialising }, at: -9e12)
        extreme.received(make(SafetyEvent()) { $0.cause = .protective }, at: 1)
        stories.append(("the end of time", extreme))
        let checks: [Given] = [
            ["is": "kept_around_its_stop"], ["is": "kept_around_its_stop", "before": "1 s", "after": "2 s"],
        ]
        try Golden.expect(
            stories.flatMap { what, story in checks.map { "\(what): \(judged("recording", $0, story))" } }, "incident")
    }

    @Test func `for every message its counterpart`() throws {
        func story(_ applied: [UInt64], _ accepted: [UInt64]) -> Story {
            var story = Story()
            for id in applied { story.received(make(SetpointRejected()) { $0.sequence = id }, at: 1) }
            for id in accepted { story.received(make(SafetyStatus()) { $0.sequence = id }, at: 2) }
            story.sent(make(SetpointRejected()) { $0.sequence = 99 }, at: 3)
            return story
        }
        let stories = [
            ("each", story([1, 2, 3], [3, 2, 1, 0])), ("one without", story([1, 2, 3], [1, 3])),
            ("two without", story([1, 2, 3], [3])), ("two", story([1, 2], [1, 2])),
        ]
        try Golden.expect(
            stories.map {
                "\($0): \(judged("matched", ["message": "SetpointRejected", "with": "SafetyStatus", "by": "sequence"], $1))"
            } + [
                judged("matched", ["with": "A", "by": "b"], Story()),
                judged("matched", ["message": "A", "by": "b"], Story()),
                judged("matched", ["message": "A", "with": "b"], Story()),
            ], "matched")
    }

    @Test func `a codec answers as the vectors say`() throws {
        func answer(_ accepts: Bool, _ reason: String = "", meaning: String = "", bytes: String = "")
            -> CodecExchange.Answer
        {
            var answer = CodecExchange.Answer(accepts: accepts)
            (answer.reason, answer.meaning, answer.bytes) = (reason, meaning, bytes)
            return answer
        }
        var story = Story()
        func ask(
            _ name: String, _ expected: CodecExchange.Answer, _ answered: CodecExchange.Answer?, label: String = "all",
            line: String = "what?"
        ) {
            story.evidence.append(
                CodecExchange(
                    label: label, name: name, request: "decode \(name)", expected: expected, answered: answered,
                    line: line, timeNs: 0))
        }
        ask(
            "a number", answer(true, meaning: "{\"a\":1}", bytes: "01"), answer(true, meaning: "{\"a\":1}", bytes: "02")
        )
        ask("a text", answer(true, meaning: "{\"b\":2}", bytes: "03"), answer(true, meaning: "", bytes: "03"))
        ask("rubbish", answer(false, "MALFORMED"), answer(false, "FIELD_MISSING"))
        ask("too long", answer(false, "LIMIT"), answer(true, meaning: String(repeating: "x", count: 200)))
        ask("none", answer(true), nil, line: String(repeating: "y", count: 300))
        ask("other", answer(true), answer(true), label: "right")
        ask("another", answer(false, "A"), answer(false, "A"), label: "right")
        var lines: [String] = []
        for label in ["all", "right", "nobody"] as [Given] {
            for aspect in ["acceptance", "reason", "meaning", "bytes", "colour"] as [Given] {
                lines.append(judged("answers", ["to": label, "compare": aspect], story))
            }
        }
        let checks: [Given] = [
            ["to": "all", "compare": "acceptance", "among": "accepted"],
            ["to": "all", "compare": "acceptance", "among": "refused"],
            ["to": "all", "compare": "reason", "named": ["rubbish", "numb"]],
            ["to": "all", "compare": "bytes", "named": "text"],
            ["to": "right", "compare": "acceptance", "at_least": "2"],
            ["to": "right", "compare": "acceptance", "at_least": "3"],
            ["to": "all"], ["compare": "bytes"],
        ]
        try Golden.expect(lines + checks.map { judged("answers", $0, story) }, "answers")
    }

    @Test func `a welcome vouches for the hello that was sent`() throws {
        let hello = make(Hello()) { $0.clientName = "pad" }
        func story(_ hash: [UInt8], asked: Bool = true) -> Story {
            var story = Story()
            story.sent(make(Welcome()) { $0.helloSHA256 = [9] }, at: 5)
            if asked { story.sent(hello, at: 10) }
            // Neither is the client's greeting.
            story.sent(Heartbeat(), at: 11)
            story.received(make(Hello()) { $0.clientName = "robot" }, at: 12)
            story.sent(make(Welcome()) { $0.helloSHA256 = [9] }, at: 13)
            story.received(make(Welcome()) { $0.helloSHA256 = hash }, at: 20)
            return story
        }
        let right = Array(SHA256.hash(data: hello.encoded()))
        try Golden.expect(
            [("right", story(right)), ("wrong", story([1])), ("unasked", story([1], asked: false))].flatMap {
                what, story in
                ["A", "B"].map { "\(what): \(judged("transcript", ["peer": Given(stringLiteral: $0)], story))" }
            }, "transcript")
    }

    @Test func `descriptions, statements and claims agree`() throws {
        var story = Story()
        let checks: [Given] = [
            ["where": ["vendor": "Acme"]], ["where": [:]], ["where": ["vendor": "Acme", "model": "Two"]],
            ["where": ["vendor": "Acme", "model": "One"]], ["where": ["serial_number": "present"]],
            ["where": ["joints": ["count": "1"]]], ["where": ["joints": ["any": ["name": "a"]]]], [:],
        ]
        var lines = checks.map { judged("descriptor", $0, story) }
        story.evidence.descriptor = make(Descriptor()) {
            ($0.vendor, $0.model) = ("Acme", "One")
            $0.joints = [make(JointDescription()) { $0.name = "a" }]
        }
        lines += checks.map { judged("descriptor", $0, story) }
        func fact(_ subject: String, _ agrees: Bool) -> DeclaredFact {
            DeclaredFact(
                subject: subject, declared: "yes in the statement", shown: "the description has none", agrees: agrees)
        }
        story.evidence.declarations = [
            "items": [fact("sensor.imu", true), fact("gripper", true)],
            "claims": (1...7).map { fact("P\($0)", $0 == 4) },
        ]
        lines +=
            ["items", "claims", "what"].map { judged("declared", ["what": Given(stringLiteral: $0)], story) } + [
                judged("declared", [:], story)
            ]
        try Golden.expect(lines, "descriptor")
    }

    @Test func `a body model is the one that is declared, and no stricter`() throws {
        let urdf = Array(
            #"<robot name="r"><joint name="a"><limit lower="-1" upper="2" effort="10" velocity="3"/></joint><joint name="b"/><limit lower="9"/></robot>"#
                .utf8)
        func joint(_ name: String, _ change: (inout JointDescription) -> Void) -> JointDescription {
            make(JointDescription()) {
                $0.name = name
                $0.hardPosition = make(Interval()) { ($0.lower, $0.upper) = (-1, 2) }
                ($0.velocityLimit, $0.effortLimit) = (3, 10)
                change(&$0)
            }
        }
        func story(
            _ joints: [JointDescription], file: [UInt8]? = nil, _ change: (inout ContentReference) -> Void = { _ in }
        ) -> Story {
            let bytes = file ?? urdf
            var reference = make(ContentReference()) {
                ($0.name, $0.mediaType, $0.size) = ("body", "application/urdf+xml", UInt64(bytes.count))
                $0.sha256 = Array(SHA256.hash(data: bytes))
            }
            var story = Story()
            for (offset, piece) in [(0, bytes.prefix(50)), (50, bytes.dropFirst(50)), (50, bytes.dropFirst(50))] {
                story.received(
                    make(ContentPiece()) {
                        ($0.sha256, $0.offset, $0.payload) = (reference.sha256, UInt64(offset), Array(piece))
                    }, at: 5)
            }
            story.received(
                make(ContentPiece()) { ($0.sha256, $0.offset, $0.payload) = ([1], UInt64(bytes.count), [1]) }, at: 6)
            change(&reference)
            story.evidence.descriptor = make(Descriptor()) { ($0.joints, $0.bodyModels) = (joints, [reference]) }
            return story
        }
        let right = joint("a") { _ in }
        let stories: [(String, Story)] = [
            (
                "right",
                story([right, joint("b") { $0.hardPosition = make(Interval()) { ($0.lower, $0.upper) = (-99, 99) } }])
            ), ("another joint", story([right, joint("c") { _ in }])),
            ("a lower limit below", story([joint("a") { $0.hardPosition?.lower = -1.1 }])),
            ("an upper above", story([joint("a") { $0.hardPosition?.upper = 2.1 }])),
            ("above by the tolerance", story([joint("a") { $0.hardPosition?.upper = 2 + 1e-6 }])),
            ("above by rounding", story([joint("a") { $0.hardPosition?.upper = 2.0000009 }])),
            ("faster", story([joint("a") { $0.velocityLimit = 3.5 }])),
            ("stronger", story([joint("a") { $0.effortLimit = 11 }])),
            (
                "stricter itself",
                story([
                    joint("a") {
                        $0.effortLimit = 5; $0.hardPosition?.upper = 1
                    }
                ])
            ),
            (
                "nothing declared",
                story([joint("a") { ($0.hardPosition, $0.velocityLimit, $0.effortLimit) = (nil, nil, nil) }])
            ), ("another size", story([right]) { $0.size += 1 }),
            ("another hash", story([right]) { $0.sha256[0] ^= 1 }),
            ("another file", story([right]) { $0.mediaType = "text/plain" }),
            ("no XML", story([right], file: Array(repeating: 65, count: 99))), ("none", Story()),
            (
                "no model declared",
                {
                    var story = Story()
                    story.evidence.descriptor = make(Descriptor()) { $0.joints = [right] }
                    return story
                }()
            ),
        ]
        try Golden.expect(
            stories.flatMap { what, story in
                ["A", "B"].map { "\(what): \(judged("body_model", ["peer": Given(stringLiteral: $0)], story))" }
            },
            "body-model")
        var changed = story([right])
        changed.evidence.descriptor?.bodyModels[0].sha256 = Array(SHA256.hash(data: urdf + [1]))
        for piece in [urdf.dropLast() + [0]] {
            changed.received(
                make(ContentPiece()) {
                    ($0.sha256, $0.payload) = (changed.evidence.descriptor!.bodyModels[0].sha256, Array(piece))
                }, at: 7)
        }
        #expect(judged("body_model", ["peer": "A"], changed).contains("does not have the declared hash"))
    }
}
