/// How much less dependent samples say than independent ones: n of them are worth n / D (part CNF).
///
/// Misses come in bursts. Taken for independent, ten in a row look like ten pieces of evidence and are one; and long
/// quiet stretches look like proof. The estimate looks at the series at the limit and, where misses are too few to show
/// a pattern, at a level that a tenth of the samples exceed, if that is near the limit: latencies that hang together
/// there do so at the limit.
public enum DesignEffect {
    /// Beyond this the samples are too dependent to be counted at all.
    public static let largest = 20.0
    /// Fewer exceedances than this show no pattern of their own.
    private static let fewest = 8
    private static let batches = 32

    /// At least 1. Cost: linear, one sort.
    public static func of(_ samples: [Double], limit: Double) -> Double {
        guard samples.count >= 2 * batches else { return 1 }
        let sorted = samples.sorted()
        let level = min(limit, sorted[sorted.count - 1 - sorted.count / 10])
        // Far below the limit, how samples hang together says nothing of misses.
        let isNear = level > limit / 2
        return max(1, isNear ? effect(samples, above: level) : 1, effect(samples, above: limit))
    }

    private static func effect(_ samples: [Double], above level: Double) -> Double {
        let misses = samples.map { $0 > level }
        let count = misses.count(where: \.self)
        guard count >= fewest, count < misses.count else { return 1 }
        return max(ofRuns(misses, count), ofBatches(misses, count))
    }

    /// From the mean length of runs: a Markov chain with that mean has D = 2 r (1 − p) − 1; 1 for independent samples.
    private static func ofRuns(_ misses: [Bool], _ count: Int) -> Double {
        var runs = misses[0] ? 1 : 0
        for index in 1..<misses.count where misses[index] && !misses[index - 1] { runs += 1 }
        let share = Double(count) / Double(misses.count)
        // The mean of few runs is uncertain: two standard errors of a geometric mean on the safe side.
        let mean = Double(count) / Double(runs)
        let spread = (mean * max(mean - 1, 0) / Double(runs)).squareRoot()
        let independent = 1 / (1 - share)
        return mean <= independent * 1.1 ? 1 : 2 * (mean + spread) * (1 - share) - 1
    }

    /// From the variance of counts in batches over that of independent samples; heeded where chance alone would hardly
    /// make it (the 99 % quantile of χ² with 31 degrees of freedom, over 31, is 1.68).
    private static func ofBatches(_ misses: [Bool], _ count: Int) -> Double {
        let length = misses.count / batches
        let share = Double(count) / Double(misses.count)
        let counts = (0..<batches).map { batch in
            Double(misses[batch * length..<(batch + 1) * length].count(where: \.self))
        }
        let mean = counts.reduce(0, +) / Double(batches)
        let variance = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(batches - 1)
        let ratio = variance / (Double(length) * share * (1 - share))
        return ratio > 1.68 ? ratio : 1
    }
}
