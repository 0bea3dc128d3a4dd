import PonsMessages

/// What was done to the robot and by whom: append-only, each entry hashed with the one before it (SEC-10).
///
/// The newest ``capacity`` entries are kept in memory; numbers and hashes go on from those that have left.
struct AuditLog: Sendable {
    static let capacity = 4096

    private(set) var entries: [AuditEntry] = []
    private var last = [UInt8](repeating: 0, count: 32)
    private var nextSequence: UInt64 = 1

    /// Cost: one hash of some hundred bytes.
    mutating func append(_ what: String, session: UInt64, at now: Int64, _ hashing: ([UInt8]) -> [UInt8]) {
        var entry = AuditEntry()
        entry.sequence = nextSequence
        entry.timeNs = now
        entry.what = what
        entry.session = session
        last = hashing(last + entry.encoded())
        entry.sha256 = last
        nextSequence += 1
        entries.append(entry)
        if entries.count > Self.capacity { entries.removeFirst(entries.count - Self.capacity) }
    }

    /// The next entries from a number on.
    func entries(from sequence: UInt64, atMost count: Int) -> ArraySlice<AuditEntry> {
        let start = entries.firstIndex { $0.sequence >= sequence } ?? entries.count
        return entries[start...].prefix(count)
    }

    /// Loses the newest entry and its number, as a robot does whose log can be edited.
    mutating func loseNewest() { if !entries.isEmpty { entries.removeLast() } }
}
