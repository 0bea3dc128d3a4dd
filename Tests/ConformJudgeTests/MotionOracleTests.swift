import ConformJudge
import PonsMessages
import Testing

/// How far, how fast or where joints were.
@Suite struct MotionOracleTests {
    /// Two joints, a state every 10 ms: the first goes up by 0.1 rad each time, the second falls by half as much.
    private func story(_ change: (inout WholeBodyState, Int) -> Void = { _, _ in }) -> Story {
        var story = Story()
        for step in 0..<6 {
            let moved = Float(step) * 0.1
            var state = make(WholeBodyState()) {
                $0.position = [moved, -moved / 2]
                $0.velocity = [10, -5]
                $0.applied = [moved + 0.01, -moved / 2]
                $0.commanded = [moved + 0.02, 0]
                $0.effort = [3, -4]
            }
            change(&state, step)
            story.received(state, at: Double(step * 10))
            // Another client sees a robot that stands.
            story.received(make(WholeBodyState()) { $0.position = [0, 0] }, at: Double(step * 10), peer: "B")
        }
        story.evidence.constants = [
            "joint.hip": Quantity(0), "joint.knee": Quantity(1), "joints": Quantity(2), "leg": Quantity(1),
        ]
        return story
    }

    @Test func `travel, peak, step, advance and value of joints`() throws {
        let cases: [Given] = [
            ["at_most": "0.5"], ["at_most": "0.499"], ["at_least": "0.5 rad"], ["at_least": "0.501"], [:],
            ["joints": "all", "at_most": "0.5"], ["joints": ["knee"], "at_most": "0.25"],
            ["joints": "knee", "at_most": "0.249"],
            ["joints": "leg", "at_least": "0.25"], ["joints": "toe", "at_most": "1"],
            ["except": ["hip"], "at_most": "0.25"],
            ["except": "knee", "at_most": "0.25"], ["metric": "peak", "at_least": "0.5"],
            ["metric": "peak", "joints": "knee", "at_most": "0.25"],
            ["metric": "step", "at_most": "0.1001"], ["metric": "step", "at_most": "0.0999"],
            ["metric": "advance", "at_least": "0.5"],
            ["metric": "advance", "joints": "knee", "at_most": "-0.25"],
            ["metric": "advance", "joints": "knee", "at_most": "-0.26"],
            ["of": "velocity", "metric": "peak", "at_most": "10"], ["of": "effort", "metric": "peak", "at_most": "4"],
            ["of": "applied", "metric": "peak", "at_least": "0.51"],
            ["of": "commanded", "metric": "peak", "at_least": "0.52"],
            ["peer": "B", "at_most": "0"], ["after": "10 ms", "until": "40 ms", "at_most": "0.3"],
            ["after": "10.001 ms", "until": "39 ms", "at_most": "0.1"],
            ["after": "45 ms", "at_most": "1"],
            ["metric": "at", "joints": "hip", "at": "31 ms", "equals": "0.3", "tolerance": "0.001"],
            ["metric": "at", "joints": "hip", "at": "36 ms", "equals": "0.3", "tolerance": "0.001"],
            ["metric": "at", "joints": "hip", "equals": "0.001", "tolerance": "0.001"],
            ["metric": "at", "joints": "hip", "equals": "0.3"], ["metric": "mismatch", "at_most": "0.001"],
        ]
        try Golden.expect(cases.map { judged("motion", $0, story()) }, "motion")
    }

    @Test func `the least motion shrinks with the amplitude that was played, and the most does not`() throws {
        var tenth = story()
        tenth.evidence.constants[MotionOracle.scale] = Quantity(0.1)
        let cases: [Given] = [
            ["at_least": "5"], ["at_least": "5.1"], ["at_most": "0.5"], ["at_most": "0.4"],
            ["metric": "advance", "joints": "knee", "at_most": "-2.5"],
            ["metric": "advance", "joints": "knee", "at_most": "-2.6"],
        ]
        try Golden.expect(cases.map { judged("motion", $0, tenth) }, "motion-scale")
    }

    @Test func `a message without a joint moves nothing, and is no crash`() throws {
        let cases: [Given] = [
            ["at_least": "0.4"], ["metric": "step", "at_most": "0.1001"], ["metric": "advance", "at_least": "0"],
            ["metric": "mismatch", "at_most": "1"],
            ["metric": "at", "joints": "knee", "at": "20 ms", "equals": "0", "tolerance": "1"], ["metric": "echo"],
        ]
        var lines: [String] = []
        for (what, wrong) in [("short", [2, 3]), ("empty at first", [0]), ("short at the end", [5])] {
            let story = story { state, step in
                guard wrong.contains(step) else { return }
                state.position = what == "empty at first" ? [] : [Float(step) * 0.1]
            }
            lines += cases.map { "\(what): \(judged("motion", $0, story))" }
        }
        try Golden.expect(lines, "motion-short")
    }

    @Test func `velocity is the position's growth`() throws {
        let right = story { state, _ in state.velocity = [10, -5] }
        let reversed = story { state, _ in state.velocity = [-10, -5] }
        let short = story { state, step in state.velocity = step == 1 ? [] : [-10, -5] }
        let lost = story { state, step in
            state.velocity = [-10, -5]
            if step == 5 { state.position = [] }
        }
        try Golden.expect(
            [right, reversed, short, lost].flatMap { story in
                [
                    ["metric": "mismatch", "at_most": "0.001"],
                    ["metric": "mismatch", "joints": "knee", "at_most": "0.001"],
                ].map {
                    judged("motion", $0, story)
                }
            }, "motion-mismatch")
    }

    @Test func `a measurement that repeats what was applied is an echo`() throws {
        let echo = story { state, _ in state.applied = state.position }
        let seldom = story { state, step in if step % 2 == 0 { state.applied = state.position } }
        let standing = story { state, _ in (state.position, state.applied) = ([0, 0], [0, 0]) }
        func within(_ safety: SafetyState) -> Story {
            story { state, _ in (state.applied, state.safetyState) = (state.position, safety) }
        }
        let cases: [Given] = [
            ["metric": "echo"], ["metric": "echo", "at_most": "4"], ["metric": "echo", "at_most": "5"],
            ["metric": "echo", "of": "position", "at_most": "4"],
            ["metric": "echo", "of": "commanded", "at_most": "4"], ["metric": "echo", "peer": "A", "at_most": "4"],
            ["metric": "echo", "at_most": "4", "after": "15 ms"],
        ]
        try Golden.expect(
            [
                ("echo", echo), ("seldom", seldom), ("standing", standing), ("off", within(.off)),
                ("stopping", within(.stopping)), ("operational", within(.operational)), ("reduced", within(.reduced)),
            ].flatMap { what, story in
                cases.map { "\(what): \(judged("motion", $0, story))" }
            }, "motion-echo")
    }
}
