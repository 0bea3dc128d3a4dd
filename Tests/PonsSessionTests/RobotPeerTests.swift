import PonsMessages
import PonsSafety
import PonsSession
import PonsVocabulary
import PonsWire
import Testing

/// The robot's side of one session.
@Suite struct RobotPeerTests {
    private static let ms: Int64 = 1_000_000
    private static let identity = SessionIdentity(bootID: (1, 2), sessionID: 77)

    private func peer(
        _ limits: ProtocolLimits = ProtocolLimits(), trust: LinkTrust = .local, isDatagram: Bool = false
    ) -> RobotPeer {
        RobotPeer(
            timing: SessionTiming(TimingDescription()), limits: limits, isDatagram: isDatagram, trust: trust, at: 5)
    }

    private func opened(_ limits: ProtocolLimits = ProtocolLimits()) -> RobotPeer {
        var peer = peer(limits)
        peer.open(
            role: .controller, sessionID: 77, identity: Self.identity, source: 9, hasFingerprintMismatch: true, at: 10)
        return peer
    }

    private func ack(_ id: UInt64) -> Ack {
        var ack = Ack()
        (ack.commandID, ack.outcome) = (id, .accepted)
        return ack
    }

    private func header(of frame: [UInt8], _ identity: SessionIdentity = Self.identity) throws -> FrameHeader {
        try FrameCheck.open(frame.span.bytes, identity: identity, payloadLimit: .max)
    }

    @Test func `a link waits for its greeting, is open, and closed`() throws {
        var peer = peer(isDatagram: true)
        #expect(peer.phase == .awaitingHello && peer.role == .unspecified && peer.sessionID == 0)
        #expect(peer.isDatagram && peer.openedNs == 5 && peer.identity == .none)
        peer = opened()
        #expect(peer.phase == .open && peer.role == .controller && peer.sessionID == 77)
        #expect(peer.hasFingerprintMismatch && peer.identity == Self.identity)
        peer.send(ack(1), at: 20)
        #expect(try header(of: peer.drain(at: 20)[0]).destination == 9)
        peer.close()
        #expect(peer.phase == .closed)
        peer.send(ack(2), at: 20)
        peer.send(bulk: [[1]], key: 0)
        #expect(!peer.hasFrames, "a closed session sends nothing")
    }

    @Test func `limits that are declared hold, and those that are not bound nothing`() throws {
        var limits = ProtocolLimits()
        (limits.maxControlFrame, limits.commandMemory, limits.maxCounterGap) = (100, 2, 3)
        var peer = peer(limits)
        var sealer = FrameSealer()
        peer.assembler.append(sealer.seal(payload: Array(repeating: 1, count: 101), type: 1, at: 0))
        #expect(throws: FrameError.self) { try peer.assembler.next() }
        for id in 1...3 as ClosedRange<UInt64> { _ = peer.ledger.receive(id: id, type: 1, payload: []) }
        #expect(peer.ledger.count == 2)
        var bare = self.peer()
        for id in 1...3 as ClosedRange<UInt64> { _ = bare.ledger.receive(id: id, type: 1, payload: []) }
        #expect(bare.ledger.count == 1, "one command is always remembered")
        #expect(peer.counters.maxGap == 3 && bare.counters.maxGap == .max)
    }

    // MARK: Liveness

    @Test func `only an answer to a young challenge of this session is a sign of life, once`() {
        var peer = opened()
        peer.issue(challenge: 1, at: 10)
        peer.issue(challenge: 2, at: 20)
        let unknown = peer.answer(3, at: 30)
        let known = peer.answer(1, at: 40)
        let again = peer.answer(1, at: 50)
        let second = peer.answer(2, at: 20 + 1000 * Self.ms)
        #expect(!unknown && known && !again && second)
        peer.issue(challenge: 4, at: 100)
        let late = peer.answer(4, at: 101 + 1000 * Self.ms)
        #expect(!late, "older than a second")
    }

    @Test func `an answer settles what was asked before it`() {
        var peer = opened()
        peer.issue(challenge: 1, at: 10)
        peer.issue(challenge: 2, at: 20)
        let second = peer.answer(2, at: 30)
        let first = peer.answer(1, at: 30)
        #expect(second && !first)
    }

    @Test func `sixteen challenges wait, and no more`() {
        var peer = opened()
        for nonce in 1...17 as ClosedRange<UInt64> { peer.issue(challenge: nonce, at: 10) }
        let forgotten = peer.answer(1, at: 20)
        let oldest = peer.answer(2, at: 20)
        #expect(!forgotten && oldest)
    }

    @Test func `silence ends an open session alone, and the last sign of life counts`() {
        let timeout = SessionTiming(TimingDescription()).peerTimeoutNs
        #expect(!peer().isDead(at: .max), "a link that was never open has its own time")
        var peer = opened()
        #expect(!peer.isDead(at: 10 + timeout) && peer.isDead(at: 11 + timeout))
        peer.issue(challenge: 1, at: 50)
        _ = peer.answer(1, at: 60)
        #expect(!peer.isDead(at: 60 + timeout) && peer.isDead(at: 61 + timeout))
        peer.trustTraffic(at: 100)
        #expect(!peer.isDead(at: 100 + timeout))
        peer.close()
        #expect(!peer.isDead(at: .max))
    }

