import PonsMessages
import PonsVocabulary
import PonsWire

/// What has not arrived on links that send nothing again: where the numbers of a session's frames jump, or where a
/// greeting was followed by nothing at all.
struct LostFrames {
    /// Frames of the robot that are missing, or that others have overtaken: what those say came too late to tell.
    private(set) var count = 0
    /// Before which time the first one should have come, tester's clock; ns.
    private(set) var firstNs: Int64?

    /// Cost: one pass over the evidence.
    init(in evidence: Evidence) {
        guard evidence.losesFrames else { return }
        var newest: [String: (session: UInt64, counter: UInt32, timeNs: Int64)] = [:]
        var unheard: [String: Int64] = [:]
        for record in evidence.records {
            switch record.kind {
            case .sent where record.type == .hello: unheard[record.peer] = unheard[record.peer] ?? record.timeNs
            case .received, .damaged:
                unheard[record.peer] = nil
                guard let header = record.header else { continue }
                let last = newest[record.peer].flatMap { $0.session == header.sessionID ? $0 : nil }
                let step = last.map { Int32(bitPattern: header.counter &- $0.counter) } ?? 1
                // Others are behind the newest.
                guard step > 0 else { continue }
                newest[record.peer] = (header.sessionID, header.counter, record.timeNs)
                if step > 1 { note(Int(step) - 1, since: last?.timeNs) }
            default: continue
            }
        }
        for since in unheard.values { note(1, since: since) }
    }

    private mutating func note(_ frames: Int, since timeNs: Int64?) {
        count += frames
        firstNs = [firstNs, timeNs].compactMap(\.self).min()
    }
}
