import ConformJudge
import Foundation
import Testing

@Suite struct JudgeTests {
    @Test(arguments: [
        (0.95, 0, 59), (0.99, 0, 299), (0.99, 4, 913), (0.999, 0, 2995), (0.999, 4, 9151), (0.999, 3, 7752),
    ])
    func `sample counts for a quantile match the table of part CNF`(q: Double, misses: Int, count: Int) {
        #expect(ClopperPearson.upper(misses: misses, of: count, confidence: 0.95) <= 1 - q)
        #expect(ClopperPearson.upper(misses: misses, of: count - 1, confidence: 0.95) > 1 - q)
    }

    @Test func `binomial sums are exact where they are simple`() {
        func sum(_ k: Int, _ n: Int, _ p: Double) -> Double { ClopperPearson.cumulative(k, n, p) }
        #expect(abs(sum(1, 2, 0.5) - 0.75) < 1e-14 && abs(sum(0, 3, 0.1) - 0.729) < 1e-14)
        #expect(abs(sum(2, 4, 0.25) - 243.0 / 256) < 1e-14)
        for n in 1...400 {
            #expect(sum(n, n, 0.3) == 1 && sum(n + 2, n, 0.3) == 1 && sum(0, n, 0) == 1 && sum(n - 1, n, 1) == 0)
        }
        #expect(ClopperPearson.lower(misses: 0, of: 9, confidence: 0.95) == 0)
        #expect(ClopperPearson.upper(misses: 9, of: 9, confidence: 0.95) == 1)
        // By hand: 1 − 0.05^(1/n), and its mirror.
        #expect(abs(ClopperPearson.upper(misses: 0, of: 9, confidence: 0.95) - (1 - pow(0.05, 1.0 / 9))) < 1e-12)
        #expect(abs(ClopperPearson.lower(misses: 9, of: 9, confidence: 0.95) - pow(0.05, 1.0 / 9)) < 1e-12)
    }

    @Test func `how much less bursts count, to the digit`() throws {
        func series(_ count: Int, _ isHigh: (Int) -> Bool) -> [Double] { (0..<count).map { isHigh($0) ? 10 : 1 } }
        let cases: [(String, [Double])] = [
            ("eight in a burst of 64", series(64) { $0 < 8 }), ("seven", series(64) { $0 < 7 }),
            ("of 63", series(63) { $0 < 8 }),
            ("eight spread", series(64) { $0 % 8 == 3 }), ("four bursts of five in 640", series(640) { $0 % 160 < 5 }),
            ("pairs", series(640) { $0 % 40 < 2 }), ("nearly all", series(64) { $0 > 1 }),
            ("all", series(64) { _ in true }), ("none", series(64) { _ in false }),
            ("one long burst of 3200", series(3200) { $0 < 320 }),
            ("a slow wave", (0..<640).map { 1 + Double($0 % 160) / 20 }),
            ("a wave below", (0..<640).map { 0.1 + Double($0 % 160) / 200 }),
            ("the first and the rest", series(128) { $0 < 4 || $0 > 100 && $0 < 110 }),
        ]
        try Golden.expect(
            cases.flatMap { what, samples in
                [5.0, 1.5, 20].map { "\(what), limit \($0): \(DesignEffect.of(samples, limit: $0))" }
            }, "design-effect")
    }

    @Test func `the three zones are apart`() {
        func decide(_ misses: Int, tester: Double = 0) -> QuantileDecision {
            // Evenly spread: no two misses touch.
            let samples = (0..<9151).map { $0 % 350 == 7 && $0 / 350 < misses ? 12.0 : 5.0 }
            return QuantileDecision(
                samples: samples, tester: samples.map { _ in tester }, limit: 10, quantile: 0.999)
        }
        #expect(decide(4).verdict == .pass)
        #expect(decide(5).verdict == .inconclusive && decide(25).verdict == .inconclusive)
        #expect(decide(26).verdict == .fail)
        #expect(decide(26, tester: 3).reason == .testerLimited)
        #expect(QuantileDecision(samples: [], tester: [], limit: 1, quantile: 0.9).reason == .insufficientSamples)
    }

    @Test func `samples that hang together too much are not counted at all`() {
        func decide(_ isHigh: (Int) -> Bool) -> QuantileDecision {
            let samples = (0..<64).map { isHigh($0) ? 12.0 : 5.0 }
            return QuantileDecision(samples: samples, tester: samples.map { _ in 0 }, limit: 10, quantile: 0.5)
        }
        let burst = decide { $0 < 8 }, spread = decide { $0 % 8 == 3 }
        #expect(burst.designEffect > 20 && burst.verdict == .inconclusive && burst.reason == .dependentSamples)
        #expect(spread.designEffect == 1 && spread.verdict == .pass && spread.reason == nil)
    }

