/// The robot's wall clock, which ROS 2 stamps with, seen from the monotonic clock here: the message that was fastest on its way decides,
/// and is forgotten after ten seconds, because a wall clock may be set.
struct WallClock: Sendable {
    private static let memoryNs: Int64 = 10_000_000_000

    private var best: [Int64?] = [nil, nil]
    private var startedNs: Int64?

    /// Own time minus wall time; `nil` before anything was heard.
    var offsetNs: Int64? { best.compactMap { $0 }.min() }

    mutating func hear(stampNs: Int64, at now: Int64) {
        if startedNs.map({ now - $0 >= Self.memoryNs }) ?? true {
            startedNs = now
            best = [nil, best[0]]
        }
        best[0] = min(best[0] ?? .max, now - stampNs)
    }
}
