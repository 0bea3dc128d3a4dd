import ConformJudge
import Crypto
import PonsMessages
import Testing

/// What a number does from one message to the next.
@Suite struct SeriesOracleTests {
    private func story(_ values: [(ms: Double, sequence: UInt64, time: Int64)], peer: String = "A") -> Story {
        var story = Story()
        for value in values {
            story.received(
                make(SafetyStatus()) { ($0.sequence, $0.timeNs, $0.state) = (value.sequence, value.time, .off) },
                at: value.ms,
                peer: peer)
        }
        return story
    }

    private static let even: [(ms: Double, sequence: UInt64, time: Int64)] = (0..<6).map {
        index -> (ms: Double, sequence: UInt64, time: Int64) in
        (Double(index * 10), UInt64(index + 1), Int64(index) * 10_000_000)
    }

    @Test func `numbers that grow, by how much, and how fast`() throws {
        let status: Given = "SafetyStatus"
        var fallen = Self.even
        fallen[3].sequence = 2
        var level = Self.even
        level[3].sequence = 3
        let stories = [("even", Self.even), ("fallen", fallen), ("level", level), ("two", Array(Self.even.prefix(2)))]
        let cases: [(String, Given)] = [
            ("grows", ["message": status, "field": "sequence"]),
            ("grows", ["message": status, "field": "sequence", "strictly": "true"]),
            ("grows", ["message": status, "field": "sequence", "by": "1"]),
            ("grows", ["message": status, "field": "sequence", "by": "2"]),
            ("grows", ["message": status, "field": "sequence", "until": "25 ms", "after": "10 ms"]),
            ("grows", ["message": status, "field": "sequence", "until": "20 ms"]),
            ("grows", ["message": status, "field": "nothing"]),
            ("grows", ["message": status, "field": "sequence", "strictly": "true", "where": ["sequence": "!= 3"]]),
            ("grows", ["message": status, "field": "sequence", "strictly": "true", "each": "state"]),
            ("grows", ["message": status, "field": "sequence", "strictly": "true", "each": "time_ns"]),
            ("rate", ["message": status, "field": "sequence", "equals": "100", "tolerance": "1 %", "per": "time_ns"]),
            ("rate", ["message": status, "field": "sequence", "equals": "101", "tolerance": "1 %"]),
            ("rate", ["message": status, "field": "sequence", "equals": "102", "tolerance": "1 %"]),
            ("rate", ["message": status, "field": "time_ns", "equals": "1e9", "tolerance": "1 %", "per": "state"]),
            ("rate", ["message": status, "field": "sequence", "equals": "1"]),
        ]
        try Golden.expect(
            stories.flatMap { what, values in cases.map { "\(what), \($0): \(judged($0, $1, story(values)))" } },
            "series")
    }

    @Test func `each client has a series of its own`() throws {
        var both = story(Self.even)
        for record in story([(5, 1, 0), (15, 1, 0), (25, 2, 0)], peer: "B").evidence.records {
            both.evidence.append(record)
        }
        try Golden.expect(
            [judged("grows", ["message": "SafetyStatus", "field": "sequence", "strictly": "true"], both)],
            "series-clients")
    }

    @Test func `even steps, all but few`() throws {
        func stamps(_ count: Int, late: Int = 0, lost: Int = 0) -> Story {
            story(
                (0..<count).filter { lost == 0 || $0 % lost != 1 }.map { index in
                    let late = late > 0 && index % late == 1 ? 4_000_000 : 0
                    return (Double(index), UInt64(index), Int64(index) * 1_000_000 + Int64(late))
                })
        }
        let arguments: Given = [
            "message": "SafetyStatus", "field": "time_ns", "per": "sequence", "within": "50 %", "q": "90 %",
        ]
        var lines = [
            ("even", stamps(400)), ("lost, not uneven", stamps(400, lost: 10)), ("uneven", stamps(400, late: 5)),
            ("few", stamps(10)), ("two", stamps(2)),
        ].map { "\($0): \(judged("steady", arguments, $1))" }
        // Every message a series of its own: there is no step to judge.
        lines.append(
            judged(
                "steady",
                [
                    "message": "SafetyStatus", "field": "time_ns", "per": "sequence", "within": "50 %", "q": "90 %",
                    "each": "sequence",
                ], stamps(9)))
        lines.append(
            judged(
                "steady", ["message": "SafetyStatus", "field": "time_ns", "within": "50 %", "q": "90 %"], stamps(9)))
        try Golden.expect(lines, "steady")
    }

    @Test func `each entry of a log is hashed with the one before it`() throws {
        func entries(_ count: Int, break broken: (inout AuditEntry, Int) -> Void = { _, _ in }) -> Story {
            var (story, last) = (Story(), [UInt8](repeating: 0, count: 32))
            for index in 0..<count {
                var entry = make(AuditEntry()) { ($0.sequence, $0.what) = (UInt64(index + 5), "event \(index)") }
                entry.sha256 = Array(SHA256.hash(data: last + entry.encoded()))
                last = entry.sha256
                broken(&entry, index)
                story.received(entry, at: Double(index * 10))
            }
            return story
        }
        let stories = [
            ("whole", entries(4)), ("two", entries(2)), ("one", entries(1)),
            ("changed", entries(4) { if $1 == 2 { $0.what = "nothing" } }),
            ("one is missing", entries(4) { if $1 >= 2 { $0.sequence += 1 } }),
            ("the last number", entries(2) { if $1 == 0 { $0.sequence = .max } }),
        ]
        try Golden.expect(
            stories.flatMap { what, story in
                ([["peer": "A"], ["peer": "A", "after": "20 ms"], ["peer": "B"]] as [Given]).map {
                    "\(what): \(judged("chain", $0, story))"
                }
            }, "chain")
    }
}
