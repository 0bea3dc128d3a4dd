import Foundation

/// Exact confidence bounds of a proportion: `misses` of `count`, one-sided.
public enum ClopperPearson {
    /// The proportion that gives `misses` or fewer with probability 1 − confidence.
    public static func upper(misses: Int, of count: Int, confidence: Double) -> Double {
        precondition(count > 0 && misses >= 0 && misses <= count)
        return solve { Self.cumulative(misses, count, $0) - (1 - confidence) }
    }

    /// The proportion that gives `misses` or more with probability 1 − confidence.
    public static func lower(misses: Int, of count: Int, confidence: Double) -> Double {
        precondition(count > 0 && misses >= 0 && misses <= count)
        if misses == 0 { return 0 }
        return solve { Self.cumulative(misses - 1, count, $0) - confidence }
    }

    /// P[X ≤ k] for X binomial(n, p), summed from the largest term outwards in logarithms.
    public static func cumulative(_ k: Int, _ n: Int, _ p: Double) -> Double {
        if k >= n { return 1 }
        if p <= 0 { return 1 }
        var sum = 0.0
        let logP = log(p), logQ = log1p(-p)
        for i in stride(from: k, through: 0, by: -1) {
            let term = exp(logChoose(n, i) + Double(i) * logP + Double(n - i) * logQ)
            sum += term
            // What follows is smaller still: terms only fall once they have begun to.
            if term < sum * 1e-17 { break }
        }
        return min(sum, 1)
    }

    private static func logChoose(_ n: Int, _ k: Int) -> Double {
        lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
    }

    /// Root of a function that falls from above 0 to below 0 on [0, 1].
    private static func solve(_ f: (Double) -> Double) -> Double {
        var low = 0.0, high = 1.0
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if f(middle) > 0 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
