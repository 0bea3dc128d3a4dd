/// The three-zone rule for "at most 1 − q of the samples exceed the limit" (Spec/v1/parts/CNF.md).
///
/// PASS rests on uncorrected samples, so a slow tester can never make it wrong; FAIL rests on samples from which the
/// tester's own share was taken, so a slow tester can never cause it. Between them lies INCONCLUSIVE. Both count samples
/// that hang together for less than they are (``DesignEffect``).
public struct QuantileDecision: Equatable, Sendable {
    public let count: Int
    public let misses: Int
    public let correctedMisses: Int
    /// How many samples are worth one independent one.
    public let designEffect: Double
    /// Most misses one after the other: the weakly-hard side of the requirement.
    public let longestRun: Int
    /// Upper 95 % bound of the exceedance probability.
    public let upperBound: Double
    /// Lower bound, at the confidence FAIL needs.
    public let lowerBound: Double
    public let verdict: Verdict
    public let reason: ReasonCode?

    /// - Parameters:
    ///   - samples: measured values; a missing reply is infinity.
    ///   - tester: the tester's share in each sample, same unit, at least 0.
    public init(
        samples: [Double], tester: [Double], limit: Double, quantile q: Double, confidence: Double = 0.95,
        failRisk: Double = 1e-5
    ) {
        precondition(samples.count == tester.count)
        let allowed = 1 - q
        count = samples.count
        misses = samples.count { $0 > limit }
        correctedMisses = zip(samples, tester).count { $0 - $1 > limit }
        longestRun = Self.longestRun(samples, limit)
        let effect = DesignEffect.of(samples, limit: limit)
        designEffect = effect
        let effective = Int(Double(count) / effect)
        guard effective > 0 else {
            (upperBound, lowerBound, verdict, reason) = (1, 0, .inconclusive, .insufficientSamples)
            return
        }
        // Misses that independent samples would have shown: rounded against whoever would gain by it.
        func worth(_ misses: Int, _ rule: FloatingPointRoundingRule) -> Int {
            min(effective, Int((Double(misses) / effect).rounded(rule)))
        }
        upperBound = ClopperPearson.upper(misses: worth(misses, .up), of: effective, confidence: confidence)
        let risk = 1 - failRisk
        lowerBound = ClopperPearson.lower(misses: worth(correctedMisses, .down), of: effective, confidence: risk)
        if effect > DesignEffect.largest {
            (verdict, reason) = (.inconclusive, .dependentSamples)
        } else if upperBound <= allowed {
            (verdict, reason) = (.pass, nil)
        } else if lowerBound > allowed {
            (verdict, reason) = (.fail, nil)
        } else if ClopperPearson.lower(misses: worth(misses, .down), of: effective, confidence: risk) > allowed {
            (verdict, reason) = (.inconclusive, .testerLimited)
        } else {
            (verdict, reason) = (.inconclusive, misses == 0 ? .insufficientSamples : .straddlesLimit)
        }
    }

    private static func longestRun(_ samples: [Double], _ limit: Double) -> Int {
        var (longest, current) = (0, 0)
        for sample in samples {
            current = sample > limit ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }
}
