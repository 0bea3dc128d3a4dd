import PonsMessages
import PonsSafety
import PonsSession
import PonsWire

// Frames in: session, address, order; then the message to where it belongs.
extension RobotRuntime {
    /// The robot's address in frames.
    static var address: UInt16 { 1 }

    mutating func receive(frame: [UInt8], on link: LinkID, at now: Int64) {
        let payloadLimit = Int(descriptor.limits?.maxControlFrame ?? UInt32(WireLimits.controlPayloadBytes))
        guard let header = OpenedFrame.peek(frame, payloadLimit: payloadLimit),
            // Never the peer as a whole: while a copy of it lives, every change copies its memory of commands.
            let (phase, sessionID, protection) = peers[link].map({ ($0.phase, $0.sessionID, $0.trust.protection) }),
            var identity = peers[link]?.identity
        else { return }
        switch phase {
        case .closed: return
        case .awaitingHello:
            if header.messageType != MessageType.hello.rawValue {
                guard faults.breaks(.lnk01) else { return refuse(link, .noSession, header, now) }
                adoptBroken(link, now)
                identity = SessionIdentity.none
            }
        case .open:
            if header.sessionID != sessionID {
                guard believesStamp(header, now) else { return dropWrongSession(link, header, now) }
                return dispatch(OpenedFrame(unchecked: frame, header), on: link, at: now)
            }
        }
        do throws(FrameError) {
            let opened = try OpenedFrame(frame, identity: identity, payloadLimit: payloadLimit)
            try accept(opened, on: link, at: now)
        } catch {
            let isUnchecked = header.messageType == MessageType.subscribe.rawValue && faults.breaks(.bch03)
            let isBelieved = protection == .authenticated && faults.breaks(.bch13)
            if error == .badCheck && (isUnchecked || isBelieved || faults.breaks(.bch10)) {
                // Applies first, checks then.
                dispatch(OpenedFrame(unchecked: frame, header), on: link, at: now)
            }
            integrityError(link, now)
        }
    }

    private mutating func accept(_ frame: OpenedFrame, on link: LinkID, at now: Int64) throws(FrameError) {
        if peers[link]!.phase == .open && frame.header.sessionID != 0 {
            let isAddressed =
                (frame.header.destination == Self.address || frame.header.destination == 0)
                && frame.header.source == peers[link]!.sealer.destination
            guard isAddressed || faults.breaks(.bch06) else { return refuse(link, .address, frame.header, now) }
            if case .refused(let reason) = peers[link]!.counters.receive(frame.header.counter) {
                let isBroken =
                    (reason == .repeated && faults.breaks(.bch07)) || (reason != .lost && faults.breaks(.bch12))
                guard isBroken else {
                    return refuse(link, reason, frame.header, now)
                }
            }
        }
        peers[link]!.sealer.echoedNumber = frame.header.monitoringNumber
        dispatch(frame, on: link, at: now)
    }

    /// A robot that treats whoever speaks as a controller.
    private mutating func adoptBroken(_ link: LinkID, _ now: Int64) {
        peers[link]!.open(
            role: .controller, sessionID: 0, identity: .none, source: 0, hasFingerprintMismatch: false, at: now)
    }

    /// A frame of a session that is not this link's: counted, answered once a second, and feeding no watchdog (LNK-03).
    private mutating func dropWrongSession(_ link: LinkID, _ header: FrameHeader, _ now: Int64) {
        wrongSessionFrames &+= 1
        if setpointDog.isArmed && faults.breaks(.lnk03) { setpointDog.feed(at: now) }
        guard now - lastWrongSessionReplyNs >= 1_000_000_000 else { return }
        lastWrongSessionReplyNs = now
        refuse(link, .wrongSession, header, now)
    }

    /// A robot that takes a frame for fresh because its stamp is recent, whatever session it was made for.
    private mutating func believesStamp(_ header: FrameHeader, _ now: Int64) -> Bool {
        abs(now - header.sendTimeNs) < 10_000_000_000 && faults.breaks(.sec04)
    }

