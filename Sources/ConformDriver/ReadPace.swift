/// A reader that takes no more than so many bytes a second.
struct ReadPace {
    /// What the tester's end of a narrow link holds before it is read; bytes.
    static let windowSize = 4_096

    private let bytesPerSecond: Int
    /// When everything noted so far has been read.
    private(set) var dueNs: Int64

    init(bytesPerSecond: Int, at now: Int64) {
        self.bytesPerSecond = max(1, bytesPerSecond)
        dueNs = now
    }

    mutating func note(_ count: Int, at now: Int64) {
        dueNs = max(dueNs, now) + Int64(count) * 1_000_000_000 / Int64(bytesPerSecond)
    }

    /// What is not read yet; bytes.
    func backlog(at now: Int64) -> Int { Int(Double(max(0, dueNs - now)) * Double(bytesPerSecond) / 1e9) }
}
