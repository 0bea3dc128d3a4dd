import ConformDriver
import ConformJudge
import PonsMessages
import Testing

/// What the tester's own computer adds to delays, and what that means for verdicts (CNF-05).
@Suite struct CalibrationTests {
    @Test func `quantiles of the own round trip`() {
        let calibration = HostCalibration(roundTripsNs: (1...1000).map { Int64($0) * 1000 }.shuffled())
        #expect(calibration.quantileNs(0.5) == 500_000)
        #expect(calibration.testerDelayNs == 999_000)
        #expect(calibration.shortestLimitNs == 3_996_000)
        #expect(HostCalibration(roundTripsNs: []).testerDelayNs == 0)
    }

    @Test func `the larger of two counts where it grew to more than twice`() {
        let quiet = HostCalibration(roundTripsNs: [1_000_000])
        let same = HostCalibration(roundTripsNs: [1_900_000])
        let busy = HostCalibration(roundTripsNs: [9_000_000])
        #expect(HostCalibration.testerDelayNs(before: quiet, after: same) == 1_000_000)
        #expect(HostCalibration.testerDelayNs(before: quiet, after: busy) == 9_000_000)
        #expect(HostCalibration.testerDelayNs(before: busy, after: quiet) == 9_000_000)
    }

    @Test func `every ping of a peer that answers at once is counted`() throws {
        let calibration = try HostCalibration.measure(pings: 100)
        #expect(calibration.roundTripsNs.count == 100)
        #expect(calibration.roundTripsNs.allSatisfy { $0 >= 0 && $0 <= 100_000_000 })
        #expect(calibration.quantileNs(0.5) > 0)
    }

    /// Replies that all come 20 ms after they were due, against a limit of 10 ms.
    private func verdict(testerDelayMs: Double) throws -> TestResult {
        let test = try DefinitionLoader.test(
            file: "late.yaml",
            source: """
                schema: pons.test/1
                id: a/late
                requirements: [CMD-01]
                stimulus:
                  - wait: 1 s
                checks:
                  - id: in-time
                    quantile: {to: asked, limit: 10 ms, q: 0.9}
                explain:
                  en: {why: because}
                """)
        var evidence = Evidence()
        for index in 1...200 {
            var request = Subscribe()
            request.commandID = UInt64(index)
            var sent = Evidence.Record(.sent, at: Int64(index) * 1_000_000, peer: "A")
            (sent.label, sent.message, sent.type) = ("asked", request, .subscribe)
            evidence.append(sent)
            var ack = Ack()
            ack.commandID = UInt64(index)
            ack.outcome = .accepted
            var received = Evidence.Record(.received, at: Int64(index) * 1_000_000 + 20_000_000, peer: "A")
            (received.message, received.type) = (ack, .ack)
            evidence.append(received)
        }
        evidence.endNs = 1_000_000_000
        evidence.constants["tester_delay"] = Quantity(testerDelayMs * 1e6, .time)
        return Judge.judge(test, evidence)
    }

    @Test func `a limit is failed only from a computer that is four times faster than it`() throws {
        #expect(try verdict(testerDelayMs: 0).verdict == .fail)
        #expect(try verdict(testerDelayMs: 2.4).verdict == .fail)
        let limited = try verdict(testerDelayMs: 2.6)
        #expect(limited.verdict == .inconclusive && limited.reason == .testerLimited)
    }
}