    private mutating func integrityError(_ link: LinkID, _ now: Int64) {
        guard peers[link]?.phase == .open else { return drop(link, .peerLost, now) }
        integrityErrors &+= 1
        if peers[link]!.counters.integrityError(at: now) && !faults.breaks(.bch09) { pulse(.integrity, now) }
    }

    mutating func dispatch(_ frame: OpenedFrame, on link: LinkID, at now: Int64) {
        if frame.payload.count > 32_768 { largeFrameNs = now }
        if frame.payload.count > 32_768 && faults.breaks(.fmt16) { stalledUntilNs = now + 100_000_000 }
        guard let type = frame.type else { return refuse(link, .unsupported, frame.header, now) }
        record(frame, now)
        switch type {
        case .hello: take(Hello.self, frame, link, now) { $0.hello($1, link, frame, now) }
        case .goodbye: take(Goodbye.self, frame, link, now) { robot, _ in robot.goodbye(link, now) }
        case .heartbeat: take(Heartbeat.self, frame, link, now) { $0.heartbeat($1, link, now) }
        case .describeRequest: take(DescribeRequest.self, frame, link, now) { robot, _ in robot.describe(link, now) }
        case .timePing: take(TimePing.self, frame, link, now) { $0.ping($1, link, now) }
        case .timeSyncReport: command(TimeSyncReport.self, frame, link, now) { $0.sync($1, link, now) }
        case .subscribe: command(Subscribe.self, frame, link, now) { $0.subscribe($1, link) }
        case .authorityRequest: command(AuthorityRequest.self, frame, link, now) { $0.authority($1, link, now) }
        case .jointSetpoint: setpoint(frame, link, now)
        case .gripperSetpoint: gripper(frame, link, now)
        case .actionChunk: chunk(frame, link, now)
        case .taskRequest: command(TaskRequest.self, frame, link, now) { $0.task($1, link, now) }
        case .taskControl: command(TaskControl.self, frame, link, now) { $0.control($1, link, now) }
        case .stopRequest: command(StopRequest.self, frame, link, now) { $0.stop($1, link, now) }
        case .stopRelease: command(StopRelease.self, frame, link, now) { $0.release($1, link, now) }
        case .resetRequest: command(ResetRequest.self, frame, link, now) { $0.resetRequest($1, link, now) }
        case .resetConfirm: command(ResetConfirm.self, frame, link, now) { $0.resetConfirm($1, link, now) }
        case .powerRequest: command(PowerRequest.self, frame, link, now) { $0.power($1, link, now) }
        case .enableRequest: command(EnableRequest.self, frame, link, now) { $0.enable($1, link, now) }
        case .disableRequest: command(DisableRequest.self, frame, link, now) { robot, _ in robot.disable(link, now) }
        case .resumeRequest: command(ResumeRequest.self, frame, link, now) { $0.resume($1, link, now) }
        case .recoveryRequest: command(RecoveryRequest.self, frame, link, now) { $0.recover($1, link, now) }
        case .modeRequest: command(ModeRequest.self, frame, link, now) { $0.mode($1, link, now) }
        case .stopSelfTestRequest: command(StopSelfTestRequest.self, frame, link, now) { $0.testStop($1, link, now) }
        case .stopSourceConfigure: command(StopSourceConfigure.self, frame, link, now) { $0.configure($1, link, now) }
        case .stopSourceCheckIn: take(StopSourceCheckIn.self, frame, link, now) { $0.checkIn($1, link, now) }
        case .humanReport: take(HumanReport.self, frame, link, now) { $0.humanReport($1, link, frame.header, now) }
        case .streamRequest: command(StreamRequest.self, frame, link, now) { $0.shape($1, link, now) }
        case .recordingControl: command(RecordingControl.self, frame, link, now) { $0.control($1, link, now) }
        case .auditRequest: command(AuditRequest.self, frame, link, now) { $0.sendAudit($1, link, now) }
        case .controlSourceRequest: command(ControlSourceRequest.self, frame, link, now) { $0.change($1, link, now) }
        case .datagramRequest: command(DatagramRequest.self, frame, link, now) { $0.grant($1, link, now) }
        case .updateRequest: command(UpdateRequest.self, frame, link, now) { $0.update($1, link, now) }
        case .contentRequest: command(ContentRequest.self, frame, link, now) { $0.send($1, link, now) }
        case .injectRequest: command(InjectRequest.self, frame, link, now) { $0.inject($1, link, now) }
        default:
            if faults.breaks(.dsc08) { return }
            refuse(link, .unsupported, frame.header, now)
        }
    }

