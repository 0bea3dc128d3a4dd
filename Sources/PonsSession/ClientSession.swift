public import PonsMessages
public import PonsWire

/// The controller's side of a session: handshake, answering challenges, comparing clocks, renewing leases.
///
/// Pure: bytes and `now` in (own monotonic clock, ns), bytes and events out. Everything it does by itself can be switched
/// off, because a conformance runner must be able to go silent in exactly one respect.
public struct ClientSession: Sendable {
    /// What the session does without being asked.
    public struct Habits: Equatable, Sendable {
        public var answersChallenges = true
        public var renewsLeases = true
        public var comparesClocks = true

        public init() {}
    }

    public enum Phase: Equatable, Sendable {
        case closed
        case greeting
        case open
    }

    public enum Event: Equatable, Sendable {
        case opened(Welcome)
        case refused(Refusal)
        /// The robot vouches for another Hello than the one that was sent: the session is closed (VER-09).
        case altered
        case received(MessageType, payload: [UInt8], header: FrameHeader)
        /// The robot sent bytes that are no frame, or a frame that fails its check.
        case damaged(FrameError)
    }

    public private(set) var phase = Phase.closed
    public private(set) var welcome: Welcome?
    public private(set) var clock = ClockComparison()
    /// The command id of the last report about it; 0 before the first.
    public private(set) var lastReportID: UInt64 = 0
    public private(set) var leases: [UInt32: Lease] = [:]
    public var habits = Habits()
    public var sealer: FrameSealer
    /// SHA-256, from outside: with it, a Welcome is believed only for the Hello that was sent.
    public var hashing: (@Sendable ([UInt8]) -> [UInt8])?
    private var sentHello: [UInt8] = []
    /// HMAC-SHA-256, from outside: with it, a granted datagram path is used.
    public var authentication: DatagramChannel.Authentication?
    /// The datagram path, once it is granted.
    public private(set) var datagrams: DatagramSide?

    private let role: Role
    private let name: String
    private var assembler = FrameAssembler(payloadLimit: WireLimits.controlPayloadBytes)
    private var nextCommandID: UInt64
    private var pings: [UInt64: Int64] = [:]
    private var nextPingID: UInt64 = 1
    private var nextPingNs: Int64?
    private var reportedExchanges = 0
    private var lastReportNs: Int64 = 0
    private var isReportCoarse = false
    private var renewals: [UInt32: Int64] = [:]
    private var clientNonce: UInt64
    private var drift: (share: Double, sinceNs: Int64) = (0, 0)

    /// - Parameters:
    ///   - nonce: random; echoed by the robot's Welcome.
    ///   - firstCommandID: where command ids start; they count up.
    public init(role: Role, name: String, nonce: UInt64, firstCommandID: UInt64 = 1) {
        self.role = role
        self.name = name
        clientNonce = nonce | 1
        nextCommandID = firstCommandID
        sealer = FrameSealer(counter: UInt32(truncatingIfNeeded: nonce >> 32))
    }

    // MARK: Sending

    /// What this end says of itself.
    public var greeting: Hello {
        var hello = Hello()
        hello.versionMin = VersionRange.supported.lowest
        hello.versionMax = VersionRange.supported.highest
        hello.role = role
        hello.clientNonce = clientNonce
        hello.schemaFingerprint = Schema.fingerprint
        hello.clientName = name
        return hello
    }

    /// The Hello that opens the session.
    public mutating func hello(at now: Int64) -> [UInt8] { hello(greeting) }

    /// Opens the session with another greeting than ``greeting``.
    public mutating func hello(_ message: Hello) -> [UInt8] {
        phase = .greeting
        sentHello = message.encoded()
        return sealer.seal(message, at: 0)
    }

    /// A fresh command id.
    public mutating func commandID() -> UInt64 {
        defer { nextCommandID += 1 }
        return nextCommandID
    }

    /// The frame of a message; its send time is in the robot's domain as far as it is known.
    public mutating func seal<M: FrameMessage>(_ message: M, at now: Int64) -> [UInt8] {
        seal(payload: message.encoded(), type: M.type.rawValue, at: now)
    }

    /// The frame of a payload, numbered on the path that it takes.
    public mutating func seal(payload: [UInt8], type: UInt16, at now: Int64) -> [UInt8] {
        if takesDatagram(type) { return datagrams!.sealer.seal(payload: payload, type: type, at: robotTime(now)) }
        return sealer.seal(payload: payload, type: type, at: robotTime(now))
    }

    /// Whether a message goes as a datagram.
    public func takesDatagram(_ type: UInt16) -> Bool {
        datagrams != nil && MessageType(rawValue: type)?.streamClass == .setpoint
    }

    /// The datagram of a frame that ``seal(payload:type:at:)`` made for this path.
    public mutating func datagram(of frame: [UInt8]) -> [UInt8]? { datagrams?.channel.seal(frame) }