    @Test func `a certificate ends when it says, counted from the opening`() {
        #expect(!peer(trust: .local).isCertificateOver(at: .max))
        let bound = peer(trust: LinkTrust(.authenticated, validForNs: 100))
        #expect(!bound.isCertificateOver(at: 104) && bound.isCertificateOver(at: 105))
    }

    // MARK: Clock

    @Test func `commands with stamps need a clock that is known well and lately`() {
        var peer = opened()
        #expect(!peer.isSynchronised(within: .max, at: 0))
        peer.synchronise(uncertaintyNs: 10, validityNs: 100, at: 1000)
        #expect(peer.isSynchronised(within: 10, at: 1099))
        #expect(!peer.isSynchronised(within: 9, at: 1099))
        #expect(!peer.isSynchronised(within: 10, at: 1100))
        peer.forgetSync()
        #expect(!peer.isSynchronised(within: 10, at: 1000))
    }

    // MARK: Sending

    @Test func `the welcome goes first and says what the session is, sealed without it`() throws {
        var peer = peer()
        peer.send(ack(1), at: 1)
        peer.send(Welcome(), at: 1)
        peer.open(
            role: .observer, sessionID: 77, identity: Self.identity, source: 9, hasFingerprintMismatch: false, at: 10)
        let frames = peer.drain(at: 2)
        #expect(try header(of: frames[0], .none).messageType == MessageType.welcome.rawValue)
        #expect(try header(of: frames[1]).messageType == MessageType.ack.rawValue)
        #expect(frames.count == 2 && peer.drain(at: 3).isEmpty && !peer.hasFrames)
    }

    @Test func `a greeting alone is something to send`() {
        var peer = peer()
        #expect(!peer.hasFrames)
        peer.send(Welcome(), at: 1)
        #expect(peer.hasFrames)
    }

    @Test func `a link that is behind gets replies, and pictures are counted as skipped`() {
        var peer = opened()
        peer.isCongested = true
        peer.send(WholeBodyState(), at: 1)
        peer.send(bulk: [[1], [2]], key: 3)
        #expect(peer.skippedBulk == 1 && !peer.hasFrames)
        peer.send(ack(1), at: 1)
        #expect(peer.hasFrames && peer.drain(at: 2).count == 1)
        peer.isCongested = false
        #expect(peer.hasFrames && peer.drain(at: 3).count == 1, "the state has waited")
        peer.send(bulk: [[1], [2]], key: 3)
        #expect(peer.drain(at: 4).count == 2 && peer.skippedBulk == 1)
    }

    @Test func `nothing large goes before the session is open`() {
        var peer = peer()
        peer.send(bulk: [[1]], key: 0)
        #expect(!peer.hasFrames)
    }

    @Test func `states take the datagram path once it is reached, if they fit`() throws {
        var peer = opened()
        let keys = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        let authentication: DatagramChannel.Authentication = { key, bytes in
            (0..<32).map { key[0] ^ UInt8(truncatingIfNeeded: bytes.count + $0) }
        }
        let channel = DatagramChannel(
            number: 7, sendKey: keys.0, receiveKey: keys.1, authentication: authentication)
        peer.datagrams = DatagramSide(channel, beside: peer.sealer, maxGap: 10)
        peer.send(WholeBodyState(), at: 1)
        #expect(peer.drain(at: 1).count == 1 && peer.takeDatagrams().isEmpty, "nobody was heard there yet")

        peer.datagrams!.isReached = true
        peer.send(ack(1), at: 2)
        peer.send(WholeBodyState(), at: 2)
        #expect(peer.drain(at: 2).count == 1)
        let datagrams = peer.takeDatagrams()
        #expect(datagrams.count == 1 && peer.takeDatagrams().isEmpty)
        var other = DatagramChannel(number: 7, sendKey: keys.1, receiveKey: keys.0, authentication: authentication)
        let head = try header(of: other.open(datagrams[0]).frame)
        #expect(head.stream == DatagramChannel.stream && head.destination == 9 && head.counter == 1)

        var large = WholeBodyState()
        large.position = Array(repeating: 1, count: 324)
        large.safetyState = .off
        #expect(large.encoded().count == 1301)
        peer.send(large, at: 3)
        #expect(peer.drain(at: 3).count == 1 && peer.takeDatagrams().isEmpty)
        (large.safetyState, large.sequence) = (nil, 1)
        large.position.removeLast(2)
        #expect(large.encoded().count == 1300)
        peer.send(large, at: 4)
        #expect(peer.drain(at: 4).isEmpty && peer.takeDatagrams().count == 1)
    }
}