    // MARK: Decoding

    /// Decodes and validates a message without an id of its own.
    private mutating func take<M: FrameMessage>(
        _ type: M.Type, _ frame: OpenedFrame, _ link: LinkID, _ now: Int64, _ body: (inout Self, M) -> Void
    ) {
        do throws(Rejection) { body(&self, try decode(type, frame)) } catch { refuse(link, error, frame.header, now) }
    }

    /// Decodes, validates, looks up and acknowledges a command: exactly one Ack for each (CMD-01).
    private mutating func command<M: Command>(
        _ type: M.Type, _ frame: OpenedFrame, _ link: LinkID, _ now: Int64, _ body: (inout Self, M) -> CommandAnswer
    ) {
        do throws(Rejection) {
            let message = try decode(type, frame)
            answer(id: message.commandID, frame, link, now) { robot in
                let answer = body(&robot, message)
                robot.note(M.type, answer, link, now)
                return answer
            }
        } catch {
            // A robot that unpickles what it can't decode, and does as it is told.
            if frame.payload.starts(with: [0x80, 0x04]) && faults.breaks(.sec06) { return }
            refuse(link, error, frame.header, now)
        }
    }

    /// The part of ``command`` that chunks share.
    mutating func answer(
        id: UInt64, _ frame: OpenedFrame, _ link: LinkID, _ now: Int64, _ body: (inout Self) -> CommandAnswer
    ) {
        var ack = Ack()
        ack.commandID = id
        ack.receivedNs = now
        switch peers[link]!.ledger.receive(id: id, type: frame.header.messageType, payload: frame.payload) {
        case .duplicate(let original):
            let hasForgotten = peers[link]!.ledger.count > 1000 && faults.breaks(.cmd04)
            if hasForgotten || faults.breaks(.cmd03) {
                body(&self).write(to: &ack, at: now)
                return reply(link, ack, now)
            }
            ack = original
            ack.original = original.outcome
            ack.originalReason = original.reason
            ack.outcome = .duplicate
            ack.reason = .unspecified
        case .reused:
            ack.outcome = .rejected
            ack.reason = .idReused
        case .new:
            body(&self).write(to: &ack, at: now)
            if ack.outcome == .rejected && faults.breaks(.ver10) { ack.reason = .unspecified }
            glossOver(&ack)
            peers[link]?.ledger.settle(id: id, ack)
            if faults.breaks(.cmd01) { reply(link, ack, now) }
        }
        record("verdicts", ack, now)
        if frame.type?.streamClass == .safety && faults.breaks(.bch08) {
            return lateAnswers.append((link, ack, now + 400_000_000))
        }
        reply(link, ack, now)
    }

    mutating func decode<M: FrameMessage>(_ type: M.Type, _ frame: OpenedFrame) throws(Rejection) -> M {
        let message: M
        do throws(WireError) { message = try M(decoding: frame.payload) } catch {
            guard let repaired: M = misread(frame.payload, error) else {
                throw Rejection(
                    error.rejectReason, path: M.describe(error.path),
                    limit: error.limit == 0 ? nil : Double(error.limit))
            }
            message = repaired
        }
        // A pass over the message that only a robot made to break has a use for.
        if Faults.self != NoFaults.self && message.encodedSize != frame.payload.count {
            if faults.breaks(.fmt05) { throw Rejection(.malformed) }
            if faults.breaks(.bch02) { throw Rejection(.integrity) }
        }
        do throws(Violation) { try message.validate(ValidationContext(jointCount: jointCount)) } catch {
            let path = M.describe(error.path)
            if overlooks(error.reason, path, M.type) { return message }
            throw Rejection(error.reason, path: path, limit: error.limit)
        }
        return message
    }

    // MARK: Replies