    @Test func `a verdict only worsens`() {
        #expect(Verdict.pass.worsened(by: .fail) == .fail)
        #expect(Verdict.fail.worsened(by: .pass) == .fail)
        #expect(Verdict.fail.worsened(by: .inconclusive) == .fail)
    }

    private func value(_ text: String) throws(Formula.Failure) -> Quantity {
        try Formula.value(of: text) { ["D_T1": Quantity(50e6, .time), "n": Quantity(3)][$0] }
    }

    @Test func `formulas keep their units`() throws {
        #expect(try value("D_T1 + 2 * 10 ms") == Quantity(70e6, .time))
        #expect(try value("-(1 s - 250 ms) / 3") == Quantity(-250e6, .time))
        #expect(try value("n * 2 + 1") == Quantity(7))
        #expect(try value("180 deg").value == .pi)
        #expect(try value("5 %").value == 0.05)
    }

    @Test func `formulas are read as they are written`() throws {
        let cases: [(String, Quantity)] = [
            ("1_000", Quantity(1000)), ("1.5e3", Quantity(1500)), ("2e-3", Quantity(0.002)), ("1E+2", Quantity(100)),
            ("6 - 2 - 1", Quantity(3)), ("12 / 2 / 3", Quantity(2)), ("2 + 3 * 4", Quantity(14)),
            ("(2 + 3) * 4", Quantity(20)),
            ("3 rad/s", Quantity(3, .angularVelocity)), ("6 rad / 2", Quantity(3, .angle)),
            ("6 ms / 2 ms", Quantity(3)), ("6 rad/2", Quantity(3, .angle)),
            ("2 * 3 ms", Quantity(6e6, .time)), ("3 ms * 2", Quantity(6e6, .time)), ("50 % * 4", Quantity(2)),
            ("- n", Quantity(-3)), ("--n", Quantity(3)), (" n ", Quantity(3)), ("1 min + 1 h", Quantity(3660e9, .time)),
            ("5 us + 1 ns", Quantity(5001, .time)), ("2 m + 3 mm", Quantity(2.003, .length)),
            ("7 Hz", Quantity(7, .frequency)),
            (String(repeating: "(", count: 32) + "1" + String(repeating: ")", count: 32), Quantity(1)),
        ]
        for (text, quantity) in cases { #expect(try value(text) == quantity, "\(text)") }
    }

    @Test func `a formula that means nothing is told why`() throws {
        let wrong = [
            "1 ms + 1 rad", "1 ms * 1 ms", "2 parsec", "unknown + 1", "1 +", "(1", "1 / 0", "1 2", "", "1 / 1 ms",
            "1.2.3",
            "?", "1e", "1em", "-", "n.x", "1 + ", "2 deg/s", "2 rad s", "6 m/s", "6 rad/",
            String(repeating: "(", count: 33) + "1", String(repeating: "-", count: 20_000),
        ]
        try Golden.expect(
            wrong.map { text in
                do throws(Formula.Failure) { return "\(text.prefix(40)) is \(try value(text))" } catch {
                    return error.message
                }
            }, "formulas")
    }

    @Test(arguments: ["1 ms + 1 rad", "1 ms * 1 ms", "2 parsec", "unknown + 1", "1 +", "(1", "1 / 0", "1 2"])
    func `formulas that mean nothing are refused`(text: String) {
        #expect(throws: Formula.Failure.self) { try value(text) }
    }

    @Test func `a kernel's stamp that comes later belongs to its record alone`() {
        var evidence = Evidence()
        for time: Int64 in [1, 2] { evidence.append(Evidence.Record(.sent, at: time, peer: "A")) }
        evidence.stamp(1, kernelNs: 3)
        #expect(evidence.records.map(\.kernelNs) == [nil, 3])
    }

    @Test func `a profile is what it was made of, and an explanation says nothing that nobody wrote`() {
        let profile = Profile(
            id: "industrial", text: ["en": "factories"], includes: ["CORE"], limits: ["stop_time": "1 s"],
            isBundle: true)
        #expect(profile.id == "industrial" && profile.text == ["en": "factories"] && profile.isBundle)
        #expect(profile.includes == ["CORE"] && profile.limits == ["stop_time": "1 s"])
        let explanation = TestDefinition.Explanation()
        #expect(explanation.why.isEmpty && explanation.causes.isEmpty && explanation.fixes.isEmpty)
    }
}
