import ConformJudge
import PonsMessages
import PonsVocabulary
import Testing

/// What became of commands.
@Suite struct ReplyOracleTests {
    private func command(_ id: UInt64) -> StopRequest { make(StopRequest()) { $0.commandID = id } }
    private func setpoint(_ sequence: UInt64) -> JointSetpoint { make(JointSetpoint()) { $0.sequence = sequence } }
    private func state(accepted: UInt64?) -> WholeBodyState {
        make(WholeBodyState()) { $0.acceptedSequence = accepted }
    }

    private func ack(
        _ id: UInt64, _ outcome: AckOutcome = .accepted, _ reason: RejectReason = .unspecified, step: UInt32 = 0
    )
        -> Ack
    {
        make(Ack()) { ($0.commandID, $0.outcome, $0.reason, $0.firstExecutedStep) = (id, outcome, reason, step) }
    }

    private func refusal(_ type: UInt16, counter: UInt32, _ reason: RejectReason = .malformed) -> Refusal {
        make(Refusal()) { ($0.refusedType, $0.refusedCounter, $0.reason) = (UInt32(type), counter, reason) }
    }

    /// A command at 10 ms, and what the robot says to it.
    private func answered(_ tell: (inout Story) -> Void) -> Story {
        var story = Story()
        story.sent(command(5), at: 10, as: "it", counter: 33)
        tell(&story)
        return story
    }

    @Test func `where frames are lost, a missing answer is nobody's fault`() throws {
        func asked(_ answers: [Ack], losesFrames: Bool) -> Story {
            var story = Story()
            story.evidence.losesFrames = losesFrames
            for at in [10.0, 20, 30] { story.sent(command(5), at: at, as: "it") }
            for (index, answer) in answers.enumerated() { story.received(answer, at: 40 + Double(index)) }
            return story
        }
        let wrong = ack(5, .rejected, .idReused)
        let stories: [(String, [Ack])] = [
            ("all answered", [ack(5), ack(5), ack(5)]), ("none answered", []), ("one answer lost", [ack(5), wrong]),
            ("all answered, one of them wrongly", [ack(5), wrong, ack(5)]),
        ]
        let wanted: Given = ["to": "it", "outcome": "accepted"]
        let lines = stories.flatMap { name, answers in
            [true, false].map {
                "\(name), \($0 ? "datagrams" : "stream"): \(judged("reply", wanted, asked(answers, losesFrames: $0)))"
            }
        }
        try Golden.expect(lines, "lost-answers")
    }

    @Test func `one command and its answer`() throws {
        let stop = MessageType.stopRequest.rawValue
        let stories: [(String, Story)] = [
            ("accepted", answered { $0.received(ack(5), at: 11) }),
            ("accepted with the step", answered { $0.received(ack(5, step: 3), at: 11) }),
            ("dropped", answered { $0.received(make(ack(5)) { $0.droppedPast = 2 }, at: 11) }),
            ("accepted at the limit", answered { $0.received(ack(5), at: 260) }),
            ("accepted too late", answered { $0.received(ack(5), at: 260.001) }),
            ("accepted before it was sent", answered { _ in }),
            ("another's", answered { $0.received(ack(6), at: 11) }),
            ("another link's", answered { $0.received(ack(5), at: 11, peer: "B") }),
            ("rejected", answered { $0.received(ack(5, .rejected, .held), at: 11) }),
            ("rejected otherwise", answered { $0.received(ack(5, .rejected, .busy), at: 11) }),
            (
                "rejected at a field",
                answered {
                    $0.received(make(ack(5, .rejected, .held)) { $0.fieldPath = "position[2]" }, at: 11)
                }
            ),
            ("refused", answered { $0.received(refusal(stop, counter: 33, .held), at: 11) }),
            ("another frame refused", answered { $0.received(refusal(stop, counter: 34), at: 11) }),
            ("another type refused", answered { $0.received(refusal(1, counter: 33), at: 11) }),
            ("a duplicate", answered { $0.received(ack(5, .duplicate), at: 11) }),
            ("closed", answered { $0.note(.closedByRobot, at: 11) }),
            (
                "closed after the answer",
                answered {
                    $0.received(ack(5), at: 11)
                    $0.note(.closedByRobot, at: 12)
                }
            ),
            ("answered by itself", answered { $0.sent(ack(5), at: 11) }),
            ("damaged", answered { $0.note(.damaged, at: 11) }),
        ]
        let checks: [Given] = [
            ["to": "it", "outcome": "accepted"],
            ["to": "it", "outcome": "accepted", "ack": ["first_executed_step": "2...3"]],
            ["to": "it", "outcome": "rejected", "reason": ["HELD", "MALFORMED"]], ["to": "it", "outcome": "rejected"],
            ["to": "it", "outcome": "rejected", "field": "position"],
            ["to": "it", "outcome": "rejected", "or_closed": "true"],
            ["to": "it", "outcome": "duplicate"], ["to": "it", "outcome": "silence"], ["to": "it", "outcome": "what"],
        ]
        var lines: [String] = []
        for (what, story) in stories {
            for check in checks { lines.append("\(what): \(judged("reply", check, story))") }
        }
        try Golden.expect(lines, "reply")
    }

