public import PonsVocabulary

/// Everything that can hold the robot stopped, each on its own: releasing one releases no other (SAF-10).
public struct StopSources: Equatable, Sendable {
    public static let capacity = 32

    /// One stop source: a device of the descriptor, or a session that asked for a stop.
    public struct Entry: Equatable, Sendable {
        /// Descriptor id of a device, or 0.
        public var device: UInt32 = 0
        /// Session that is its own source, or 0.
        public var session: UInt64 = 0
        public var kind = StopKind.unspecified
        public var isActive = false
        public var sinceNs: Int64 = 0
        var isUsed = false
    }

    private var entries: [32 of Entry] = .init(repeating: Entry())

    public init() {}

    public static func == (left: StopSources, right: StopSources) -> Bool {
        for index in left.entries.indices where left.entries[index] != right.entries[index] { return false }
        return true
    }

    /// Asserts a source; adds it when it is new. False when the table is full: the stop itself still happens.
    public mutating func assert(device: UInt32, session: UInt64, kind: StopKind, at now: Int64) -> Bool {
        guard let index = find(device, session) ?? free() else { return false }
        if !entries[index].isActive { entries[index].sinceNs = now }
        let stronger = entries[index].isActive && entries[index].kind == .emergency ? StopKind.emergency : kind
        entries[index] = Entry(
            device: device, session: session, kind: stronger, isActive: true, sinceNs: entries[index].sinceNs,
            isUsed: true)
        return true
    }

    /// Declares a device without asserting it.
    public mutating func declare(device: UInt32, kind: StopKind) {
        guard find(device, 0) == nil, let index = free() else { return }
        entries[index] = Entry(device: device, session: 0, kind: kind, isActive: false, sinceNs: 0, isUsed: true)
    }

    /// Forgets a device that is not active.
    public mutating func remove(device: UInt32) {
        if let index = find(device, 0), !entries[index].isActive { entries[index] = Entry() }
    }

    /// Releases a source; false when there is none of that name.
    public mutating func release(device: UInt32, session: UInt64, at now: Int64) -> Bool {
        guard let index = find(device, session) else { return false }
        if device == 0 {
            entries[index] = Entry()
        } else if entries[index].isActive {
            entries[index].isActive = false
            entries[index].sinceNs = now
        }
        return true
    }

    public mutating func releaseAll(at now: Int64) {
        for index in entries.indices where entries[index].isActive {
            _ = release(device: entries[index].device, session: entries[index].session, at: now)
        }
    }

    public var anyActive: Bool {
        for index in entries.indices where entries[index].isActive { return true }
        return false
    }

    public func forEach(_ body: (Entry) -> Void) {
        for index in entries.indices where entries[index].isUsed { body(entries[index]) }
    }

    private func find(_ device: UInt32, _ session: UInt64) -> Int? {
        for index in entries.indices
        where entries[index].isUsed && entries[index].device == device && entries[index].session == session {
            return index
        }
        return nil
    }

    private func free() -> Int? {
        for index in entries.indices where !entries[index].isUsed { return index }
        return nil
    }
}