    mutating func reply<M: FrameMessage>(_ link: LinkID, _ message: M, _ now: Int64) {
        peers[link]?.send(message, at: now)
    }

    mutating func refuse(_ link: LinkID, _ reason: RejectReason, _ header: FrameHeader, _ now: Int64) {
        refuse(link, Rejection(reason), header, now)
    }

    mutating func refuse(_ link: LinkID, _ rejection: Rejection, _ header: FrameHeader, _ now: Int64) {
        var refusal = Refusal()
        refusal.reason = rejection.reason
        refusal.refusedType = UInt32(header.messageType)
        refusal.refusedCounter = header.counter
        refusal.fieldPath = rejection.path
        refusal.limit = rejection.limit
        record("verdicts", refusal, now)
        reply(link, refusal, now)
    }

    /// To every open session.
    mutating func broadcast<M: FrameMessage>(_ message: M, _ now: Int64) {
        for link in peers.links where peers[link]?.phase == .open { reply(link, message, now) }
    }

    // MARK: Session messages

    private mutating func hello(_ message: Hello, _ link: LinkID, _ frame: OpenedFrame, _ now: Int64) {
        let header = frame.header
        guard let peer = peers[link], peer.phase == .awaitingHello else { return refuse(link, .busy, header, now) }
        let isLockedOut = failedGreetings.areTooMany(at: now) && faults.breaks(.sec08)
        guard isTrusted(peer.trust, as: message.role), !isLockedOut else {
            // Who asks again and again learns nothing more; who may come in still does (SEC-08).
            let reason: RejectReason = failedGreetings.note(at: now) ? .rateLimit : .permissionDenied
            refuse(link, Rejection(reason, path: "role"), header, now)
            return drop(link, .peerLeft, now)
        }
        let range = VersionRange(
            lowest: message.versionMin ?? ProtocolVersion(), highest: message.versionMax ?? ProtocolVersion())
        let lowest = VersionRange.supported.lowest
        guard
            var version = VersionRange.supported.common(with: range) ?? (faults.breaks(.ver01) ? lowest : nil)
        else {
            var refusal = Refusal()
            refusal.reason = .versionMismatch
            refusal.refusedType = UInt32(header.messageType)
            refusal.refusedCounter = header.counter
            refusal.versionMin = VersionRange.supported.lowest
            refusal.versionMax = VersionRange.supported.highest
            reply(link, refusal, now)
            return drop(link, .peerLeft, now)
        }
        if range.highest.minor > version.minor && faults.breaks(.ver03) { version = range.highest }
        if let missing = message.requiredFeatures.first(where: { !descriptor.features.contains($0) }) {
            return refuse(link, Rejection(.unsupported, path: missing), header, now)
        }
        let open = peers.links.count { peers[$0]!.phase == .open }
        let limit = Int(descriptor.limits?.maxSessions ?? 8)
        let isReserved = message.role == .stopOnly && !(open >= limit && faults.breaks(.lnk10))
        let allowed = isReserved ? limit + 1 : limit
        let isOverBroken = open >= allowed && faults.breaks(.dsc05)
        guard open < allowed || isOverBroken else {
            refuse(link, Rejection(.limitExceeded, path: "sessions", limit: Double(limit)), header, now)
            return drop(link, .peerLeft, now)
        }
        welcome(message, version, link, helloHash(frame), now)
    }

    /// The certificate says what a session may be; the message only asks (SEC-01, SEC-02).
    private mutating func isTrusted(_ trust: LinkTrust, as role: Role) -> Bool {
        if trust.protection == .clear && !admitsClear() { return false }
        return trust.grants(role) || faults.breaks(.sec02)
    }

    /// What the client compares with what it sent (VER-09); a broken robot vouches for a greeting that nobody sent.
    private mutating func helloHash(_ frame: OpenedFrame) -> [UInt8] {
        hashing(faults.breaks(.ver09) ? [] : frame.payload)
    }

