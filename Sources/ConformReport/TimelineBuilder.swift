public import ConformJudge
import PonsMessages
import PonsReflection

/// The exchange around a check, readable: runs of the same message are folded into one line.
public enum TimelineBuilder {
    private static let limit = 48

    /// The whole exchange of a test.
    public static func whole(_ evidence: Evidence) -> [RunReport.TimelineEntry] {
        entries(evidence, from: .min, until: .max)
    }

    static func timeline(_ evidence: Evidence, around check: CheckResult?) -> [RunReport.TimelineEntry] {
        let from = (check?.fromNs ?? 0) - 60_000_000
        let until = min((check?.untilNs ?? .max / 2) + 60_000_000, evidence.endNs - evidence.startNs)
        let entries = entries(evidence, from: from, until: until)
        guard entries.count > limit else { return entries }
        let cut = RunReport.TimelineEntry(
            timeMs: entries[limit / 2].timeMs, peer: "", direction: "", what: "… \(entries.count - limit) more …",
            detail: "")
        return Array(entries.prefix(limit / 2)) + [cut] + Array(entries.suffix(limit / 2))
    }

    private static func entries(_ evidence: Evidence, from: Int64, until: Int64) -> [RunReport.TimelineEntry] {
        var entries: [RunReport.TimelineEntry] = []
        var folded = 0
        for record in evidence.records {
            let time = record.timeNs - evidence.startNs
            guard time >= from, time <= until, !isNoise(record) else { continue }
            let previous = entries.last.flatMap { follows(record, $0) ? $0 : nil }
            // Of a stream only the first setpoint is looked into: there are thousands.
            let known = record.type == .jointSetpoint ? previous?.detail : nil
            let detail = known ?? self.detail(record)
            if let previous, previous.detail == detail {
                folded += 1
                entries[entries.count - 1].what = "\(what(record)) × \(folded + 1)"
            } else {
                folded = 0
                entries.append(entry(record, time, detail))
            }
        }
        return entries
    }

    /// Traffic that says nothing about a failure: state, heartbeats, clock comparison, renewals.
    private static func isNoise(_ record: Evidence.Record) -> Bool {
        switch record.type {
        case .wholeBodyState, .heartbeat, .timePing, .timePong, .timeSyncReport, .describeReply, .leaseGranted: true
        case .authorityRequest: record.label == nil && record.message == nil
        default: false
        }
    }

    private static func entry(_ record: Evidence.Record, _ time: Int64, _ detail: String) -> RunReport.TimelineEntry {
        RunReport.TimelineEntry(
            timeMs: (Double(time) / 1e3).rounded() / 1e3, peer: record.peer, direction: direction(record.kind),
            what: what(record), detail: detail)
    }

    private static func what(_ record: Evidence.Record) -> String {
        record.type.map { "\($0.label)" } ?? record.kind.rawValue
    }

    private static func follows(_ record: Evidence.Record, _ last: RunReport.TimelineEntry) -> Bool {
        last.peer == record.peer && last.direction == direction(record.kind) && last.what.hasPrefix(what(record))
    }

    private static func direction(_ kind: Evidence.Kind) -> String {
        switch kind {
        case .sent, .closedByTester, .opened: "→"
        case .received, .closedByRobot: "←"
        case .damaged, .stepFailed, .stall: "!"
        }
    }

    private static let telling = [
        "outcome", "reason", "original", "field_path", "limit", "state", "hold", "from", "to", "cause", "category",
        "mode",
        "torque_on", "queue_depth", "kind", "action", "sequence", "chunk_id", "horizon", "step_index", "steps_left",
        "underrun", "first_executed_step", "dropped_past", "task_id", "end", "descriptor_epoch", "nonce", "role",
    ]

    private static func detail(_ record: Evidence.Record) -> String {
        if !record.note.isEmpty { return record.note }
        guard let message = record.message else { return record.label.map { "step \($0)" } ?? "" }
        let values = telling.compactMap { name -> String? in
            guard let value = message.value(at: name) else { return nil }
            switch value {
            case .flag(false), .unsigned(0), .integer(0), .text(""), .name("UNSPECIFIED", _): return nil
            default: return "\(name) \(value.json.filter { $0 != "\"" })"
            }
        }
        return values.joined(separator: ", ")
    }
}
