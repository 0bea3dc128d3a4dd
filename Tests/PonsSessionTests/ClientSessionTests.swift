import PonsMessages
import PonsSession
import PonsVocabulary
import PonsWire
import Testing

/// The controller's side of a session, against a robot that says what each test wants it to.
@Suite struct ClientSessionTests {
    private static let ms: Int64 = 1_000_000
    private static let boot = (1...16).map { UInt8($0) }
    private static let identity = SessionIdentity(
        bootID: BootID(boot).map { ($0.words[0], $0.words[1]) }!, sessionID: 77)
    private static let hash: @Sendable ([UInt8]) -> [UInt8] = { bytes in
        (0..<32).map { UInt8(truncatingIfNeeded: bytes.reduce(bytes.count) { $0 &* 31 &+ Int($1) } >> $0) }
    }

    /// A client, and the hand that writes the robot's frames.
    private struct Exchange {
        var client = ClientSession(role: .operator, name: "pad", nonce: 0x0000_0007_0000_0004, firstCommandID: 100)
        var robot = FrameSealer()

        mutating func say<M: FrameMessage>(_ message: M, at now: Int64 = 0) -> (
            events: [ClientSession.Event], replies: [[UInt8]]
        ) { client.receive(robot.seal(message, at: now), at: now) }

        /// The one event that is not the message itself.
        mutating func told<M: FrameMessage>(_ message: M, at now: Int64 = 0) -> ClientSession.Event? {
            say(message, at: now).events.first { if case .received = $0 { false } else { true } }
        }
    }

    private func welcome() -> Welcome {
        var welcome = Welcome()
        (welcome.version, welcome.role, welcome.sessionID) = (ProtocolVersion(major: 1, minor: 0), .operator, 77)
        (welcome.clientNonce, welcome.bootID, welcome.sourceID) = (0x0000_0007_0000_0005, Self.boot, 19)
        welcome.helloSHA256 = Array(repeating: 0, count: 32)
        welcome.descriptorSHA256 = Array(repeating: 0, count: 32)
        welcome.schemaFingerprint = Schema.fingerprint
        return welcome
    }

    private func opened() -> Exchange {
        var exchange = Exchange()
        _ = exchange.client.hello(at: 0)
        _ = exchange.say(welcome())
        exchange.robot.identity = Self.identity
        return exchange
    }

    private func pong(_ id: UInt64, robot: Int64) -> TimePong {
        var pong = TimePong()
        (pong.id, pong.robotReceiveNs, pong.robotSendNs, pong.bootID) = (id, robot, robot, Self.boot)
        return pong
    }

    private func open<M: FrameMessage>(_ frame: [UInt8], as type: M.Type, _ identity: SessionIdentity = identity) throws
        -> (header: FrameHeader, message: M)
    {
        let opened = try OpenedFrame(frame, identity: identity, payloadLimit: .max)
        try #require(opened.type == M.type)
        return (opened.header, try M(decoding: opened.payload))
    }

    private func types(_ frames: [[UInt8]]) -> [MessageType?] {
        frames.map { OpenedFrame.peek($0, payloadLimit: .max).flatMap { MessageType(rawValue: $0.messageType) } }
    }

    // MARK: Handshake

    @Test func `the greeting says who asks for what`() throws {
        var client = Exchange().client
        #expect(client.phase == .closed && client.advance(to: 0).isEmpty && client.nextDueNs == nil)
        let (header, hello) = try open(client.hello(at: 5), as: Hello.self, .none)
        #expect(hello.role == .operator && hello.clientName == "pad" && hello.clientNonce == 0x0000_0007_0000_0005)
        #expect(hello.versionMin == VersionRange.supported.lowest && hello.versionMax == VersionRange.supported.highest)
        #expect(hello.schemaFingerprint == Schema.fingerprint)
        #expect(header.counter == 8, "numbering starts where the nonce says")
        #expect(client.phase == .greeting && client.advance(to: 0).isEmpty)
    }

