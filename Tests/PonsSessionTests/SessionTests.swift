import PonsMessages
import PonsSession
import PonsVocabulary
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
        for id in 4...7 as ClosedRange<UInt64> { _ = ledger.receive(id: id, type: 5, payload: []) }
        let older = ledger.receive(id: 5, type: 5, payload: [])
        #expect(older == .new && ledger.count == 2, "after the end of the ring it begins anew")
        let kept = ledger.receive(id: 7, type: 5, payload: [])
        #expect(kept == .duplicate(Ack()), "not yet answered")
    }

    @Test(arguments: [UInt16(0x0106), 0x0205]) func `the same bytes as another message are another command`(
        type: UInt16
    ) {
        var ledger = CommandLedger()
        _ = ledger.receive(id: 1, type: 0x0105, payload: [1])
        let outcome = ledger.receive(id: 1, type: type, payload: [1])
        #expect(outcome == .reused)
    }

    @Test func `a frame without payload is whole when its header is`() throws {
        var sealer = FrameSealer()
        var assembler = FrameAssembler(payloadLimit: 10)
        let frame = sealer.seal(payload: [], type: 1, at: 0)
        assembler.append(frame)
        #expect(try assembler.next() == frame)
        #expect(try assembler.next() == nil)
        assembler.append(Array(frame.dropLast()))
        #expect(try assembler.next() == nil)
    }

    @Test func `a length that nobody may send ends the stream before any of it came`() throws {
        var sealer = FrameSealer()
        let frame = sealer.seal(payload: Array(repeating: 0, count: 11), type: 1, at: 0)
        var assembler = FrameAssembler(payloadLimit: 10)
        assembler.append(Array(frame[..<(FrameHeader.size - 1)]))
        #expect(try assembler.next() == nil)
        assembler.append([frame[FrameHeader.size - 1]])
        #expect(throws: FrameError.self) { try assembler.next() }
    }

    @Test func `a sealed frame says when, by whom, to whom and on which path`() throws {
        var sealer = FrameSealer(counter: .max)
        (sealer.source, sealer.destination, sealer.stream, sealer.echoedNumber) = (1, 2, 3, 4)
        sealer.flags = FrameHeader.Flags(rawValue: 1)
        _ = sealer.seal(Heartbeat(), at: 0)
        sealer.skip(5)
        let opened = try OpenedFrame(sealer.seal(Heartbeat(), at: 99), identity: .none, payloadLimit: 100)
        let header = opened.header
        #expect(opened.type == .heartbeat && header.sendTimeNs == 99 && header.flags.rawValue == 1)
        #expect((header.source, header.destination, header.stream) == (1, 2, 3))
        #expect((header.counter, header.monitoringNumber, header.echoedNumber) == (6, 2, 4))
    }

    @Test func `a frame that nobody checked keeps its header and its bytes`() throws {
        var sealer = FrameSealer()
        var frame = sealer.seal(payload: [1, 2, 3], type: 7, at: 0)
        frame[FrameHeader.size + 2] ^= 0xFF
        let header = try #require(OpenedFrame.peek(frame, payloadLimit: 3))
        #expect(OpenedFrame.peek(frame, payloadLimit: 2) == nil && header.messageType == 7)
        #expect(OpenedFrame(unchecked: frame, header).payload == [1, 2, 3 ^ 0xFF])
        #expect(throws: FrameError.self) { try OpenedFrame(frame, identity: .none, payloadLimit: 3) }
    }

    @Test func `a boot's sixteen bytes are two words, and no other count is one`() throws {
        let bytes = (1...16).map { UInt8($0 * 13) }
        let boot = try #require(BootID(bytes))
        #expect(boot.bytes == bytes && boot.words[0] & 0xFF == 13 && boot.words[1] >> 56 == 208)
        #expect(BootID(Array(bytes.dropLast())) == nil && BootID(bytes + [1]) == nil)
        var generator = SystemRandomNumberGenerator()
        #expect(BootID(using: &generator) != BootID(using: &generator))
    }

    @Test func `what a link has not proven, it does not grant`() {
        #expect(LinkTrust.clear.grants(.operator) && LinkTrust.local.grants(.service))
        #expect(LinkTrust.clear.protection == .clear && LinkTrust.local.protection == .local)
        let observer = LinkTrust(.authenticated, roles: [.observer], name: "wall")
        #expect(observer.grants(.observer) && !observer.grants(.operator) && observer.name == "wall")
    }

    @Test func `times that are not declared are those of the standard`() {
        let timing = SessionTiming(TimingDescription())
        #expect(timing.heartbeatPeriodNs == 100_000_000 && timing.peerTimeoutNs == 300_000_000)
        #expect(timing.setpointDeadlineNs == 50_000_000 && timing.chunkDeadlineNs == 500_000_000)
        #expect(timing.setpointMaxLeadNs == 100_000_000 && timing.taskMaxLeadNs == 2_000_000_000)
        #expect(timing.leaseDurationNs == 1_000_000_000 && timing.syncValidityNs == 30_000_000_000)
        #expect(timing.maxObservationAgeNs == 500_000_000 && timing.handshakeTimeoutNs == 5_000_000_000)
        #expect(SessionTiming.setpointClockBoundNs == 1_000_000 && SessionTiming.taskClockBoundNs == 20_000_000)
    }

    @Test func `times that are declared hold`() {
        var declared = TimingDescription()
        (declared.heartbeatPeriodNs, declared.peerTimeoutNs, declared.setpointDeadlineNs) = (1, 2, 3)
        (declared.chunkDeadlineNs, declared.setpointMaxLeadNs, declared.taskMaxLeadNs) = (4, 5, 6)
        (declared.leaseDurationNs, declared.syncValidityNs, declared.maxObservationAgeNs) = (7, 8, 9)
        let timing = SessionTiming(declared)
        #expect((timing.heartbeatPeriodNs, timing.peerTimeoutNs, timing.setpointDeadlineNs) == (1, 2, 3))
        #expect((timing.chunkDeadlineNs, timing.setpointMaxLeadNs, timing.taskMaxLeadNs) == (4, 5, 6))
        #expect((timing.leaseDurationNs, timing.syncValidityNs, timing.maxObservationAgeNs) == (7, 8, 9))
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
        clock.add(sent: 20_000, robotReceived: 91_000, robotSent: 91_000, received: 60_000)
        #expect(clock.offsetNs == 50_000, "a slow exchange changes nothing")
        #expect(clock.exchangeCount == 3 && clock.ownTime(50_007) == 7)
    }

    @Test func `of two exchanges that are as good the newer counts`() {
        var clock = ClockComparison()
        #expect(!clock.isValid && clock.uncertaintyNs(at: 5) == .max)
        clock.add(sent: 1000, robotReceived: 51_100, robotSent: 51_100, received: 1200)
        clock.add(sent: 1001, robotReceived: 51_106, robotSent: 51_106, received: 1201)
        #expect(clock.offsetNs == 50_005 && clock.uncertaintyNs == 101)
        #expect(clock.uncertaintyNs(at: 1201 + 1_000_000) == 101 + 200, "200 ppm of a millisecond")
        #expect(clock.uncertaintyNs(at: 0) == 101)
    }

    @Test func `stamps within seventy years of a boot are believed, and no others`() {
        for (received, sent, isBelieved) in [
            (Int64(0), Int64(0), true), (1 << 61, 1 << 61, true), (1 << 61 + 1, 5, false), (5, 1 << 61 + 1, false),
            (-1, 5, false), (5, -1, false),
        ] {
            var clock = ClockComparison()
            clock.add(sent: 1, robotReceived: received, robotSent: sent, received: 2)
            #expect(clock.isValid == isBelieved, "\(received), \(sent)")
        }
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
        let common = VersionRange.supported.common(with: other)
        #expect(common == (range.common ? ProtocolVersion(major: 1, minor: 0) : nil))
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
        #expect(outbox.drain().isEmpty && outbox.isEmpty)
    }

    @Test func `a peer that lets more than 1,024 replies pile up has lost its session`() {
        var outbox = Outbox()
        outbox.push([0], type: .safetyStatus)
        for _ in 1...1023 { outbox.push([0], type: .ack) }
        #expect(!outbox.hasOverflowed)
        outbox.push([0], type: .ack)
        #expect(outbox.hasOverflowed)
    }
}
