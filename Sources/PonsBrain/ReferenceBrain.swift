import PonsMessages
import PonsSession
import PonsWire

/// A big brain as an integrator would write it: looks at the state stream, answers with action chunks.
///
/// Its policy is a slow wave of one joint: what matters here is when it speaks and when it is silent. Pure: bytes and
/// `now` (own monotonic clock, ns) in, frames out. It can be made to break exactly one requirement.
public struct ReferenceBrain: Sendable {
    /// How often the policy answers, and how far it looks ahead.
    public static let inferencePeriodNs: Int64 = 200_000_000
    static let stepPeriodNs: Int64 = 20_000_000
    static let horizon = 25
    /// An observation older than this is none: the policy would act on the past.
    static let blindNs: Int64 = 300_000_000

    private let fault: BrainFault?
    /// How often its fault changed what it did.
    public private(set) var appliedFaults = 0

    private var session: ClientSession
    private var nonce: UInt64
    private var connections = 0
    private var descriptorBytes: [UInt8] = []
    private var descriptor: Descriptor?
    private var state: (message: WholeBodyState, receivedNs: Int64)?
    private var safety: SafetyState = .unspecified
    private var request = Request.none
    private var home: [Float] = []
    private var startedNs: Int64 = 0
    private var nextChunkNs: Int64 = 0
    private var chunkID: UInt64 = 1
    private var lastChunk: ActionChunk?
    private var chunksSent = 0
    private var isBlind = false
    /// When the robot stopped: only a person lets this brain go on.
    private var stopSeenNs: Int64?
    private var lastHabitNs: Int64 = 0

    /// What it has asked for and waits for.
    private enum Request: Equatable { case none, authority, power, enable }

    private let hashing: @Sendable ([UInt8]) -> [UInt8]

    /// - Parameters:
    ///   - nonce: random; session nonces and command ids come from it.
    ///   - hashing: SHA-256.
    public init(fault: BrainFault? = nil, nonce: UInt64, hashing: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.fault = fault
        self.nonce = nonce
        self.hashing = hashing
        session = Self.session(nonce, hashing)
    }

    private static func session(
        _ nonce: UInt64, _ hashing: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) -> ClientSession {
        var session = ClientSession(
            role: .controller, name: "reference-brain", nonce: nonce, firstCommandID: (nonce >> 24) << 8 | 1)
        session.hashing = hashing
        return session
    }

    private mutating func breaks(_ asked: BrainFault) -> Bool {
        guard fault == asked else { return false }
        appliedFaults += 1
        return true
    }

    // MARK: The link

    /// A link to the robot is up.
    public mutating func opened(at now: Int64) -> [[UInt8]] {
        connections += 1
        nonce = nonce &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        session = Self.session(nonce, hashing)
        (descriptor, descriptorBytes, state, safety, request) = (nil, [], nil, .unspecified, .none)
        (home, lastChunk, isBlind, stopSeenNs) = ([], nil, false, nil)
        if connections > 1 && breaks(.brn05) { session.habits.comparesClocks = false }
        var frames: [[UInt8]] = []
        if breaks(.brn01) { frames.append(session.seal(DescribeRequest(), at: now)) }
        frames.append(session.hello(at: now))
        return frames
    }

    /// Bytes of the robot.
    public mutating func receive(_ bytes: [UInt8], at now: Int64) -> [[UInt8]] {
        let (events, replies) = session.receive(bytes, at: now)
        var frames = replies
        for event in events {
            switch event {
            case .opened: introduce(now, &frames)
            case .received(let type, let payload, _): hear(type, payload, now, &frames)
            case .refused where fault == .brn01: frames.append(beginAgain(now))
            case .refused, .altered, .damaged: break
            }
        }
        return frames
    }

    /// After what it said too early was refused.
    private mutating func beginAgain(_ now: Int64) -> [UInt8] {
        // The numbers of its frames go on: only what it said was wrong.
        let sealer = session.sealer
        session = Self.session(nonce, hashing)
        session.sealer = sealer
        return session.hello(at: now)
    }

    private mutating func introduce(_ now: Int64, _ frames: inout [[UInt8]]) {
        frames.append(session.seal(DescribeRequest(), at: now))
        var subscribe = Subscribe()
        subscribe.commandID = session.commandID()
        subscribe.messageTypes = [UInt32(MessageType.wholeBodyState.rawValue)]
        frames.append(session.seal(subscribe, at: now))
    }