    @Test func `a welcome opens the session and gives it its identity`() throws {
        var exchange = Exchange()
        _ = exchange.client.hello(at: 0)
        #expect(exchange.told(welcome()) == .opened(welcome()))
        #expect(exchange.client.phase == .open && exchange.client.welcome == welcome())
        let frame = exchange.client.seal(Heartbeat(), at: 0)
        #expect(try open(frame, as: Heartbeat.self).header.source == 19)
        #expect(exchange.told(welcome()) == nil, "once")
    }

    @Test func `a welcome for somebody else, of no boot, or that nobody waits for is none`() {
        var other = welcome()
        other.clientNonce += 1
        var exchange = Exchange()
        #expect(exchange.told(welcome()) == nil && exchange.client.phase == .closed)
        _ = exchange.client.hello(at: 0)
        #expect(exchange.told(other) == nil && exchange.client.phase == .greeting)
        var bootless = welcome()
        bootless.bootID = []
        #expect(exchange.told(bootless) == nil && exchange.client.phase == .greeting)
    }

    @Test func `with a hash, only the robot that got this hello is believed`() throws {
        for isAltered in [false, true] {
            var exchange = Exchange()
            exchange.client.hashing = Self.hash
            let hello = exchange.client.greeting
            _ = exchange.client.hello(at: 0)
            var welcome = welcome()
            welcome.helloSHA256 = Self.hash(hello.encoded())
            if isAltered { welcome.helloSHA256[0] ^= 1 }
            #expect(exchange.told(welcome) == (isAltered ? .altered : .opened(welcome)))
            #expect(exchange.client.phase == (isAltered ? .closed : .open))
        }
    }

    @Test func `a refusal ends the greeting, and only that`() {
        var refusal = Refusal()
        refusal.reason = .versionMismatch
        var exchange = Exchange()
        _ = exchange.client.hello(at: 0)
        #expect(exchange.told(refusal) == .refused(refusal) && exchange.client.phase == .closed)
        exchange = opened()
        exchange.robot.identity = Self.identity
        #expect(exchange.told(refusal) == nil && exchange.client.phase == .open)
    }

    // MARK: Frames

    @Test func `what can't be read is told, and what follows is read`() throws {
        var exchange = opened()
        let (events, _) = exchange.client.receive([1, 2, 3, 4, 5], at: 0)
        #expect(events == [.damaged(.badMagic)])
        var wrong = exchange.robot.seal(Heartbeat(), at: 0)
        wrong[wrong.count - 1] ^= 1
        wrong += exchange.robot.seal(pong(5, robot: 1), at: 0)
        let mixed = exchange.client.receive(wrong, at: 0).events
        guard mixed.count == 2, case .damaged = mixed[0], case .received(.timePong, _, _) = mixed[1] else {
            Issue.record("\(mixed)")
            return
        }
    }

    @Test func `a frame in pieces is one frame, and an unknown type is nobody's business`() {
        var exchange = opened()
        let frame = exchange.robot.seal(pong(9, robot: 1), at: 0)
        let first = exchange.client.receive(Array(frame[..<30]), at: 0).events
        let second = exchange.client.receive(Array(frame[30...]), at: 0).events
        #expect(first.isEmpty && second.count == 1)
        #expect(exchange.client.receive(exchange.robot.seal(payload: [], type: 0xFFF0, at: 0), at: 0).events.isEmpty)
    }

    @Test func `each frame says which was heard last`() throws {
        var exchange = opened()
        _ = exchange.say(pong(9, robot: 1))
        let (header, _) = try open(exchange.client.seal(Heartbeat(), at: 0), as: Heartbeat.self)
        #expect(header.echoedNumber == 2, "the Welcome was the first")
    }

    // MARK: Liveness

