import ConformJudge

/// What changed from one run to another: product, suite, verdicts, reply times.
public struct RunDifference: Codable, Sendable {
    public struct Change: Codable, Equatable, Sendable {
        public var subject: String
        public var before: String
        public var after: String
    }

    /// Reply times of two runs.
    public struct Shift: Codable, Sendable {
        public var samplesBefore: Int
        public var samplesAfter: Int
        public var medianBeforeMs: Double
        public var medianAfterMs: Double
        /// 95 % interval of how much later a reply comes now, ms (Hodges and Lehmann's shift, from a rank sum).
        public var fromMs: Double
        public var untilMs: Double
        public var isSure: Bool { fromMs > 0 || untilMs < 0 }
    }

    public var schema = "pons.difference/1"
    /// Model, firmware, suite, claims, limits.
    public var circumstances: [Change]
    public var verdicts: [Change]
    /// Same verdict, another check behind it.
    public var reasons: [Change]
    public var onlyBefore: [String]
    public var onlyAfter: [String]
    public var replyTimes: Shift?

    public init(_ before: RunReport, _ after: RunReport) {
        circumstances = Self.circumstances(before, after)
        let old = Dictionary(before.tests.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let new = Dictionary(after.tests.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let shared = old.keys.filter { new[$0] != nil }.sorted()
        verdicts = shared.compactMap { id in
            Self.change(id, old[id]!.shownVerdict, new[id]!.shownVerdict)
        }
        reasons = shared.compactMap { id in
            let (one, other) = (old[id]!, new[id]!)
            guard one.shownVerdict == other.shownVerdict, one.verdict != "PASS" else { return nil }
            return Self.change(id, Self.decisive(one), Self.decisive(other))
        }
        onlyBefore = old.keys.filter { new[$0] == nil }.sorted()
        onlyAfter = new.keys.filter { old[$0] == nil }.sorted()
        replyTimes = Self.shift(before.latency.samplesMs, after.latency.samplesMs)
    }

    /// Whether anything that was passed before is not passed now.
    public var isWorse: Bool { verdicts.contains { $0.before == "PASS" && $0.after != "N/A" } }

    private static func change(_ subject: String, _ before: String, _ after: String) -> Change? {
        before == after ? nil : Change(subject: subject, before: before, after: after)
    }

    private static func circumstances(_ before: RunReport, _ after: RunReport) -> [Change] {
        func text(_ values: [String: String]) -> String {
            values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
        }
        let pairs: [(String, KeyPath<RunReport, String>)] = [
            ("robot.vendor", \.robot.vendor), ("robot.model", \.robot.model),
            ("robot.serialNumber", \.robot.serialNumber), ("robot.firmwareVersion", \.robot.firmwareVersion),
            ("tool.version", \.tool.version), ("tool.suiteDigest", \.tool.suiteDigest), ("tool.spec", \.tool.spec),
            ("target", \.target), ("seed", \.seed), ("basis.options.tier", \.basis.options.tier),
        ]
        var changes = pairs.compactMap { change($0.0, before[keyPath: $0.1], after[keyPath: $0.1]) }
        for (name, path) in [
            ("basis.statement", \RunReport.basis.statement), ("basis.parameters", \.basis.parameters),
            ("basis.limits", \.basis.limits),
        ] {
            let (old, new) = (before[keyPath: path], after[keyPath: path])
            let changed = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
            guard !changed.isEmpty else { continue }
            changes.append(
                Change(
                    subject: name, before: text(old.filter { changed.contains($0.key) }),
                    after: text(new.filter { changed.contains($0.key) })))
        }
        return changes
    }

    private static func decisive(_ test: RunReport.Test) -> String {
        test.checks.filter { $0.verdict == test.verdict }.map(\.id).joined(separator: ", ")
    }

    /// The interval of all pairwise differences whose ranks a rank-sum test can't tell from equal (95 %).
    private static func shift(_ before: [Double], _ after: [Double]) -> Shift? {
        let (old, new) = (thinned(before), thinned(after))
        guard old.count >= 20, new.count >= 20 else { return nil }
        let differences = new.flatMap { value in old.map { value - $0 } }.sorted()
        let (m, n) = (Double(old.count), Double(new.count))
        let spread = 1.96 * (m * n * (m + n + 1) / 12).squareRoot()
        let low = max(0, Int((m * n / 2 - spread).rounded(.down)))
        return Shift(
            samplesBefore: before.count, samplesAfter: after.count, medianBeforeMs: before[before.count / 2],
            medianAfterMs: after[after.count / 2], fromMs: differences[low],
            untilMs: differences[differences.count - 1 - low])
    }

    /// Every k-th of sorted samples, at most 400: the pairs are the square of it.
    private static func thinned(_ sorted: [Double]) -> [Double] {
        let stride = max(1, (sorted.count + 399) / 400)
        return sorted.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
    }
}
