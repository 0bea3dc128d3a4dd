import ConformJudge
import PonsMessages
import Testing

/// When a test applies, and what a run gives to it.
@Suite struct ApplicabilityTests {
    private static let has: [String: Bool] = ["a": true, "b": false]

    @Test(
        arguments: [
            ("always", true), ("a", true), ("b", false), ("c", nil), ("!a", false), ("!c", nil), ("a && b", false),
            ("a && c", nil), ("b && c", false),
            ("a && a", true), ("a || c", true), ("b || c", nil), ("b || b", false), ("a && (b || a)", true),
            ("!(a && b)", true), ("a&&!b||c", true), (" ( a ) ", true),
        ] as [(String, Bool?)]) func `expressions have three values`(text: String, value: Bool?) throws
    {
        let expression = try ApplicabilityExpression(text)
        #expect(expression.holds { Self.has[$0] } == value)
        #expect(try ApplicabilityExpression(expression.text()) == expression, "\(expression.text())")
    }

    @Test(arguments: [
        "", "a &&", "a b", "(a", "a)", "&& a", "!", "a & b", "a-b",
        String(repeating: "(", count: 33) + "a" + String(repeating: ")", count: 33),
        String(repeating: "!", count: 33) + "a", String(repeating: "!(", count: 20_000),
    ])
    func `what is no expression is refused with a reason`(text: String) {
        let failure = #expect(throws: ApplicabilityExpression.Malformed.self) { try ApplicabilityExpression(text) }
        #expect(failure?.message.isEmpty == false)
    }