    @Test func `a challenge is answered, unless the habit is off`() throws {
        var exchange = opened()
        var beat = Heartbeat()
        beat.challenge = 4711
        let replies = exchange.say(beat).replies
        let answer = try open(replies[0], as: Heartbeat.self).message
        #expect(replies.count == 1 && answer.answer == 4711 && answer.health == .ok)
        exchange.client.habits.answersChallenges = false
        #expect(exchange.say(beat).replies.isEmpty)
    }

    @Test func `nothing is answered before the session is open`() {
        var exchange = Exchange()
        var beat = Heartbeat()
        beat.challenge = 4711
        #expect(exchange.say(beat).replies.isEmpty)
    }

    @Test func `ids of commands count from where they are told to`() {
        var client = Exchange().client
        let ids = [client.commandID(), client.commandID(), client.commandID()]
        #expect(ids == [100, 101, 102])
    }

    // MARK: Clock

    @Test func `sixteen quick exchanges, a report after eight, then two a second`() throws {
        var exchange = opened()
        #expect(exchange.client.nextDueNs == 0)
        var pings: [Int64] = []
        var reports: [(at: Int64, report: TimeSyncReport)] = []
        for tick in 0..<12_000 as Range<Int64> {
            let now = tick * Self.ms
            for frame in exchange.client.advance(to: now) {
                switch types([frame])[0] {
                case .timePing:
                    let ping = try open(frame, as: TimePing.self).message
                    #expect(ping.clientSendNs == now && ping.id == UInt64(pings.count + 1))
                    pings.append(tick)
                    _ = exchange.say(pong(ping.id, robot: now + 9_000_000_000), at: now)
                default: reports.append((tick, try open(frame, as: TimeSyncReport.self).message))
                }
            }
        }
        #expect(Array(pings.prefix(18)) == (0...16).map { $0 * 2 } + [532])
        #expect(reports.map(\.at) == [15, 10_015])
        #expect(exchange.client.robotTime(5) == 9_000_000_005)
        #expect(reports[0].report.offsetNs == 9_000_000_000 && reports[0].report.lastPingID == 8)
        #expect(reports[0].report.commandID == 100 && reports[0].report.bootID == Self.boot)
        #expect(reports[1].report.commandID == 101 && exchange.client.lastReportID == 101)
        #expect((1...1000).contains(reports[0].report.uncertaintyNs ?? 0))
        exchange.client.habits.comparesClocks = false
        #expect(exchange.client.advance(to: 60_000 * Self.ms).isEmpty && exchange.client.nextDueNs == nil)
    }

    @Test func `a comparison too coarse for setpoints is gone on with, and told as soon as it is fine enough`() throws {
        let (pings, reports) = try exchanging(for: 1000) { id, _ in id >= 60 }
        #expect(pings.count == 62, "quick ones until the 60th, and then one every 500 ms")
        #expect(pings[59] - pings[58] == 10 && pings[61] - pings[60] == 500)
        #expect(reports.count == 2 && reports[0].1 > 1_000_000 && reports[1].1 < 1_000_000)
        #expect(reports[1].0 == pings[59] + 1)
    }

    /// When pings left and what was told, ms, where an exchange takes 8 ms, and 0.2 ms where it is fast.
    private func exchanging(
        for durationMs: Int64, isFast: (_ id: UInt64, _ tick: Int64) -> Bool
    ) throws -> (pings: [Int64], reports: [(Int64, Int64)]) {
        var exchange = opened()
        var (pings, reports, answers) = ([Int64](), [(Int64, Int64)](), [(due: Int64, id: UInt64)]())
        for tick in 0..<durationMs {
            let now = tick * Self.ms
            for frame in exchange.client.advance(to: now) {
                switch types([frame])[0] {
                case .timePing:
                    pings.append(tick)
                    let id = try open(frame, as: TimePing.self).message.id
                    let isFast = isFast(id, tick)
                    if isFast { _ = exchange.say(pong(id, robot: now + 100_000), at: now + 200_000) }
                    if !isFast { answers.append((tick + 8, id)) }
                default:
                    reports.append((tick, try open(frame, as: TimeSyncReport.self).message.uncertaintyNs ?? 0))
                }
            }
            for answer in answers where answer.due == tick {
                _ = exchange.say(pong(answer.id, robot: now), at: now)
            }
        }
        return (pings, reports)
    }

