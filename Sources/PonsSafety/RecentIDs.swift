/// The newest ids that were used, so that none works twice. Bounded: 32.
struct RecentIDs: Sendable {
    private var ids: [32 of UInt64] = .init(repeating: 0)
    private var next = 0

    func contains(_ id: UInt64) -> Bool {
        for index in ids.indices where ids[index] == id { return true }
        return false
    }

    mutating func insert(_ id: UInt64) {
        ids[next] = id
        next = (next + 1) % 32
    }
}