    private mutating func welcome(
        _ message: Hello, _ version: ProtocolVersion, _ link: LinkID, _ helloHash: [UInt8], _ now: Int64
    ) {
        var sessionID = random64()
        if faults.breaks(.lnk02) { sessionID = UInt64(0x5E55_1000 + usedSessionIDs.count) }
        while !usedSessionIDs.insert(sessionID).inserted { sessionID = random64() }
        let source = nextSource
        nextSource = nextSource == .max ? 16 : nextSource + 1
        var welcome = Welcome()
        welcome.version = version
        welcome.sessionID = sessionID
        welcome.bootID = bootID.bytes
        welcome.descriptorSHA256 = descriptorHash
        welcome.schemaFingerprint = Schema.fingerprint
        welcome.role = message.role
        welcome.clientNonce = message.clientNonce
        welcome.fingerprintMismatch = message.schemaFingerprint != Schema.fingerprint
        welcome.insecure = peers[link]!.trust.protection == .clear && descriptor.labMode
        welcome.robotTimeNs = now
        welcome.sourceID = UInt32(source)
        welcome.helloSHA256 = helloHash
        reply(link, welcome, now)
        peers[link]!.sealer.source = Self.address
        peers[link]!.open(
            role: message.role, sessionID: sessionID,
            identity: SessionIdentity(bootID: (bootID.words[0], bootID.words[1]), sessionID: sessionID),
            source: source, hasFingerprintMismatch: welcome.fingerprintMismatch, at: now)
        peers[link]!.clientName = message.clientName
        reply(link, safetyStatus(now), now)
        regainIfBroken(link, now)
        resetOnReconnectIfBroken(now)
    }

    private mutating func goodbye(_ link: LinkID, _ now: Int64) { drop(link, .peerLeft, now) }

    private mutating func heartbeat(_ message: Heartbeat, _ link: LinkID, _ now: Int64) {
        guard message.answer != 0 else { return }
        if peers[link]!.answer(message.answer, at: now) { return }
        if faults.breaks(.lnk06) { peers[link]!.trustTraffic(at: now) }
    }

    private mutating func describe(_ link: LinkID, _ now: Int64) {
        let piece = pieceSize(of: link)
        for offset in stride(from: 0, to: descriptorBytes.count, by: piece) {
            var part = DescribeReply()
            part.sha256 = descriptorHash
            part.totalSize = UInt32(descriptorBytes.count)
            part.offset = UInt32(offset)
            part.descriptorBytes = Array(descriptorBytes[offset..<min(offset + piece, descriptorBytes.count)])
            reply(link, part, now)
        }
    }

    private mutating func ping(_ message: TimePing, _ link: LinkID, _ now: Int64) {
        var pong = TimePong()
        pong.id = message.id
        pong.clientSendNs = message.clientSendNs
        // A robot that stamps with a clock that can be set.
        let stamp = utcStepNs != 0 && faults.breaks(.tim03) ? now + utcStepNs : now
        pong.robotReceiveNs = stamp
        pong.robotSendNs = faults.breaks(.tim02) ? stamp - 1_000_000 : stamp
        pong.utcNs = now + utcStepNs
        pong.bootID = bootID.bytes
        reply(link, pong, now)
    }

    private mutating func sync(_ message: TimeSyncReport, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard message.bootID == bootID.bytes else { return .rejected(Rejection(.noTimesync, path: "boot_id")) }
        guard let uncertainty = message.uncertaintyNs, uncertainty <= SessionTiming.taskClockBoundNs else {
            return .rejected(
                Rejection(.noTimesync, path: "uncertainty_ns", limit: Double(SessionTiming.taskClockBoundNs)))
        }
        peers[link]!.synchronise(uncertaintyNs: uncertainty, validityNs: timing.syncValidityNs, at: now)
        return .accepted
    }

    private mutating func subscribe(_ message: Subscribe, _ link: LinkID) -> CommandAnswer {
        for number in message.messageTypes {
            guard UInt16(exactly: number).flatMap(MessageType.init(rawValue:)) != nil else {
                return .rejected(Rejection(.unknownName, path: "message_types"))
            }
            if peers[link]!.isDatagram && number == UInt32(MessageType.image.rawValue) {
                return .rejected(Rejection(.unsupported, path: "message_types"))
            }
        }
        peers[link]!.subscriptions.formUnion(message.messageTypes.map { UInt16($0) })
        return .accepted
    }