    /// From `now` on the own clock runs wrong by this share; only a conformance runner wants it to.
    public mutating func drift(by share: Double, from now: Int64) { drift = (share, now) }

    /// Own time in the robot's domain; before any exchange, from the Welcome.
    public func robotTime(_ now: Int64) -> Int64 {
        guard clock.isValid else { return 0 }
        return clock.robotTime(now) + Int64(Double(now - drift.sinceNs) * drift.share)
    }

    // MARK: Receiving

    /// Takes bytes of the link, whole frames or any part of a stream.
    public mutating func receive(_ bytes: [UInt8], at now: Int64) -> (events: [Event], replies: [[UInt8]]) {
        var events: [Event] = []
        var replies: [[UInt8]] = []
        assembler.append(bytes)
        while true {
            do throws(FrameError) {
                guard let frame = try assembler.next() else { break }
                open(frame, now, &events, &replies)
            } catch {
                events.append(.damaged(error))
                assembler = FrameAssembler(payloadLimit: WireLimits.controlPayloadBytes)
                break
            }
        }
        return (events, replies)
    }

    /// Takes a datagram of the granted path; what is not sealed by the robot, or came before, is nothing.
    public mutating func receive(datagram bytes: [UInt8], at now: Int64) -> [Event] {
        guard let (frame, isReplay) = try? datagrams?.channel.open(bytes), !isReplay else { return [] }
        var events: [Event] = []
        var replies: [[UInt8]] = []
        open(frame, now, &events, &replies)
        return events
    }

    private mutating func granted(datagrams frame: OpenedFrame) {
        guard let authentication, let grant = try? DatagramGrant(decoding: frame.payload) else { return }
        let channel = DatagramChannel(
            number: grant.channel, sendKey: grant.clientKey, receiveKey: grant.robotKey, authentication: authentication)
        datagrams = DatagramSide(channel, beside: sealer, maxGap: .max)
    }

    private mutating func open(_ frame: [UInt8], _ now: Int64, _ events: inout [Event], _ replies: inout [[UInt8]]) {
        let opened: OpenedFrame
        do throws(FrameError) {
            opened = try OpenedFrame(
                frame, identity: identity(for: frame), payloadLimit: WireLimits.controlPayloadBytes)
        } catch {
            events.append(.damaged(error))
            return
        }
        sealer.echoedNumber = opened.header.monitoringNumber
        guard let type = opened.type else { return }
        switch type {
        case .welcome: welcomed(opened, &events)
        case .refusal where phase == .greeting:
            phase = .closed
            if let refusal = try? Refusal(decoding: opened.payload) { events.append(.refused(refusal)) }
        case .heartbeat: heartbeat(opened, now, &replies)
        case .timePong: pong(opened, now)
        case .leaseGranted: granted(opened, now)
        case .leaseEnded: ended(opened)
        case .datagramGrant: granted(datagrams: opened)
        default: break
        }
        events.append(.received(type, payload: opened.payload, header: opened.header))
    }

    /// Before the Welcome the session has no identity; the Welcome itself is checked without one.
    private func identity(for frame: [UInt8]) -> SessionIdentity {
        OpenedFrame.peek(frame, payloadLimit: WireLimits.controlPayloadBytes)?.sessionID == 0 ? .none : sealer.identity
    }

    private mutating func welcomed(_ frame: OpenedFrame, _ events: inout [Event]) {
        guard phase == .greeting, let message = try? Welcome(decoding: frame.payload),
            message.clientNonce == clientNonce, let boot = BootID(message.bootID)
        else { return }
        if let hashing, hashing(sentHello) != message.helloSHA256 {
            phase = .closed
            return events.append(.altered)
        }
        welcome = message
        phase = .open
        sealer.identity = SessionIdentity(bootID: (boot.words[0], boot.words[1]), sessionID: message.sessionID)
        sealer.source = UInt16(truncatingIfNeeded: message.sourceID)
        events.append(.opened(message))
    }

    private mutating func heartbeat(_ frame: OpenedFrame, _ now: Int64, _ replies: inout [[UInt8]]) {
        guard habits.answersChallenges, phase == .open, let message = try? Heartbeat(decoding: frame.payload) else {
            return
        }
        var answer = Heartbeat()
        answer.answer = message.challenge
        answer.health = .ok
        replies.append(seal(answer, at: now))
    }

    private mutating func pong(_ frame: OpenedFrame, _ now: Int64) {
        guard let pong = try? TimePong(decoding: frame.payload), let sent = pings.removeValue(forKey: pong.id) else {
            return
        }
        clock.add(sent: sent, robotReceived: pong.robotReceiveNs, robotSent: pong.robotSendNs, received: now)
    }

