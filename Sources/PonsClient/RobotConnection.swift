import Crypto
public import PonsMessages
public import PonsSecurity
import PonsSession
public import PonsTransport

/// A robot to talk to, whoever built it: a session over a socket that keeps itself alive while it waits.
///
/// Blocking, and for one thread: whoever waits for anything lets the session answer challenges, compare clocks and renew
/// leases. Between two calls no more than ``idleLimitNs`` may pass, or the robot takes this end for lost (LNK-06).
public final class RobotConnection {
    /// How long a caller may do something else; the robot's own limit is in its descriptor.
    public static let idleLimitNs: Int64 = 100_000_000

    /// What the robot is. Read anew when it says that it has changed.
    public var descriptor: Descriptor { description.descriptor ?? Descriptor() }
    /// The newest that the robot sent of what it measures, and of its safety.
    public private(set) var state = WholeBodyState()
    public private(set) var safety = SafetyStatus()

    private let socket: Socket
    private var session: ClientSession
    private var description = ReceivedDescription()
    private var acks: [UInt64: Ack] = [:]
    private var hasState = false
    private var refusal: Refusal?
    private var failure: String?
    private var nextEnableID = UInt64.random(in: 1...(UInt64.max >> 16))
    private var newestChunkID: UInt64 = 0

    /// Opens a session, compares clocks, reads the descriptor and waits for the first state.
    ///
    /// - Parameter keys: for `tls://`; the certificate of the role is shown.
    /// - Throws: where the robot can't be reached, or does not let this end in.
    public init(
        _ endpoint: Endpoint, as role: Role = .controller, keys: KeyRing? = nil, name: String = "pons-client"
    ) throws(ConnectionFailure) {
        do {
            socket = try Socket.connect(endpoint, layer: keys?.testerEnd(showing: TesterCertificate(role)))
        } catch let failure as Socket.Failure { throw .link(failure.description) } catch {
            throw .link("\((error as? CredentialError)?.message ?? "\(error)")")
        }
        session = ClientSession(role: role, name: name, nonce: UInt64.random(in: 1...UInt64.max))
        session.hashing = { Array(SHA256.hash(data: $0)) }
        socket.send(session.hello(at: MonotonicClock.nowNs))
        try wait(for: "the Welcome") { self.session.phase == .open }
        send(DescribeRequest())
        try wait(for: "the descriptor") { self.description.descriptor != nil && self.session.clock.exchangeCount >= 16 }
        try command("subscription") { id in
            var subscribe = Subscribe()
            subscribe.commandID = id
            subscribe.messageTypes = [UInt32(MessageType.wholeBodyState.rawValue)]
            return subscribe
        }
        // A robot that was just switched on tests itself first.
        try wait(for: "the first state") {
            self.hasState && self.safety.timeNs != 0 && self.safety.state != .initialising
        }
    }

    /// Opens a session at an address: `tls://HOST:PORT`, `tcp://HOST:PORT`, `unix:PATH` or `shm:PATH`.
    ///
    /// - Parameter keys: a folder of `conform keys create`; needed at `tls://`.
    public convenience init(
        _ url: String, as role: Role = .controller, keysIn keys: String?, name: String = "pons-client"
    ) throws(ConnectionFailure) {
        let (endpoint, ring): (Endpoint, KeyRing?)
        do {
            endpoint = try Endpoint(url)
            ring = try KeyRing.needed(at: endpoint, folder: keys)
        } catch let error as CredentialError { throw .link("\(error.message); \(error.hint)") } catch {
            throw .link("\(error)")
        }
        try self.init(endpoint, as: role, keys: ring, name: name)
    }

    deinit { socket.close() }

    /// Says goodbye: what this session held ends, and a robot in motion is brought to rest.
    public func close() {
        if session.phase == .open { send(Goodbye()) }
        socket.close()
        failure = failure ?? "the session was closed"
    }

    // MARK: Waiting

    /// Lets the session live until something is so.
    ///
    /// - Throws: when the link ends, the robot refuses the session, or `timeoutMs` have passed.
    public func wait(
        for what: String, timeoutMs: Int64 = 5000, until isSo: () -> Bool
    ) throws(ConnectionFailure) {
        let deadline = MonotonicClock.nowNs + timeoutMs * 1_000_000
        while !isSo() {
            if let failure { throw .link(failure) }
            if let refusal, session.phase != .open {
                throw .refused(
                    what: "the session", refusal.reason, field: refusal.fieldPath, limit: refusal.limit, blocking: [])
            }
            guard MonotonicClock.nowNs < deadline else { throw .timeout(what) }
            pump()
        }
    }

    private func pump() {
        Socket.wait(for: [socket], until: MonotonicClock.nowNs + 2_000_000)
        while let received = socket.receive() {
            guard !received.bytes.isEmpty else {
                if case .failed(let sentence)? = socket.layer?.phase { failure = sentence }
                failure = failure ?? "the robot closed the link"
                return
            }
            let (events, replies) = session.receive(received.bytes, at: received.kernelNs ?? MonotonicClock.nowNs)
            for frame in replies { socket.send(frame) }
            for event in events { take(event) }
        }
        for frame in session.advance(to: MonotonicClock.nowNs) { socket.send(frame) }
    }

    private func take(_ event: ClientSession.Event) {
        switch event {
        case .opened: break
        case .refused(let refusal): self.refusal = refusal
        case .altered: failure = "the robot vouches for another Hello than the one that was sent (VER-09)"
        case .damaged(let error): failure = "the robot sent what is no frame of this session: \(error)"
        case .received(let type, let payload, _): hear(type, payload)
        }
    }