    // MARK: Ends

    /// Ends the session of a link and closes it.
    mutating func drop(_ link: LinkID, _ cause: Cause, _ now: Int64) {
        endSession(link, cause, now)
        if peers[link]?.hasFrames == true { actions.append(.send(link, frames: peers[link]!.drain(at: now))) }
        peers[link] = nil
        actions.append(.close(link))
    }

    /// Takes from a session what it held: leases, queues, its own stop request. The latch it caused stays.
    mutating func endSession(_ link: LinkID, _ cause: Cause, _ now: Int64) {
        guard let peer = peers[link], peer.phase == .open else { return }
        let wasHolder = authority.isHolder(peer.sessionID)
        if wasHolder && cause == .peerLeft && supervisor.permitsMotion && !faults.breaks(.lnk15) {
            apply(.disable(requester(link), cause: .peerLeft), now)
        }
        peers[link]!.close()
        pictures.end(session: peer.sessionID)
        if episode?.session == peer.sessionID { endEpisode("\(cause.label)") }
        apply(.release(session: peer.sessionID, device: 0), now)
        if cause == .peerLost && supervisor.state == .settling && faults.breaks(.hum07) {
            apply(.stop(.emergency, session: 0, device: 0, hard: true, confirmed: true), now)
            apply(.release(session: 0, device: 0), now)
        }
        guard wasHolder else { return }
        stickyHolder = peer.clientName
        keepsQueue = cause == .peerLost && !chunkIsEmpty(now) && faults.breaks(.lnk08)
        if !keepsQueue && !(cause == .peerLeft && supervisor.permitsMotion) { dropQueues(cause, now) }
        if cause != .peerLeft { pulse(cause, now) }
        endLeases(of: peer.sessionID, cause == .peerLeft ? .released : .peerLost, now)
    }
}

/// Why a message is refused: reason, field, limit.
struct Rejection: Error {
    var reason: RejectReason
    var path: String
    var limit: Double?
    var holder: UInt64 = 0
    var blocking: [String] = []

    init(_ reason: RejectReason, path: String = "", limit: Double? = nil) {
        self.reason = reason
        self.path = path
        self.limit = limit
    }
}

/// What becomes of a command.
enum CommandAnswer {
    case accepted
    case acceptedChunk(firstStep: UInt32, droppedPast: UInt32)
    case rejected(Rejection)

    static func rejected(_ reason: RejectReason) -> CommandAnswer { .rejected(Rejection(reason)) }

    func write(to ack: inout Ack, at now: Int64) {
        switch self {
        case .accepted, .acceptedChunk:
            ack.outcome = .accepted
            ack.acceptedNs = now
            if case .acceptedChunk(let first, let dropped) = self {
                ack.firstExecutedStep = first
                ack.droppedPast = dropped
            }
        case .rejected(let rejection):
            ack.outcome = .rejected
            ack.reason = rejection.reason
            ack.fieldPath = rejection.path
            ack.limit = rejection.limit
            ack.holderSession = rejection.holder
            ack.blocking = rejection.blocking
        }
    }
}

/// A message that carries a command id.
protocol Command: FrameMessage {
    var commandID: UInt64 { get }
}
extension TimeSyncReport: Command {}
extension Subscribe: Command {}
extension AuthorityRequest: Command {}
extension TaskRequest: Command {}
extension TaskControl: Command {}
extension StopRequest: Command {}
extension StopRelease: Command {}
extension ResetRequest: Command {}
extension ResetConfirm: Command {}
extension PowerRequest: Command {}
extension EnableRequest: Command {}
extension DisableRequest: Command {}
extension ResumeRequest: Command {}
extension RecoveryRequest: Command {}
extension ModeRequest: Command {}
extension StopSelfTestRequest: Command {}
extension StopSourceConfigure: Command {}
extension InjectRequest: Command {}
extension AuditRequest: Command {}
extension StreamRequest: Command {}
extension RecordingControl: Command {}
extension ControlSourceRequest: Command {}
extension UpdateRequest: Command {}
extension DatagramRequest: Command {}
extension ContentRequest: Command {}