    private mutating func hear(_ type: MessageType, _ payload: [UInt8], _ now: Int64, _ frames: inout [[UInt8]]) {
        switch type {
        case .wholeBodyState:
            if let message = try? WholeBodyState(decoding: payload) { state = (message, now) }
        case .safetyStatus:
            if let message = try? SafetyStatus(decoding: payload) { safetyChanged(to: message.state, now) }
        case .safetyEvent:
            if let message = try? SafetyEvent(decoding: payload) { safetyChanged(to: message.to, now) }
        case .describeReply: describe(payload)
        case .descriptorChanged:
            if breaks(.brn12) { return }
            (descriptor, descriptorBytes) = (nil, [])
            frames.append(session.seal(DescribeRequest(), at: now))
        case .ack:
            if let message = try? Ack(decoding: payload) { acknowledged(message, now, &frames) }
        default: break
        }
    }

    private mutating func safetyChanged(to new: SafetyState, _ now: Int64) {
        let wasMoving = safety == .operational || safety == .reduced
        safety = new
        if new == .operational || new == .reduced {
            if request == .enable { request = .none }
            stopSeenNs = nil
        } else if wasMoving {
            stopSeenNs = now
        }
    }

    private mutating func describe(_ payload: [UInt8]) {
        guard let reply = try? DescribeReply(decoding: payload) else { return }
        descriptorBytes += reply.descriptorBytes
        guard descriptorBytes.count >= Int(reply.totalSize) else { return }
        descriptor = try? Descriptor(decoding: descriptorBytes)
    }

    private mutating func acknowledged(_ ack: Ack, _ now: Int64, _ frames: inout [[UInt8]]) {
        guard ack.outcome == .rejected else { return }
        if let chunk = lastChunk, chunk.commandID == ack.commandID {
            if breaks(.brn08) {
                // The same words again, as if the robot had not understood.
                var again = chunk
                again.commandID = session.commandID()
                lastChunk = again
                frames.append(session.seal(again, at: now))
            } else {
                // What was refused rested on an observation that was too old: wait for a newer one.
                state = nil
            }
        } else {
            request = .none
        }
    }

    // MARK: Time

    /// Frames that are due. Call it every few milliseconds.
    public mutating func advance(to now: Int64) -> [[UInt8]] {
        guard session.phase == .open else { return [] }
        var frames: [[UInt8]] = []
        misbehave(now)
        for frame in session.advance(to: now) { frames.append(tampered(frame, now)) }
        guard let descriptor, session.clock.exchangeCount >= 8 || !session.habits.comparesClocks else { return frames }
        watchEyes(now, &frames)
        prepare(now, &frames)
        think(descriptor, now, &frames)
        return frames
    }

    /// Asks for authority, power and permission, one after the other; after a stop a person does it.
    private mutating func prepare(_ now: Int64, _ frames: inout [[UInt8]]) {
        guard request == .none, stopSeenNs == nil else { return }
        if session.leases[1] == nil {
            var ask = AuthorityRequest()
            ask.commandID = session.commandID()
            ask.action = .acquire
            ask.resourceID = 1
            request = .authority
            frames.append(session.seal(ask, at: now))
        } else if safety == .off {
            var ask = PowerRequest()
            ask.commandID = session.commandID()
            ask.action = .on
            request = .power
            frames.append(session.seal(ask, at: now))
        } else if safety == .standby {
            frames.append(session.seal(enable(), at: now))
            request = .enable
        }
    }

    private mutating func enable() -> EnableRequest {
        var ask = EnableRequest()
        ask.commandID = session.commandID()
        nonce = nonce &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        ask.enableID = nonce | 1
        ask.leaseEpoch = session.leases[1]?.epoch ?? 0
        ask.leaseSequence = session.leases[1]?.sequence ?? 0
        return ask
    }

    /// What it waited for has come.
    private mutating func settleRequest() {
        switch request {
        case .authority where session.leases[1] != nil: request = .none
        case .power where safety == .standby: request = .none
        default: break
        }
    }

    /// A brain that cannot see stops asking its robot to move.
    private mutating func watchEyes(_ now: Int64, _ frames: inout [[UInt8]]) {
        settleRequest()
        let age = state.map { now - $0.receivedNs } ?? 0
        guard safety == .operational, age > Self.blindNs, !isBlind else {
            if age <= Self.blindNs { isBlind = false }
            return
        }
        isBlind = true
        if breaks(.brn13) { return }
        var stop = StopRequest()
        stop.commandID = session.commandID()
        stop.kind = .protective
        frames.append(session.seal(stop, at: now))
    }