    private mutating func granted(_ frame: OpenedFrame, _ now: Int64) {
        guard let message = try? LeaseGranted(decoding: frame.payload), let lease = message.lease else { return }
        leases[lease.resourceID] = lease
        let ends = clock.ownTime(min(max(lease.expiresNs, 0), ClockComparison.latestNs))
        renewals[lease.resourceID] = now + max((ends - now) / 3, 10_000_000)
    }

    private mutating func ended(_ frame: OpenedFrame) {
        guard let message = try? LeaseEnded(decoding: frame.payload), let lease = message.lease,
            lease.holderSession == sealer.identity.sessionID
        else { return }
        renewals[lease.resourceID] = nil
    }

    // MARK: Time

    /// Frames that are due: pings, the sync report, renewals. Call it every few milliseconds.
    public mutating func advance(to now: Int64) -> [[UInt8]] {
        guard phase == .open else { return [] }
        var frames: [[UInt8]] = []
        if habits.comparesClocks { compareClocks(now, &frames) }
        if habits.renewsLeases {
            for (resource, due) in renewals.sorted(by: { $0.key < $1.key }) where now >= due {
                renew(resource, now, &frames)
            }
        }
        return frames
    }

    /// When ``advance(to:)`` next has something to send.
    public var nextDueNs: Int64? {
        guard phase == .open else { return nil }
        let renewal = habits.renewsLeases ? renewals.values.min() ?? .max : .max
        let ping = habits.comparesClocks ? nextPingNs ?? 0 : .max
        return min(renewal, ping) == .max ? nil : min(renewal, ping)
    }

    /// Sixteen quick exchanges, more of them while the comparison is too coarse for setpoints, then one every 500 ms. The robot
    /// is told after eight, as soon as it is fine enough, and every ten seconds (TIM-04). One that has grown coarse since is made
    /// finer first: whoever tells a robot of it has setpoints refused meanwhile.
    private mutating func compareClocks(_ now: Int64, _ frames: inout [[UInt8]]) {
        if now >= nextPingNs ?? .min {
            var ping = TimePing()
            ping.id = nextPingID
            ping.clientSendNs = now
            pings[nextPingID] = now
            pings[nextPingID &- 64] = nil
            nextPingID += 1
            nextPingNs = now + pingPeriodNs(now)
            frames.append(seal(ping, at: now))
        }
        // Without a recent exchange a report would only say how old the comparison has become.
        guard isReportDue(now), now - clock.newestNs < 1_000_000_000 else { return }
        reportedExchanges = clock.exchangeCount
        lastReportNs = now
        frames.append(syncReport(at: now))
    }

    private func isReportDue(_ now: Int64) -> Bool {
        if reportedExchanges == 0 { return clock.exchangeCount >= 8 }
        if isReportCoarse && !isCoarse(now) { return true }
        return now - lastReportNs >= (hasGrownCoarse(now) ? Self.latestReportNs : 10_000_000_000)
    }

    /// A robot may forget a report after 15 s.
    private static let latestReportNs: Int64 = 14_000_000_000

    /// Whether a comparison that was told as fine has grown too old for setpoints: the clocks may have drifted.
    private func hasGrownCoarse(_ now: Int64) -> Bool { reportedExchanges > 0 && !isReportCoarse && isCoarse(now) }

    /// On a link with jitter the fast exchange that decides is rare: so many find it where one in fifty is fast.
    public static let mostQuickExchanges = 256

    private func pingPeriodNs(_ now: Int64) -> Int64 {
        switch clock.exchangeCount {
        case ..<16: 2_000_000
        case ..<Self.mostQuickExchanges where isCoarse(now): 10_000_000
        case _ where hasGrownCoarse(now): 10_000_000
        default: 500_000_000
        }
    }

    /// Whether setpoints would be refused for what is known of the robot's clock.
    private func isCoarse(_ now: Int64) -> Bool {
        clock.uncertaintyNs(at: now) > SessionTiming.setpointClockBoundNs
    }

    /// A report of the clock comparison as it stands.
    public mutating func syncReport(at now: Int64) -> [UInt8] {
        isReportCoarse = isCoarse(now)
        var report = TimeSyncReport()
        report.commandID = commandID()
        lastReportID = report.commandID
        report.offsetNs = clock.offsetNs
        report.uncertaintyNs = clock.uncertaintyNs(at: now)
        report.lastPingID = max(nextPingID - 1, 1)
        report.bootID = welcome?.bootID ?? []
        return seal(report, at: now)
    }

    private mutating func renew(_ resource: UInt32, _ now: Int64, _ frames: inout [[UInt8]]) {
        guard let lease = leases[resource] else { return }
        var request = AuthorityRequest()
        request.commandID = commandID()
        request.action = .renew
        request.resourceID = resource
        request.epoch = lease.epoch
        request.sequence = lease.sequence
        renewals[resource] = now + 200_000_000
        frames.append(seal(request, at: now))
    }
}
