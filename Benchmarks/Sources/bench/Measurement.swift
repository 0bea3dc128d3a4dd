import Glibc

/// What the rounds say of one item.
struct Measurement {
    let item: Item
    /// Time over the time of memcpy of the same message's bytes in the same round: median over rounds.
    let ratio: Double
    /// Nanoseconds of the fastest round.
    let nanoseconds: Double
    let allocations: Double
}

/// Visits every item once a round, so that a busy neighbour slows all alike.
struct Rounds {
    static let usual = 15
    /// Nanoseconds one sample should take.
    static let sample = 1_200_000.0

    let items: [Item]
    /// The memcpy item of each message that is measured.
    let floors: [Item]
    let countAllocations: () -> UInt64

    func run(rounds: Int = usual) -> [Measurement] {
        let all = floors + items
        let counts = all.map(calibrate)
        var times = [[Double]](repeating: [], count: all.count)
        for _ in 0..<rounds {
            for (index, item) in all.enumerated() {
                item.run(max(1, counts[index] / 20))
                let start = now()
                item.run(counts[index])
                times[index].append((now() - start) / Double(counts[index]))
            }
        }
        return all.indices.dropFirst(floors.count).map { index in
            let item = all[index]
            let floor = floors.firstIndex { $0.message == item.message }!
            let ratios = zip(times[index], times[floor]).map { $0 / $1 }.sorted()
            let before = countAllocations()
            item.run(1000)
            let allocations = Double(countAllocations() - before) / 1000
            return Measurement(
                item: item, ratio: ratios[ratios.count / 2], nanoseconds: times[index].min()!,
                allocations: allocations < 0.02 ? 0 : allocations)
        }
    }

    private func calibrate(_ item: Item) -> Int {
        var count = 8
        while true {
            let start = now()
            item.run(count)
            let time = now() - start
            if time > Self.sample / 4 { return max(8, Int(Double(count) * Self.sample / time)) }
            count *= 4
        }
    }
}

func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}