    @Test func `a comparison that has grown coarse is made finer before the robot is told of it`() throws {
        let (pings, reports) = try exchanging(for: 12_000) { id, tick in id <= 16 || tick >= 11_000 }
        // 0.1 ms at 30 ms, and 0.2 ms more each second: too coarse after 4.5 s.
        let quick = pings.first { $0 > 4000 && pings.contains($0 + 10) } ?? 0
        #expect((4500...5100).contains(quick), "\(quick)")
        #expect(pings.filter { $0 > 10_000 && $0 < 11_000 }.count == 100)
        #expect(reports.count == 2 && reports[1].0 >= 11_000 && reports[1].0 < 11_020, "\(reports)")
        #expect(reports[1].1 < 1_000_000)
        #expect(pings.filter { $0 >= 11_020 }.count == 1, "two a second again")
    }

    @Test func `on a link that has nothing fast the search ends after 256 exchanges`() throws {
        let (pings, reports) = try exchanging(for: 9000) { _, _ in false }
        // The answer to each is 8 ms away: four were on their way at first.
        #expect(pings.filter { $0 < 4000 }.count == 260, "\(pings.filter { $0 < 4000 }.count)")
        #expect(pings.filter { $0 >= 4000 }.count == 10)
        #expect(reports.count == 1 && reports[0].1 > 1_000_000)
    }

    @Test func `a comparison that stays coarse is told before the last one is forgotten, and rests then`() throws {
        let (pings, reports) = try exchanging(for: 30_000) { id, _ in id <= 16 }
        #expect(reports.map(\.0) == [15, 14_015, 24_015], "\(reports)")
        #expect(reports[1].1 > 1_000_000)
        #expect(pings.filter { $0 > 14_600 }.count <= 31, "two a second: this link has nothing better")
    }

    @Test func `nothing is reported of a clock that nobody has answered about lately`() throws {
        var exchange = opened()
        var now: Int64 = 0
        for id in 1...8 as ClosedRange<UInt64> {
            now = Int64(id) * 2 * Self.ms
            _ = exchange.client.advance(to: now)
            if id < 8 { _ = exchange.say(pong(id, robot: now), at: now) }
        }
        #expect(!types(exchange.client.advance(to: now)).contains(.timeSyncReport), "seven answers are not eight")
        _ = exchange.say(pong(8, robot: now), at: now)
        let late = exchange.client.advance(to: now + 1000 * Self.ms)
        #expect(!types(late).contains(.timeSyncReport))
        let lately = exchange.client.advance(to: now + 999 * Self.ms)
        #expect(types(lately).contains(.timeSyncReport))
    }

    @Test func `an answer counts once, and only to a question that was asked`() {
        var exchange = opened()
        _ = exchange.client.advance(to: 0)
        _ = exchange.say(pong(2, robot: 500), at: 100)
        #expect(exchange.client.clock.exchangeCount == 0 && exchange.client.robotTime(7) == 0)
        _ = exchange.say(pong(1, robot: 500), at: 100)
        _ = exchange.say(pong(1, robot: 900), at: 100)
        #expect(exchange.client.clock.exchangeCount == 1 && exchange.client.clock.offsetNs == 450)
    }

    @Test func `of questions without answer the last sixty-four are remembered`() {
        var exchange = opened()
        for tick in 0..<65 as Range<Int64> { _ = exchange.client.advance(to: tick * 2 * Self.ms) }
        _ = exchange.say(pong(1, robot: 500), at: 200 * Self.ms)
        #expect(exchange.client.clock.exchangeCount == 0)
        _ = exchange.say(pong(2, robot: 500), at: 200 * Self.ms)
        #expect(exchange.client.clock.exchangeCount == 1)
    }