    private func hear(_ type: MessageType, _ payload: [UInt8]) {
        switch type {
        case .wholeBodyState:
            guard let message = try? WholeBodyState(decoding: payload) else { return }
            (state, hasState) = (message, true)
        case .safetyStatus: safety = (try? SafetyStatus(decoding: payload)) ?? safety
        case .describeReply: description.take(payload)
        case .descriptorChanged:
            description = ReceivedDescription()
            send(DescribeRequest())
        case .ack: if let ack = try? Ack(decoding: payload) { acks[ack.commandID] = ack }
        default: break
        }
    }

    private func send<M: FrameMessage>(_ message: M) { socket.send(session.seal(message, at: MonotonicClock.nowNs)) }

    // MARK: Commands

    /// Sends a command and waits for its one Ack.
    ///
    /// - Parameter make: the message, with the id it is given.
    /// - Throws: ``ConnectionFailure/refused(what:_:field:limit:blocking:)`` where the robot refuses it.
    @discardableResult
    public func command<M: FrameMessage>(_ what: String, _ make: (UInt64) -> M) throws(ConnectionFailure) -> Ack {
        let id = session.commandID()
        send(make(id))
        try wait(for: "an answer to \(what)", timeoutMs: 2000) { self.acks[id] != nil }
        let ack = acks.removeValue(forKey: id)!
        guard ack.outcome == .accepted else {
            throw .refused(what: what, ack.reason, field: ack.fieldPath, limit: ack.limit, blocking: ack.blocking)
        }
        return ack
    }

    /// Authority over a part of the body, the whole where none is named; renewed while this connection is used.
    public func acquire(_ part: String? = nil) throws(ConnectionFailure) {
        let resource = resource(part)
        try command("authority") { id in
            var request = AuthorityRequest()
            (request.commandID, request.action, request.resourceID) = (id, .acquire, resource)
            return request
        }
        try wait(for: "the lease") { self.session.leases[resource] != nil }
    }

    public func release(_ part: String? = nil) throws(ConnectionFailure) {
        let resource = resource(part)
        try command("release") { id in
            var request = AuthorityRequest()
            (request.commandID, request.action, request.resourceID) = (id, .release, resource)
            return request
        }
    }

    public func power(_ action: PowerAction) throws(ConnectionFailure) {
        try command("power") { id in
            var request = PowerRequest()
            (request.commandID, request.action) = (id, action)
            return request
        }
        try wait(for: "power") { self.safety.state == (action == .on ? .standby : .off) }
    }

    public func enable() throws(ConnectionFailure) {
        nextEnableID += 1
        try command("enable") { id in
            var request = EnableRequest()
            (request.commandID, request.enableID) = (id, nextEnableID)
            return request
        }
        try wait(for: "motion to be enabled") { self.safety.state == .operational || self.safety.state == .reduced }
    }

    /// A stop request needs no lease. It is no emergency stop device and replaces none.
    public func stop(_ kind: StopKind = .protective) throws(ConnectionFailure) {
        try command("stop") { id in
            var request = StopRequest()
            (request.commandID, request.kind) = (id, kind)
            return request
        }
        let ends: Set<SafetyState> = [.protectiveStop, .emergencyStop, .fault, .off]
        try wait(for: "the stop", timeoutMs: 8000) { ends.contains(self.safety.state) }
    }

    /// Takes this session's own stop request back; the stop it caused stays.
    public func releaseStop() throws(ConnectionFailure) {
        try command("release of the stop") { id in
            var release = StopRelease()
            release.commandID = id
            return release
        }
    }

    public func resume() throws(ConnectionFailure) {
        nextEnableID += 1
        try command("resume") { id in
            var request = ResumeRequest()
            (request.commandID, request.resumeID) = (id, nextEnableID)
            return request
        }
        try wait(for: "standby") { self.safety.state == .standby }
    }

    /// Plays rows of joint positions (rad or m) in the descriptor's order, on their own time grid (part CMD).
    ///
    /// It rests on the newest state. The Ack says which step is the first to be executed.
    @discardableResult
    public func play(
        _ steps: [[Float]], periodNs: Int64 = 20_000_000, startInNs: Int64 = 20_000_000, part: String? = nil
    ) throws(ConnectionFailure) -> Ack {
        let resource = resource(part)
        let now = session.robotTime(MonotonicClock.nowNs)
        // Ids grow by one, and over sessions: the first is the robot's own time.
        newestChunkID = newestChunkID == 0 ? UInt64(max(now, 1)) : newestChunkID + 1
        var chunk = ActionChunk()
        chunk.chunkID = newestChunkID
        chunk.basedOnObservationNs = state.captureNs
        chunk.startNs = now + startInNs
        chunk.stepPeriodNs = periodNs
        chunk.horizon = UInt32(steps.count)
        chunk.commitPrefix = 0
        chunk.validUntilNs = now + startInNs + Int64(steps.count) * periodNs
        chunk.space = descriptor.actionSpaces.first ?? ""
        chunk.descriptorEpoch = descriptor.descriptorEpoch
        chunk.leaseEpoch = session.leases[resource]?.epoch ?? 0
        chunk.leaseSequence = session.leases[resource]?.sequence ?? 0
        chunk.resourceID = resource
        chunk.position = steps.flatMap { $0 }
        return try command("the chunk") { id in
            chunk.commandID = id
            return chunk
        }
    }

    private func resource(_ name: String?) -> UInt32 {
        let part = name.map { name in descriptor.resources.first { $0.name == name } } ?? descriptor.resources.first
        return part?.id ?? 0
    }
}
