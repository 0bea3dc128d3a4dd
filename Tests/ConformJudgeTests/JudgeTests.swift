import ConformJudge
import Testing

@Suite struct JudgeTests {
    @Test(arguments: [
        (0.95, 0, 59), (0.99, 0, 299), (0.99, 4, 913), (0.999, 0, 2995), (0.999, 4, 9151), (0.999, 3, 7752),
    ])
    func `sample counts for a quantile match the table of part CNF`(q: Double, misses: Int, count: Int) {
        #expect(ClopperPearson.upper(misses: misses, of: count, confidence: 0.95) <= 1 - q)
        #expect(ClopperPearson.upper(misses: misses, of: count - 1, confidence: 0.95) > 1 - q)
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
            ("6 ms / 2 ms", Quantity(3)),
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
            "?", "1e", "-", "n.x", String(repeating: "(", count: 33) + "1", String(repeating: "-", count: 20_000),
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
}