    // MARK: The policy

    private mutating func think(_ descriptor: Descriptor, _ now: Int64, _ frames: inout [[UInt8]]) {
        guard mayMove(now), now >= nextChunkNs, let observed = state else { return }
        if chunksSent >= 10 && breaks(.brn10) { return }
        guard now - observed.receivedNs <= Self.blindNs || fault == .brn13 else { return }
        var period = Self.inferencePeriodNs
        if chunksSent % 4 == 3 && breaks(.brn07) { period = 800_000_000 }
        if breaks(.brn11) { period = 5_000_000 }
        nextChunkNs = now + period
        let chunk = chunk(observed.message, descriptor, now)
        lastChunk = chunk
        chunksSent += 1
        frames.append(session.seal(chunk, at: now))
    }

    private mutating func mayMove(_ now: Int64) -> Bool {
        if safety == .operational || safety == .reduced { return true }
        // A brain that goes on talking while the robot stops.
        guard let stopSeenNs, now - stopSeenNs < 1_000_000_000 else { return false }
        return breaks(.brn09)
    }

    private mutating func chunk(_ observed: WholeBodyState, _ descriptor: Descriptor, _ now: Int64) -> ActionChunk {
        let robotNow = session.robotTime(now)
        if home.isEmpty {
            home = observed.position
            startedNs = robotNow
        }
        var chunk = ActionChunk()
        chunk.commandID = session.commandID()
        chunk.chunkID = chunkID
        chunkID += 1
        var observation = observed.captureNs ?? 0
        // Stamped with the time of sending, not with that of the picture behind it.
        if breaks(.brn06) { observation = robotNow - 700_000_000 }
        chunk.basedOnObservationNs = observation
        chunk.startNs = robotNow + 10_000_000
        chunk.stepPeriodNs = Self.stepPeriodNs
        chunk.horizon = UInt32(Self.horizon)
        chunk.commitPrefix = 0
        chunk.validUntilNs = robotNow + 1_000_000_000
        chunk.space = descriptor.actionSpaces.first ?? ""
        chunk.descriptorEpoch = descriptor.descriptorEpoch
        chunk.leaseEpoch = session.leases[1]?.epoch ?? 0
        chunk.leaseSequence = session.leases[1]?.sequence ?? 0
        chunk.resourceID = 1
        let joint = descriptor.joints.firstIndex { $0.name.contains("elbow") } ?? 0
        chunk.position = (0..<Self.horizon).flatMap { step -> [Float] in
            var row = home
            let time = robotNow + 10_000_000 + Int64(step) * Self.stepPeriodNs - startedNs
            if joint < row.count { row[joint] += 0.1 * Self.wave(time) }
            return row
        }
        return chunk
    }

    /// −1 to 1 and back in four seconds, starting at 0 without a step: two parabolas, near enough to a sine.
    private static func wave(_ time: Int64) -> Float {
        let phase = Float(time % 4_000_000_000) / 2_000_000_000
        let half = phase < 1 ? phase : phase - 1
        let hump = 4 * half * (1 - half)
        return phase < 1 ? hump : -hump
    }

    // MARK: Faults

    private mutating func misbehave(_ now: Int64) {
        guard now - lastHabitNs >= 250_000_000 else { return }
        lastHabitNs = now
        if fault == .brn02 {
            session.habits.answersChallenges.toggle()
            if !session.habits.answersChallenges { appliedFaults += 1 }
        }
        if session.leases[1] != nil && breaks(.brn04) { session.habits.renewsLeases = false }
    }

    /// A brain that claims to know the robot's clock exactly.
    private mutating func tampered(_ frame: [UInt8], _ now: Int64) -> [UInt8] {
        guard fault == .brn03, let header = OpenedFrame.peek(frame, payloadLimit: .max),
            header.messageType == MessageType.timeSyncReport.rawValue,
            var report = try? TimeSyncReport(
                decoding: Array(frame[FrameHeader.size..<FrameHeader.size + Int(header.payloadLength)]))
        else { return frame }
        appliedFaults += 1
        report.uncertaintyNs = 0
        return FrameSealer.frame(
            changed(header, report.encodedSize), report.encoded(), identity: session.sealer.identity)
    }

    private func changed(_ header: FrameHeader, _ payloadLength: Int) -> FrameHeader {
        var header = header
        header.payloadLength = UInt32(payloadLength)
        return header
    }
}
