public import PonsMessages
public import PonsSafety
public import PonsWire

/// The robot's side of one session: handshake, liveness, clock comparison, command memory, what is to be sent.
///
/// It knows nothing of motion; the runtime asks it who the peer is and whether it lives.
public struct RobotPeer: Sendable {
    public enum Phase: Equatable, Sendable {
        case awaitingHello
        case open
        case closed
    }

    public private(set) var phase = Phase.awaitingHello
    public private(set) var role = Role.unspecified
    public private(set) var sessionID: UInt64 = 0
    public private(set) var hasFingerprintMismatch = false
    public let openedNs: Int64
    public var outbox = Outbox()
    public var sealer = FrameSealer()
    public var assembler: FrameAssembler
    public var ledger: CommandLedger
    public var gate: SetpointGate
    public var pace = SetpointPace()
    public var counters: CounterMonitor
    public var subscriptions: Set<UInt16> = []
    public var clientName = ""
    /// Datagram links carry nothing larger than a datagram.
    public let isDatagram: Bool
    /// Who the transport has proven the peer to be.
    public let trust: LinkTrust
    /// The session's datagram path, where it has asked for one.
    public var datagrams: DatagramSide?
    /// Sealed and on their way through it.
    private var datagramsOut: [[UInt8]] = []
    /// The driver says that bytes pile up on this link.
    public var isCongested = false
    public private(set) var skippedBulk: UInt64 = 0

    private var greeting: [UInt8]?
    private var liveness: Watchdog
    private var challenges: [(nonce: UInt64, issuedNs: Int64)] = []
    private var syncExpiresNs: Int64?
    private var syncUncertaintyNs: Int64 = .max

    public init(
        timing: SessionTiming, limits: ProtocolLimits, isDatagram: Bool = false, trust: LinkTrust, at now: Int64
    ) {
        self.isDatagram = isDatagram
        self.trust = trust
        openedNs = now
        assembler = FrameAssembler(payloadLimit: Int(limits.maxControlFrame))
        ledger = CommandLedger(capacity: max(Int(limits.commandMemory), 1))
        gate = SetpointGate(maxLeadNs: timing.setpointMaxLeadNs)
        counters = CounterMonitor(maxGap: limits.maxCounterGap == 0 ? .max : limits.maxCounterGap)
        liveness = Watchdog(timeoutNs: timing.peerTimeoutNs)
    }

    public var identity: SessionIdentity { sealer.identity }

    // MARK: Handshake

    public mutating func open(
        role: Role, sessionID: UInt64, identity: SessionIdentity, source: UInt16, hasFingerprintMismatch: Bool,
        at now: Int64
    ) {
        phase = .open
        self.role = role
        self.sessionID = sessionID
        self.hasFingerprintMismatch = hasFingerprintMismatch
        sealer.identity = identity
        sealer.destination = source
        liveness.feed(at: now)
    }

    public mutating func close() { phase = .closed }

    /// Whether the certificate behind this link has ended (SEC-09).
    public func isCertificateOver(at now: Int64) -> Bool {
        trust.validForNs.map { now - openedNs >= $0 } ?? false
    }

    // MARK: Liveness (LNK-04, LNK-06)

    /// Notes a challenge that was sent.
    public mutating func issue(challenge nonce: UInt64, at now: Int64) {
        challenges.append((nonce, now))
        if challenges.count > 16 { challenges.removeFirst() }
    }

    /// An answer counts when it names a challenge of this session not older than a second; each counts once.
    public mutating func answer(_ nonce: UInt64, at now: Int64) -> Bool {
        guard let index = challenges.firstIndex(where: { $0.nonce == nonce && now - $0.issuedNs <= 1_000_000_000 })
        else { return false }
        challenges.removeSubrange(...index)
        liveness.feed(at: now)
        return true
    }

    /// Counts a sign of life that proves nothing; only a broken robot calls it.
    public mutating func trustTraffic(at now: Int64) { liveness.feed(at: now) }

    public func isDead(at now: Int64) -> Bool { phase == .open && liveness.hasExpired(at: now) }

    // MARK: Clock comparison (TIM-04, TIM-05)

    public mutating func synchronise(uncertaintyNs: Int64, validityNs: Int64, at now: Int64) {
        syncUncertaintyNs = uncertaintyNs
        syncExpiresNs = now + validityNs
    }

    public mutating func forgetSync() { syncExpiresNs = nil }

    /// Whether stamped commands of a tier are accepted.
    public func isSynchronised(within boundNs: Int64, at now: Int64) -> Bool {
        guard let syncExpiresNs else { return false }
        return now < syncExpiresNs && syncUncertaintyNs <= boundNs
    }

    // MARK: Sending

    /// - Parameter key: tells streams of the same type apart: a sensor, a gripper.
    public mutating func send<M: FrameMessage>(_ message: M, key: Int = 0, at now: Int64) {
        guard phase != .closed else { return }
        if M.type == .welcome {
            // Sealed before the session has an identity, and before everything else: it tells the identity.
            greeting = sealer.seal(message, at: now)
        } else {
            outbox.push(message.encoded(), type: M.type, key: key)
        }
    }

    /// A message too large for one frame, cut into pieces; skipped while the link can't keep up.
    public mutating func send(bulk pieces: [[UInt8]], key: Int) {
        guard phase == .open else { return }
        if isCongested { return skippedBulk &+= 1 }
        outbox.push(bulk: pieces, type: .bulkChunk, key: key)
    }

    public var hasFrames: Bool { greeting != nil || (isCongested ? outbox.hasReliable : !outbox.isEmpty) }

    /// What fits into a datagram with its heads; bytes.
    private static let datagramPayload = 1_300

    /// Datagrams that are ready since the last call.
    public mutating func takeDatagrams() -> [[UInt8]] {
        defer { datagramsOut.removeAll(keepingCapacity: true) }
        return datagramsOut
    }

    /// What waits and may go now, sealed in the order of leaving.
    public mutating func drain(at now: Int64) -> [[UInt8]] {
        var frames = greeting.map { [$0] } ?? []
        greeting = nil
        for item in outbox.drain(isCongested: isCongested) {
            if item.type.streamClass == .state, datagrams?.isReached == true, item.payload.count <= Self.datagramPayload
            {
                datagramsOut.append(datagrams!.seal(payload: item.payload, type: item.type, at: now))
                continue
            }
            frames.append(sealer.seal(payload: item.payload, type: item.type.rawValue, at: now))
        }
        return frames
    }
}
