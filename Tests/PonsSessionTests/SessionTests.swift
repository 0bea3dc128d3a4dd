import PonsMessages
import PonsSession
import PonsWire
import Testing

@Suite struct SessionTests {
    @Test(arguments: [1, 3, 7, 64, 10_000]) func `a stream gives the same frames however it is cut`(piece: Int) throws {
        var sealer = FrameSealer()
        var stream: [UInt8] = []
        for id in 1...20 {
            var ping = TimePing()
            ping.id = UInt64(id)
            stream += sealer.seal(ping, at: 0)
        }
        var assembler = FrameAssembler(payloadLimit: 1024)
        var ids: [UInt64] = []
        for start in stride(from: 0, to: stream.count, by: piece) {
            assembler.append(Array(stream[start..<min(start + piece, stream.count)]))
            while let frame = try assembler.next() {
                let opened = try OpenedFrame(frame, identity: .none, payloadLimit: 1024)
                ids.append(try TimePing(decoding: opened.payload).id)
            }
        }
        #expect(ids == Array(1...20))
        #expect(assembler.pendingCount == 0)
    }

    @Test func `rubbish ends a stream at its first byte`() {
        var assembler = FrameAssembler(payloadLimit: 1024)
        assembler.append([1, 2, 3, 4])
        #expect(throws: FrameError.badMagic) { try assembler.next() }
    }

    @Test func `a command id is remembered with its content and forgotten in order`() {
        var ledger = CommandLedger(capacity: 2)
        var ack = Ack()
        ack.outcome = .accepted
        let outcome1 = ledger.receive(id: 1, type: 5, payload: [1])
        #expect(outcome1 == .new)
        ledger.settle(id: 1, ack)
        let outcome2 = ledger.receive(id: 1, type: 5, payload: [1])
        #expect(outcome2 == .duplicate(ack))
        let outcome3 = ledger.receive(id: 1, type: 5, payload: [2])
        #expect(outcome3 == .reused)
        let outcome4 = ledger.receive(id: 2, type: 5, payload: [1])
        #expect(outcome4 == .new)
        let outcome5 = ledger.receive(id: 3, type: 5, payload: [1])
        #expect(outcome5 == .new)
        let outcome6 = ledger.receive(id: 1, type: 5, payload: [1])
        #expect(outcome6 == .new, "the oldest of two was forgotten")
    }

    @Test func `extreme stamps are refused without overflow`() {
        for stamp in [Int64.min, -1, .max] {
            let reason = SetpointGate.checkTime(startNs: stamp, validUntilNs: .max, maxLeadNs: 100, at: 1000)
            #expect(reason == (stamp < 0 ? .badStamp : .tooFar))
        }
        #expect(SetpointGate.checkTime(startNs: 0, validUntilNs: .min, maxLeadNs: 100, at: 1000) == .expired)
    }

    @Test func `the clock offset comes from the fastest exchange`() {
        var clock = ClockComparison()
        clock.add(sent: 1000, robotReceived: 51_500, robotSent: 51_500, received: 3000)
        clock.add(sent: 10_000, robotReceived: 60_110, robotSent: 60_120, received: 10_230)
        #expect(clock.offsetNs == 50_000)
        #expect(clock.uncertaintyNs == 111)
        clock.add(sent: 20_000, robotReceived: 90_000, robotSent: 90_000, received: 60_000)
        #expect(clock.offsetNs == 50_000, "a slow exchange changes nothing")
    }

    struct Range: CustomTestStringConvertible {
        let low: (UInt32, UInt32), high: (UInt32, UInt32), common: Bool
        var testDescription: String { "\(low)…\(high)" }
    }

    @Test(arguments: [
        Range(low: (1, 0), high: (1, 0), common: true), Range(low: (1, 0), high: (2, 5), common: true),
        Range(low: (2, 0), high: (3, 0), common: false), Range(low: (1, 5), high: (1, 0), common: false),
    ]) func `the highest common version is chosen, or none`(_ range: Range) {
        let other = VersionRange(
            lowest: ProtocolVersion(major: range.low.0, minor: range.low.1),
            highest: ProtocolVersion(major: range.high.0, minor: range.high.1))
        #expect((VersionRange.supported.common(with: other) != nil) == range.common)
    }

    @Test func `of a stream only the newest waits, replies keep their order`() {
        var outbox = Outbox()
        outbox.push([1], type: .wholeBodyState)
        outbox.push([2], type: .ack)
        outbox.push([3], type: .wholeBodyState)
        outbox.push([4], type: .safetyStatus)
        outbox.push([5], type: .ack)
        let outcome7 = outbox.drain().map(\.payload)
        #expect(outcome7 == [[4], [2], [5], [3]])
        #expect(outbox.droppedCount == 1)
    }
}