    @Test(arguments: [Int64.min, -1, .max]) func `a robot's impossible times are no times`(time: Int64) {
        var exchange = opened()
        _ = exchange.client.advance(to: 1000)
        var one = pong(1, robot: time)
        _ = exchange.say(one, at: 2000)
        one.robotReceiveNs = 5
        _ = exchange.client.advance(to: 3 * Self.ms)
        one.id = 2
        _ = exchange.say(one, at: 3 * Self.ms)
        #expect(!exchange.client.clock.isValid)
        var granted = LeaseGranted()
        granted.lease = lease(expires: time)
        _ = exchange.say(granted, at: 4 * Self.ms)
        #expect(exchange.client.nextDueNs != nil)
    }

    @Test func `an own clock that is made to run wrong does from then on`() {
        var exchange = opened()
        _ = exchange.client.advance(to: 0)
        _ = exchange.say(pong(1, robot: 500), at: 0)
        exchange.client.drift(by: 0.5, from: 100)
        #expect(exchange.client.robotTime(100) == 600 && exchange.client.robotTime(300) == 900)
    }

    // MARK: Leases

    private func lease(expires: Int64, holder: UInt64 = 77) -> Lease {
        var lease = Lease()
        (lease.resourceID, lease.epoch, lease.sequence) = (3, 5, 6)
        (lease.holderSession, lease.expiresNs) = (holder, expires)
        return lease
    }

    /// A client whose clock is the robot's, holding a lease that ends at `expires`.
    private func holding(until expires: Int64) -> Exchange {
        var exchange = opened()
        exchange.client.habits.comparesClocks = false
        var granted = LeaseGranted()
        granted.lease = lease(expires: expires)
        _ = exchange.say(granted, at: 0)
        return exchange
    }

    @Test func `a lease is renewed when a third of it is over, and asked for again after 200 ms`() throws {
        var exchange = holding(until: 900 * Self.ms)
        #expect(exchange.client.leases[3] == lease(expires: 900 * Self.ms))
        #expect(exchange.client.nextDueNs == 300 * Self.ms)
        #expect(exchange.client.advance(to: 300 * Self.ms - 1).isEmpty)
        let frames = exchange.client.advance(to: 300 * Self.ms)
        let request = try open(frames[0], as: AuthorityRequest.self).message
        #expect(frames.count == 1 && request.action == .renew && request.resourceID == 3)
        #expect(request.epoch == 5 && request.sequence == 6 && request.commandID == 100)
        #expect(exchange.client.nextDueNs == 500 * Self.ms)
    }

    @Test func `a lease that seems over is renewed at once, and not without a pause`() {
        #expect(holding(until: 1).client.nextDueNs == 10 * Self.ms)
        #expect(holding(until: 90 * Self.ms).client.nextDueNs == 30 * Self.ms)
    }

    @Test func `no lease is renewed where the habit is off, or after it has ended`() {
        var exchange = holding(until: 900 * Self.ms)
        exchange.client.habits.renewsLeases = false
        #expect(exchange.client.advance(to: 400 * Self.ms).isEmpty && exchange.client.nextDueNs == nil)
        exchange.client.habits.renewsLeases = true
        var ended = LeaseEnded()
        ended.lease = lease(expires: 0, holder: 78)
        _ = exchange.say(ended)
        #expect(exchange.client.advance(to: 400 * Self.ms).count == 1, "somebody else's")
        ended.lease = lease(expires: 0)
        _ = exchange.say(ended)
        #expect(exchange.client.advance(to: 900 * Self.ms).isEmpty)
    }

