import PonsMessages

/// How punctual the control loop is: cycles, overruns, and how late each cycle began (MOT-02).
struct LoopRecord: Sendable {
    /// Upper bounds of the classes, seconds.
    static let bounds: [Double] = [50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3]

    private(set) var cycles: UInt64 = 0
    private(set) var overruns: UInt64 = 0
    private var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    private var worst = 0.0

    /// A cycle began this late; later than a whole cycle is an overrun. ns.
    mutating func note(lateness: Int64, period: Int64) {
        cycles += 1
        if lateness > period { overruns += 1 }
        let seconds = Double(lateness) / 1e9
        worst = max(worst, seconds)
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    }

    func message(at now: Int64) -> LoopStatistics {
        var histogram = Histogram()
        histogram.name = "cycle-lateness"
        histogram.unit = .second
        histogram.upperBounds = Self.bounds
        histogram.counts = counts
        histogram.total = cycles
        histogram.max = worst
        var statistics = LoopStatistics()
        statistics.timeNs = now
        statistics.tier = .spinal
        statistics.cycles = cycles
        statistics.overruns = overruns
        statistics.latency = histogram
        return statistics
    }
}
