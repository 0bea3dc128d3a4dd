import PonsMessages
import PonsSession
import PonsVocabulary
import Testing

/// Order, freshness and pace of a stream of setpoints (part TIM, MOT-14, MOT-15).
@Suite struct SetpointTests {
    private static let lead: Int64 = 100

    private func gate(accepting sequence: UInt64? = nil, stamp: Int64 = 900) -> SetpointGate {
        var gate = SetpointGate(maxLeadNs: Self.lead)
        if let sequence { gate.accept(sequence: sequence, stampNs: stamp, receivedNs: 1000) }
        return gate
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var sequence: UInt64 = 5
        var stamp: Int64 = 950
        var until: Int64 = 1001
        var reason: RejectReason?
        var testDescription: String { what }
    }

    @Test(arguments: [
        Case(what: "newer than the last"),
        Case(what: "the last again", sequence: 4, reason: .duplicate),
        Case(what: "older than the last", sequence: 3, reason: .stale),
        Case(what: "newer, stamped before the last", stamp: 899, reason: .stale),
        Case(what: "newer, stamped as the last", stamp: 900),
        Case(what: "over now", until: 1000, reason: .expired),
        Case(what: "as far ahead as it may be", stamp: 1100, until: 2000),
        Case(what: "further ahead", stamp: 1101, until: 2000, reason: .tooFar),
    ]) func `a setpoint is taken or refused by its numbers`(_ test: Case) {
        var gate = gate(accepting: 4)
        let reason = gate.check(
            sequence: test.sequence, stampNs: test.stamp, validUntilNs: test.until, at: 1000)
        #expect(reason == test.reason)
        #expect(gate.receivedSequence == test.sequence && gate.acceptedSequence == 4)
    }

    @Test(arguments: [(Int64(0), RejectReason?.some(.badStamp)), (1, nil), (-1, .badStamp)])
    func `a stamp is later than the boot`(stamp: Int64, reason: RejectReason?) {
        #expect(SetpointGate.checkTime(startNs: stamp, validUntilNs: 2, maxLeadNs: 100, at: 1) == reason)
    }

    @Test func `the first setpoint of a stream may have any number, and the received one never falls`() {
        var gate = gate()
        let first = gate.check(sequence: 7, stampNs: 900, validUntilNs: 1001, at: 1000)
        let older = gate.check(sequence: 3, stampNs: 900, validUntilNs: 1001, at: 1000)
        #expect(first == nil && older == nil)
        #expect(gate.receivedSequence == 7)
    }

    @Test func `what is missing between two accepted is lost, however much`() {
        var gate = gate(accepting: 4)
        gate.accept(sequence: 5, stampNs: 901, receivedNs: 1001)
        #expect(gate.lostCount == 0)
        gate.accept(sequence: 8, stampNs: 902, receivedNs: 1002)
        gate.accept(sequence: 8, stampNs: 902, receivedNs: 1002)
        #expect(gate.lostCount == 2)
        #expect(gate.acceptedStampNs == 902 && gate.acceptedReceiveNs == 1002)
        gate.accept(sequence: .max, stampNs: 903, receivedNs: 1003)
        #expect(gate.lostCount == 1, "a counter of 32 bits runs over: 2 + (2³² − 1)")
    }

    @Test func `a new lease starts a new stream, and the counters go on`() {
        var gate = gate(accepting: 4)
        gate.accept(sequence: 6, stampNs: 901, receivedNs: 1001)
        gate.reject()
        gate.reject()
        _ = gate.check(sequence: 9, stampNs: 950, validUntilNs: 1001, at: 1000)
        gate.restart()
        #expect(gate.acceptedSequence == nil && gate.acceptedStampNs == nil && gate.receivedSequence == nil)
        #expect(gate.lostCount == 1 && gate.rejectedCount == 2)
        let older = gate.check(sequence: 1, stampNs: 10, validUntilNs: 1001, at: 1000)
        #expect(older == nil, "an earlier number and an earlier stamp")
    }

    @Test(arguments: [
        // In 20 ms: 1000 Hz allow 20, and half as many more.
        (1000.0, 30), (500.0, 15), (100.0, 5), (1.0, 5),
    ]) func `a window holds half as many more than the rate, and five in any case`(rate: Double, most: Int) {
        var pace = SetpointPace()
        let refused = (0..<most + 3).map { pace.exceeds(rate, at: Int64($0)) }
        #expect(refused.firstIndex(of: true) == most)
        #expect(refused[most...].allSatisfy { $0 })
    }

    @Test func `the next window starts anew, and not before`() {
        var pace = SetpointPace()
        for _ in 0..<6 { _ = pace.exceeds(1, at: 7) }
        let late = pace.exceeds(1, at: 20_000_006)
        let next = pace.exceeds(1, at: 20_000_007)
        #expect(late && !next)
    }

    @Test(arguments: [Double?.none, 0, -1]) func `without a declared rate any pace is right`(rate: Double?) {
        var pace = SetpointPace()
        #expect((0..<1000).allSatisfy { _ in !pace.exceeds(rate, at: 0) })
    }
}
