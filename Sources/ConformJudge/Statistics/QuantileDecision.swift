/// The three-zone rule for "at most 1 − q of the samples exceed the limit" (Spec/v1/parts/CNF.md).
///
/// PASS rests on uncorrected samples, so a slow tester can never make it wrong; FAIL rests on samples from which the
/// tester's own share was taken, so a slow tester can never cause it. Between them lies INCONCLUSIVE.
public struct QuantileDecision: Equatable, Sendable {
    public let count: Int
    public let misses: Int
    public let correctedMisses: Int
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
        guard count > 0 else {
            (upperBound, lowerBound, verdict, reason) = (1, 0, .inconclusive, .insufficientSamples)
            return
        }
        upperBound = ClopperPearson.upper(misses: misses, of: count, confidence: confidence)
        lowerBound = ClopperPearson.lower(misses: correctedMisses, of: count, confidence: 1 - failRisk)
        if upperBound <= allowed {
            (verdict, reason) = (.pass, nil)
        } else if lowerBound > allowed {
            (verdict, reason) = (.fail, nil)
        } else if ClopperPearson.lower(misses: misses, of: count, confidence: 1 - failRisk) > allowed {
            (verdict, reason) = (.inconclusive, .testerLimited)
        } else {
            (verdict, reason) = (.inconclusive, misses == 0 ? .insufficientSamples : .straddlesLimit)
        }
    }
}
