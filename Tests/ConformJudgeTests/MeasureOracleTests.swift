import ConformJudge
import PonsMessages
import Testing

/// Delays, ages and clocks.
@Suite struct MeasureOracleTests {
    /// Commands every millisecond; each is answered after 5 ms, but for every `slow`-th after 20 ms, and every `lost`-th never.
    private func commands(_ count: Int, slow: Int = 0, lost: Int = 0, tester: Double = 0) -> Story {
        var story = Story()
        for index in 0..<count {
            let at = Double(index) * 0.05
            story.sent(make(StopRequest()) { $0.commandID = UInt64(index + 1) }, at: at + 0.01, as: "it", due: at)
            if lost > 0 && index % lost == lost - 1 { continue }
            let delay = slow > 0 && index % slow == slow - 1 ? 20.0 : 5
            story.received(make(Ack()) { $0.commandID = UInt64(index + 1) }, at: at + delay + 3, kernel: at + delay)
        }
        if tester > 0 { story.evidence.constants["tester_delay"] = Quantity(tester * 1e6, .time) }
        return story
    }

    @Test func `a share of replies within a limit`() throws {
        let cases: [(String, Story)] = [
            ("all", commands(1000)), ("too few", commands(40)), ("one in fifty is slow", commands(1000, slow: 50)),
            ("one in eight is slow", commands(1000, slow: 8)), ("one in three", commands(1000, slow: 3)),
            ("some never", commands(1000, lost: 4)),
            ("one in three, on a slow computer", commands(1000, slow: 3, tester: 2)),
            ("as slow as the limit lets it", commands(1000, slow: 3, tester: 2.5)),
            ("and slower", commands(1000, slow: 3, tester: 2.6)), ("none", commands(0)),
            ("all, on a slow computer", commands(1000, tester: 9)),
        ]
        let checks: [Given] = [
            ["to": "it", "limit": "10 ms", "q": "90 %"], ["to": "it", "limit": "5 ms", "q": "90 %"],
            ["to": "it", "limit": "10 ms", "q": "90 %", "in_a_row": "0"],
            ["to": "it", "limit": "10 ms", "q": "90 %", "in_a_row": "1"],
        ]
        try Golden.expect(
            cases.flatMap { what, story in checks.map { "\(what): \(judged("quantile", $0, story))" } } + [
                judged("quantile", ["to": "it", "q": "90 %"], commands(1)),
                judged("quantile", ["to": "it", "limit": "1 ms"], commands(1)),
                judged("quantile", ["limit": "1 ms", "q": "90 %"], commands(1)),
            ], "quantile")
    }

    /// A hundred states, each measured `age` ms before it came, by a robot whose clock is two seconds ahead.
    private func states(age: Double, uncertaintyNs: Int64 = 0, received: Int64? = nil) -> Story {
        var story = Story()
        story.evidence.clocks["A"] = [
            ClockReading(timeNs: 5_000_000_000, offsetNs: 2_000_000_000, uncertaintyNs: uncertaintyNs, drift: 0)
        ]
        for index in 0..<100 {
            let at = Double(index * 5)
            story.received(
                make(WholeBodyState()) {
                    $0.captureNs = 7_000_000_000 + Int64((at - age) * 1e6)
                    $0.receivedNs = received ?? $0.captureNs! + 4_000_000
                }, at: at)
        }
        return story
    }

    @Test func `how old a measurement is when it comes`() throws {
        let state: Given = "WholeBodyState"
        let ages: [Given] = [
            ["message": state, "field": "capture_ns", "limit": "10 ms", "q": "95 %"],
            [
                "message": state, "field": "capture_ns", "limit": "10 ms", "q": "95 %", "after": "100 ms",
                "until": "200 ms",
            ],
            ["message": state, "field": "capture_ns", "to": "received_ns", "limit": "4 ms", "q": "95 %"],
            ["message": state, "field": "capture_ns", "to": "received_ns", "limit": "3.999 ms", "q": "95 %"],
            ["message": state, "field": "capture_ns", "to": "applied_ns", "limit": "4 ms", "q": "95 %"],
            ["message": state, "field": "capture_ns", "limit": "10 ms", "q": "95 %", "in_a_row": "3"],
        ]
        let stories = [
            ("young", states(age: 10)), ("old", states(age: 10.001)),
            ("as old as it may be seen", states(age: 9, uncertaintyNs: 1_000_000)),
            ("or older", states(age: 9, uncertaintyNs: 1_000_001)),
            ("at the end of time", states(age: 1, received: .max)), ("before it", states(age: 1, received: .min)),
        ]
        try Golden.expect(
            stories.flatMap { what, story in ages.map { "\(what): \(judged("age", $0, story))" } }, "age")
    }

    /// Exchanges every 20 ms; what the robot's clock shows of the tester's, by its own time in ms.
    private func exchanges(_ count: Int = 20, trip: Double = 1, _ robot: (Double) -> Double) -> Story {
        var story = Story()
        for index in 0..<count {
            let at = Double(index * 20)
            story.sent(make(TimePing()) { $0.id = UInt64(index) }, at: at)
            // What the other way round would be the same message is none of an exchange.
            story.received(make(TimePing()) { $0.id = UInt64(index) }, at: at + 0.3)
            story.sent(make(TimePong()) { $0.id = UInt64(index) }, at: at + 0.4)
            let seen = 9_000_000_000 + Int64((robot(at + trip / 2) * 1e6).rounded())
            story.received(
                make(TimePong()) { ($0.id, $0.robotReceiveNs, $0.robotSendNs) = (UInt64(index), seen, seen) },
                at: at + trip)
        }
        // An answer that nobody asked for says nothing.
        story.received(make(TimePong()) { $0.id = 4711 }, at: 500)
        return story
    }

    @Test func `a clock runs evenly, or steps`() throws {
        let stories: [(String, Story)] = [
            ("even", exchanges { $0 }), ("nine", exchanges(9) { $0 }), ("ten", exchanges(10) { $0 }),
            ("200 ppm fast", exchanges { $0 * 1.0002 }),
            ("stepped by 3 ms", exchanges { $0 < 200 ? $0 : $0 + 3 }),
            ("back by 3 ms", exchanges { $0 < 200 ? $0 : $0 - 3 }),
            // Half a round trip on either side is nobody's fault, and a millisecond is no step.
            ("stepped by 1.9 ms", exchanges { $0 < 200 ? $0 : $0 + 1.9 }),
            ("by 2.2 ms", exchanges { $0 < 200 ? $0 : $0 + 2.2 }),
            ("by 2.2 ms on a slow link", exchanges(trip: 3) { $0 < 200 ? $0 : $0 + 2.2 }),
            ("drifting by a percent", exchanges { $0 * 1.01 }),
        ]
        try Golden.expect(
            stories.flatMap { what, story in
                ["A", "B"].map { "\(what): \(judged("clock", ["peer": Given(stringLiteral: $0)], story))" }
            },
            "clock")
    }
}