    @Test func `several leases are renewed in the order of their parts, and the next that is due counts`() throws {
        var exchange = holding(until: 900 * Self.ms)
        var granted = LeaseGranted()
        var other = lease(expires: 600 * Self.ms)
        other.resourceID = 1
        granted.lease = other
        _ = exchange.say(granted, at: 0)
        #expect(exchange.client.nextDueNs == 200 * Self.ms)
        let frames = exchange.client.advance(to: 400 * Self.ms)
        let parts = try frames.map { try open($0, as: AuthorityRequest.self).message.resourceID }
        #expect(parts == [1, 3])
    }

    @Test func `a grant or an end without a lease changes nothing`() {
        var exchange = opened()
        exchange.client.habits.comparesClocks = false
        _ = exchange.client.receive(
            exchange.robot.seal(payload: [], type: MessageType.leaseGranted.rawValue, at: 0), at: 0)
        _ = exchange.client.receive(
            exchange.robot.seal(payload: [], type: MessageType.leaseEnded.rawValue, at: 0), at: 0)
        #expect(exchange.client.leases.isEmpty && exchange.client.nextDueNs == nil)
    }

    // MARK: Datagrams

    private func grant() -> DatagramGrant {
        var grant = DatagramGrant()
        (grant.channel, grant.port) = (7, 1)
        grant.clientKey = Array(repeating: 1, count: 32)
        grant.robotKey = Array(repeating: 2, count: 32)
        return grant
    }

    private static let authentication: DatagramChannel.Authentication = { key, bytes in hash(key + bytes) }

    @Test func `a granted path takes setpoints, and nothing else`() throws {
        var exchange = opened()
        #expect(exchange.client.datagram(of: [1]) == nil)
        _ = exchange.say(grant())
        #expect(exchange.client.datagrams == nil, "without HMAC there is none")
        exchange.client.authentication = Self.authentication
        _ = exchange.say(grant())
        let setpoint = MessageType.jointSetpoint.rawValue
        #expect(
            exchange.client.takesDatagram(setpoint) && !exchange.client.takesDatagram(MessageType.stopRequest.rawValue))
        let frame = exchange.client.seal(payload: [], type: setpoint, at: 0)
        #expect(OpenedFrame.peek(frame, payloadLimit: .max)?.stream == DatagramChannel.stream)
        let beside = exchange.client.seal(payload: [], type: MessageType.stopRequest.rawValue, at: 0)
        #expect(OpenedFrame.peek(beside, payloadLimit: .max)?.stream == 0)
        var robot = DatagramChannel(
            number: 7, sendKey: grant().robotKey, receiveKey: grant().clientKey, authentication: Self.authentication)
        let sealed = exchange.client.datagram(of: frame)
        let datagram = try #require(sealed)
        #expect(try robot.open(datagram).frame == frame)
    }

    @Test func `a robot's datagram is heard once, a forged one never`() {
        var exchange = opened()
        exchange.client.authentication = Self.authentication
        #expect(exchange.client.receive(datagram: [1, 2, 3], at: 0).isEmpty)
        _ = exchange.say(grant())
        var robot = DatagramChannel(
            number: 7, sendKey: grant().robotKey, receiveKey: grant().clientKey, authentication: Self.authentication)
        let datagram = robot.seal(exchange.robot.seal(WholeBodyState(), at: 0))
        #expect(exchange.client.receive(datagram: datagram, at: 0).count == 1)
        #expect(exchange.client.receive(datagram: datagram, at: 0).isEmpty)
        var forged = robot.seal(exchange.robot.seal(WholeBodyState(), at: 0))
        forged[20] ^= 1
        #expect(exchange.client.receive(datagram: forged, at: 0).isEmpty)
    }

    @Test func `a grant that can't be read is none`() {
        var exchange = opened()
        exchange.client.authentication = Self.authentication
        _ = exchange.client.receive(
            exchange.robot.seal(payload: [0xFF], type: MessageType.datagramGrant.rawValue, at: 0), at: 0)
        #expect(exchange.client.datagrams == nil)
    }
}