    @Test func `answers to one id come in the order of the questions`() throws {
        /// The same command at times, the last of them the one that is asked about, and answers at times.
        func told(_ questions: [Double], _ answers: [(AckOutcome, Double)]) -> String {
            var story = Story()
            for (index, time) in questions.enumerated() {
                for (outcome, at) in answers where at < time && at >= (index > 0 ? questions[index - 1] : 0) {
                    story.received(ack(5, outcome), at: at)
                }
                story.sent(command(5), at: time, as: index == questions.count - 1 ? "it" : nil, counter: UInt32(index))
            }
            for (outcome, at) in answers where at >= questions.last! { story.received(ack(5, outcome), at: at) }
            return judged("reply", ["to": "it", "outcome": "duplicate"], story)
        }
        let lines = [
            ("both answers after both questions", told([5, 10], [(.accepted, 11), (.duplicate, 12)])),
            ("executed twice", told([5, 10], [(.accepted, 11), (.accepted, 12)])),
            ("the first answered before the second", told([5, 10], [(.accepted, 8), (.duplicate, 12)])),
            ("one more than was asked", told([5, 10], [(.accepted, 11), (.duplicate, 12), (.accepted, 13)])),
            ("one answer for both", told([5, 10], [(.accepted, 11)])),
            ("the first never answered, and long ago", told([5, 300], [(.duplicate, 301)])),
            ("three at once", told([5, 6, 7], [(.accepted, 11), (.duplicate, 12), (.duplicate, 13)])),
            ("the third executed again", told([5, 6, 7], [(.accepted, 11), (.duplicate, 12), (.accepted, 13)])),
        ].map { "\($0): \($1)" }
        try Golden.expect(lines, "reply-order")
    }

    @Test func `fields of an answer lie within bounds`() throws {
        let story = answered { $0.received(make(ack(5, step: 3)) { $0.limit = 1.5 }, at: 11) }
        let bounds: [Given] = [
            ["first_executed_step": "3"], ["first_executed_step": "4"], ["first_executed_step": "3...5"],
            ["first_executed_step": "1...3"], ["first_executed_step": "1...2"], ["first_executed_step": "4...5"],
            ["limit": "1.5"], ["limit": "x"], ["nothing": "1"], ["limit": ["1"]], ["limit": "1...x"],
        ]
        try Golden.expect(
            bounds.map { "\(judged("reply", ["to": "it", "outcome": "accepted", "ack": $0], story))" }, "reply-fields")
    }

    @Test func `setpoints are taken when the state says so, and not refused after`() throws {
        func told(_ tell: (inout Story) -> Void) -> Story {
            var story = Story()
            story.sent(setpoint(8), at: 10, as: "it", counter: 33)
            tell(&story)
            return story
        }
        let rejected = make(SetpointRejected()) { ($0.sequence, $0.reason, $0.fieldPath) = (8, .stale, "stamp_ns") }
        let stories: [(String, Story)] = [
            ("applied", told { $0.received(state(accepted: 8), at: 20) }),
            ("applied later, at once", told { $0.received(state(accepted: 9), at: 40) }),
            ("not yet", told { $0.received(state(accepted: 7), at: 20) }),
            ("nothing said", told { $0.received(state(accepted: nil), at: 20) }),
            (
                "refused after a state that may be older",
                told {
                    $0.received(state(accepted: 8), at: 35)
                    $0.received(rejected, at: 36)
                }
            ),
            (
                "refused after a state that settles it",
                told {
                    $0.received(state(accepted: 8), at: 35.001)
                    $0.received(rejected, at: 36)
                }
            ),
            ("another refused", told { $0.received(make(rejected) { $0.sequence = 9 }, at: 11) }),
        ]
        var lines: [String] = []
        for (what, story) in stories {
            lines.append("\(what): \(judged("reply", ["to": "it", "outcome": "accepted"], story))")
            lines.append("\(what): \(judged("reply", ["to": "it", "outcome": "rejected", "field": "stamp"], story))")
        }
        var gripper = Story()
        gripper.sent(make(GripperSetpoint()) { $0.sequence = 8 }, at: 10, as: "it")
        gripper.received(state(accepted: 8), at: 20)
        lines.append("a gripper is no joint: \(judged("reply", ["to": "it", "outcome": "accepted"], gripper))")
        gripper.received(rejected, at: 21)
        lines.append("and is refused as one: \(judged("reply", ["to": "it", "outcome": "rejected"], gripper))")
        try Golden.expect(lines, "reply-setpoints")
    }

    @Test func `several commands, a greeting, raw bytes, and nothing at all`() throws {
        var story = Story()
        for (index, id) in ([5, 6, 7] as [UInt64]).enumerated() {
            story.sent(command(id), at: 10 + Double(index), as: "all")
            story.sent(command(id + 10), at: 10 + Double(index), as: "some")
            story.received(ack(id), at: 20)
            if id != 6 { story.received(ack(id + 10), at: 20) }
        }
        story.sent(Hello(), at: 30, as: "hello")
        story.received(Welcome(), at: 31)
        story.sentBytes(0x7777, at: 40, as: "raw", counter: 9)
        story.received(refusal(0x7777, counter: 9), at: 41)
        story.sentBytes(0x7777, at: 50, as: "silent", counter: 10)
        let lines = ["all", "some", "hello", "raw", "silent", "none"].flatMap { label in
            ["accepted", "rejected"].map {
                "\(label): \(judged("reply", ["to": Given(stringLiteral: label), "outcome": Given(stringLiteral: $0)], story))"
            }
        }
        try Golden.expect(
            lines + [
                judged("reply", ["to": "all"], story), judged("reply", ["outcome": "accepted"], story),
                judged("reply", ["to": "all", "outcome": "accepted", "within": "7.9 ms"], story),
                judged("reply", ["to": "all", "outcome": "accepted", "within": "10 ms"], story),
            ], "replies")
    }
}