    @Test func `expressions are told with the values of their items`() throws {
        let expression = try ApplicabilityExpression("sensor.imu && !(a || b) && !legged")
        #expect(expression.text { $0 == "a" ? "yes" : "" } == "sensor.imu && !(a (yes) || b) && !legged")
        #expect(expression.items == ["sensor.imu", "a", "b", "legged"])
        #expect(
            try ApplicabilityExpression("a || b && c").text() == "a || b && c"
                && ApplicabilityExpression.always.items.isEmpty)
        #expect(
            try ApplicabilityExpression("(a || b) && c").text() == "(a || b) && c"
                && ApplicabilityExpression.always.text() == "always")
        #expect(
            try ApplicabilityExpression(String(repeating: "(", count: 32) + "a" + String(repeating: ")", count: 32))
                == .item("a"))
    }

    @Test func `a statement's answers are checked against each other and against what is claimed`() {
        func item(_ id: String, for profiles: [String] = [], needs: [String] = [], excludes: [String] = [])
            -> StatementItem
        {
            StatementItem(
                id: id, text: [:], shownBy: nil, field: nil, mandatoryFor: profiles, requires: needs,
                excludes: excludes, steps: [], messages: [])
        }
        let items = [
            item("arm", for: ["MOTION"]), item("hand", needs: ["arm"]), item("wheels", excludes: ["legs"]),
            item("legs"), item("speed"),
        ]
        func problems(_ answers: [String: Answer], profiles: Set<String> = [], isComplete: Bool = false) -> [String] {
            ConformanceStatement(answers: answers).problems(items, profiles: profiles, isComplete: isComplete)
        }
        #expect(
            problems([:]).isEmpty && problems(["arm": .no]).isEmpty
                && problems(["arm": .no, "hand": .no, "wheels": .no, "legs": .yes]).isEmpty)
        #expect(problems(["arm": .no], profiles: ["MOTION"]) == ["arm is no, but profile MOTION needs it"])
        #expect(
            problems(["arm": .ask], profiles: ["MOTION"]).isEmpty && problems(["arm": .no], profiles: ["CORE"]).isEmpty)
        #expect(problems(["arm": .no, "hand": .yes]) == ["hand is yes, but needs arm, which is no"])
        #expect(problems(["wheels": .yes, "legs": .yes]) == ["wheels and legs can't both be yes"])
        #expect(
            problems(["arm": .yes, "hand": .yes, "wheels": .no, "legs": .yes], isComplete: true) == [
                "speed is not answered: yes, no or a value"
            ])
        #expect(
            problems(
                ["arm": .yes, "hand": .no, "wheels": .no, "legs": .yes, "speed": .value(Quantity(1))], isComplete: true
            ).isEmpty)
        #expect(
            ConformanceStatement().isDiscovered && !ConformanceStatement(digest: "1").isDiscovered
                && ConformanceStatement().answer("x") == .ask)
        #expect([Answer.yes, .no, .ask, .value(Quantity(2, .length))].map(\.text) == ["yes", "no", "ask", "2 m"])
        #expect([Answer.yes, .no, .ask, .value(Quantity(2))].map(\.holds) == [true, false, nil, true])
        #expect(
            [AssuranceLevel.safe, .wire, .timed, .interoperable].sorted() == [.wire, .interoperable, .timed, .safe])
    }

    @Test func `what a robot shows of an item`() {
        func shown(_ by: Given?, field: String? = nil) -> Answer {
            let item = StatementItem(
                id: "i", text: [:], shownBy: by?.argument, field: field, mandatoryFor: [], requires: [], excludes: [],
                steps: [], messages: [])
            return item.shown(
                in: make(Descriptor()) {
                    $0.legged = true
                    $0.timing = make(TimingDescription()) { ($0.stateRateHz, $0.peerTimeoutNs) = (200, 5) }
                    $0.limits = make(ProtocolLimits()) { $0.maxSessions = 3 }
                })
        }
        #expect(
            shown(nil) == .ask && shown(["legged": "true"]) == .yes && shown(["legged": "false"]) == .no
                && shown(["legged": "1 ..what"]) == .no)
        #expect(
            shown(nil, field: "timing.state_rate_hz") == .value(Quantity(200, .frequency))
                && shown(nil, field: "timing.peer_timeout_ns") == .value(Quantity(5, .time)))
        #expect(
            shown(nil, field: "limits.max_sessions") == .value(Quantity(3))
                && shown(nil, field: "timing.spinal_rate_hz") == .no)
    }

    @Test func `names and tiers are settled before anything is played`() throws {
        var test = TestDefinition(id: "a/b", file: "")
        test.lets = [
            (name: "n", value: (["quick": "3", "full": "59"] as Given).argument),
            (name: "m", value: ("$joint" as Given).argument), (name: "o", value: (["full": "7"] as Given).argument),
        ]
        test.stimulus = [
            TestDefinition.Step(
                verb: "move", arguments: (["joint": "$joint", "list": ["$a-$b", "x$"], "$key": "1"] as Given).argument)
        ]
        test.finally = [TestDefinition.Step(verb: "inject", arguments: (["index": "$joint"] as Given).argument)]
        func check(_ id: String, _ applies: String) throws -> TestDefinition.Check {
            TestDefinition.Check(
                id: id, oracle: "count", arguments: (["until": "$limit + 1 ms"] as Given).argument, isControl: true,
                applies: try ApplicabilityExpression(applies))
        }
        test.checks = [try check("one", "arm"), try check("two", "leg"), try check("three", "tail")]
        #expect(TestBinding.names(in: test) == ["joint", "a", "b", "", "key", "limit"])
        func bound(_ tier: TestDefinition.Tier) -> TestDefinition {
            TestBinding(
                values: ["joint": "elbow", "a": "1", "key": "speed"], tier: tier, has: ["arm": true, "leg": false]
            ).applied(to: test)
        }
        #expect(
            [TestDefinition.Tier.quick, .standard, .full].map { bound($0).lets[0].value.text } == ["3", "3", "59"])
        #expect(
            bound(.quick).lets[2].value.text == "7" && bound(.quick).lets.map(\.name) == ["n", "m", "o"]
                && bound(.quick).lets[1].value.text == "elbow")
        let arguments = bound(.quick).stimulus[0].arguments
        #expect(
            bound(.quick).stimulus[0].verb == "move" && arguments["joint"]?.text == "elbow"
                && arguments["speed"]?.text == "1")
        #expect(bound(.quick).finally.map { $0.arguments["index"]?.text } == ["elbow"])
        #expect(
            arguments["list"]?.elements.map(\.text) == ["1-$b", "x$"] && arguments.line == 3 && arguments.column == 1)
        #expect(
            bound(.quick).checks.map(\.id) == ["one", "three"] && bound(.quick).checks[0].isControl
                && bound(.quick).checks[0].oracle == "count")
        #expect(
            bound(.quick).checks[0].arguments["until"]?.text == "$limit + 1 ms"
                && bound(.quick).checks[0].applies == .item("arm"))
    }

    @Test func `values of a definition have a shape, a place, and a meaning`() {
        let map = (["a": "yes", "b": ["1", "2"], "c": "false"] as Given).argument
        #expect(
            map["a"]?.flag == true && map["c"]?.flag == false && map["b"]?.flag == nil && map["z"] == nil
                && map.text == nil)
        #expect(
            map["b"]?.elements.count == 2 && map["a"]?.elements.count == 1 && map.entries.count == 3
                && map["a"]?.entries.isEmpty == true)
        #expect((["true", "no", "2"] as [Given]).map(\.argument.flag) == [true, false, nil] && map["a"]?["x"] == nil)
        var one = TestDefinition(id: "a", file: "f"), other = one
        (one.digest, other.digest) = ("1", "2")
        #expect(
            one != other && one == one && TestDefinition(id: "a", file: "f") != TestDefinition(id: "b", file: "f")
                && TestDefinition(id: "a", file: "f") != TestDefinition(id: "a", file: "g"))
        #expect(
            TestDefinition.Tier.quick < .standard
                && TestDefinition.Step(verb: "x", arguments: (["as": "it"] as Given).argument).label == "it")
    }
}
