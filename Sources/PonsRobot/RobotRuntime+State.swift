import PonsMessages
import PonsSafety
import PonsSession

// Watching deadlines, and telling everybody.
extension RobotRuntime {
    /// Every deadline, once a cycle.
    mutating func watch(_ now: Int64) {
        catchUp(now)
        watchPeers(now)
        watchLeases(now)
        watchCheckIns(now)
        watchLocalControl(now)
        watchSeparation(now)
        watchContact(now)
        watchControlSource(now)
        if tickCount % 10 == 0 { watchEnvelope(now) }
        let isSilent = isActedOn(setpointDog.hasExpired(at: now), .setpointDeadline, now)
        if isSilent && supervisor.permitsMotion && !faults.breaks(.mot03) {
            hadTimeout = true
            pulse(.commandTimeout, now)
        }
        if let underrun = chunks.underrunNs, source == .chunk, supervisor.permitsMotion {
            let isOver = isActedOn(now - underrun > timing.chunkDeadlineNs, .chunkDeadline, now)
            if isOver && !faults.breaks(.cmd15) { pulse(.commandTimeout, now) }
        }
        if !hangsInStopping() { apply(.tick, now) }
        flushTransitionsToStorage()
    }

    mutating func watchPeers(_ now: Int64) {
        for link in peers.links where isOver(link, now) { drop(link, .peerLost, now) }
        guard now >= nextHeartbeatNs else { return }
        nextHeartbeatNs += timing.heartbeatPeriodNs
        if nextHeartbeatNs <= now { nextHeartbeatNs = now + timing.heartbeatPeriodNs }
        for link in peers.links where peers[link]?.phase == .open {
            var heartbeat = Heartbeat()
            heartbeat.challenge = random64()
            heartbeat.health = supervisor.state == .fault ? .fault : .ok
            heartbeat.droppedFrames = peers[link]!.outbox.droppedCount
            peers[link]!.issue(challenge: heartbeat.challenge, at: now)
            reply(link, heartbeat, now)
        }
    }

    /// Whether a peer has not greeted in time, or is silent.
    private mutating func isOver(_ link: LinkID, _ now: Int64) -> Bool {
        if peers[link]!.phase == .awaitingHello {
            return now - peers[link]!.openedNs > timing.handshakeTimeoutNs && !faults.breaks(.lnk14)
        }
        if peers[link]!.isCertificateOver(at: now) && faults.breaks(.sec09) { return true }
        return peers[link]!.isDead(at: now) && !trustsStream(of: link, now) && !faults.breaks(.lnk07)
    }

    /// A robot that takes a stream of commands for a sign of life.
    private mutating func trustsStream(of link: LinkID, _ now: Int64) -> Bool {
        link == holderGate && setpointDog.isArmed && !setpointDog.hasExpired(at: now) && faults.breaks(.lnk04)
    }

    private mutating func watchLeases(_ now: Int64) {
        if let lease = authority.any, now > lease.expiresNs, faults.breaks(.cmd09) { return }
        var ended: [HeldLease] = []
        authority.end(where: { now > $0.expiresNs }, { ended.append($0) })
        guard !ended.isEmpty else { return }
        dropQueues(.leaseExpired, now)
        pulse(.leaseExpired, now)
        for lease in ended { reportEnd(lease, .expired, now) }
    }

    // MARK: Streams

    /// State at the declared rate, safety status at 20 Hz and on every change.
    mutating func publish(_ now: Int64) {
        if tickCount % stateCycles == 0 && !(tickCount % (2 * stateCycles) == 0 && faults.breaks(.dsc04)) {
            publishState(now)
        }
        if now >= nextStatusNs && !(authority.any == nil && faults.breaks(.saf03)) {
            nextStatusNs = now + 50_000_000
            let status = safetyStatus(now)
            record("safety", status, now)
            broadcast(status, now)
        }
        publishChunkStatus(now)
        publishAudit(now)
        publishSensors(now)
    }

    private mutating func publishState(_ now: Int64) {
        let listeners = listeners(.wholeBodyState)
        stateSequence += 1
        if listeners.isEmpty { return }
        let state = wholeBodyState(now)
        for link in listeners { reply(link, state, now) }
    }

    mutating func wholeBodyState(_ now: Int64) -> WholeBodyState {
        let measurement = adapter.measurement
        var state = WholeBodyState()
        state.sequence = stateSequence
        state.captureNs = measurement.captureNs
        state.safetyState = supervisor.state
        state.operatingMode = supervisor.mode
        state.descriptorEpoch = descriptor.descriptorEpoch
        state.authorityEpoch = supervisor.epoch
        let isMoving = command.velocity.contains { $0 != 0 }
        state.position = reordered(
            isMoving && faults.breaks(.mot19) ? command.position : measurement.position)
        state.velocity = reordered(measurement.velocity)
        state.effort = reordered(measurement.effort)
        state.commanded = commanded
        state.applied = command.position
        state.limitedMask = [limitedMask]
        state.brakeMask = [supervisor.permission == .off ? jointMask : 0]
        state.faultMask = [0]
        state.imu = measurement.imu
        state.footForce = measurement.footForce
        if applied != nil && faults.breaks(.mot18) { applied = nil }
        state.appliedSequence = applied?.sequence
        state.appliedNs = applied?.timeNs
        let gate = holderGate.flatMap { peers[$0]?.gate }
        state.receivedSequence = gate?.receivedSequence
        state.acceptedSequence = gate?.acceptedSequence.map { max($0, glossedSequence) }
        state.receivedNs = gate?.acceptedReceiveNs
        let rejectedCount = gate?.rejectedCount ?? 0
        state.rejectedSetpoints = rejectedCount > 0 && faults.breaks(.cnf03) ? 0 : rejectedCount
        state.lostSetpoints = gate?.lostCount ?? 0
        state.queueDepth = UInt32(chunks.depth(at: now) + tasks.activeCount)
        if !faults.breaks(.tim12) { state.clockUncertaintyNs = 1000 }
        state.syncSource = UInt32(SyncSource.none.rawValue)
        state.descriptorHashPrefix = (0..<8).reduce(0) { $0 | UInt64(descriptorHash[$1]) << UInt64($1 * 8) }
        if faults.breaks(.dsc01) { state.descriptorHashPrefix = 1 }
        state.testActive = supervisor.mode == .test && !faults.breaks(.cnf02)
        if faults.breaks(.fmt09) { state.effort[0] = .nan }
        if faults.breaks(.per12) { state.imu[9] = -state.imu[9] }
        return state
    }

    private var jointMask: UInt64 { jointCount >= 64 ? .max : (1 << UInt64(jointCount)) - 1 }

    /// A broken robot reports its arms in the order of its bus, not of its descriptor.
    private mutating func reordered(_ values: [Float]) -> [Float] {
        guard values.count >= 2, faults.breaks(.dsc02) else { return values }
        return values.reversed()
    }

    mutating func safetyStatus(_ now: Int64) -> SafetyStatus {
        statusSequence += 1
        var status = SafetyStatus()
        status.sequence = statusSequence
        status.timeNs = now
        status.state = supervisor.state
        status.hold = supervisor.hold
        status.mode = supervisor.mode
        status.stability = supervisor.stability
        status.category = supervisor.category
        status.authorityEpoch = supervisor.epoch
        status.torqueOn = command.permission != .off && supervisor.permission != .off
        status.brakesOn = !status.torqueOn
        status.stopSelfTestAgeNs = now - stopTestedNs
        status.testActive = supervisor.mode == .test
        status.insecure = descriptor.labMode
        if isEnvelopeReduced { status.speedScale = Double(Self.deratedScale) }
        status.protectiveDistance = protectiveDistance(moving: true)
        status.failSafeValues = showsSubstitutes
        supervisor.causes.forEachBySeverity { status.causes.append($0) }
        if status.causes.count > 1 && faults.breaks(.saf20) { status.causes.removeLast(status.causes.count - 1) }
        supervisor.sources.forEach { status.sources.append(StopSourceStatus($0)) }
        status.interlocks = (descriptor.safety?.interlocks ?? []).map { name in
            var interlock = InterlockStatus()
            interlock.id = name
            interlock.ok = supervisor.interlocksOK
            return interlock
        }
        status.queueDepth = UInt32(chunks.depth(at: now) + tasks.activeCount)
        if let lease = authority.any {
            status.holderSession = lease.session
            status.leaseSequence = lease.sequence
            status.leaseExpiresNs = lease.expiresNs
        }
        status.descriptorSHA256 = descriptorHash
        status.descriptorEpoch = descriptor.descriptorEpoch
        status.stopPlanSHA256 = stopPlanHash
        if descriptor.features.contains(Self.externalControl) {
            var driver = ControlSourceStatus()
            driver.source = UInt32(control.source.rawValue)
            driver.sinceNs = control.sinceNs
            status.controlSource = driver
        }
        status.wrongSessionFrames = wrongSessionFrames
        status.integrityErrors = integrityErrors
        return status
    }

    /// Hash of the stop plans in force: what a hard cut must confirm (HUM-05).
    var stopPlanHash: [UInt8] {
        hashing((descriptor.safety?.stopPlans ?? []).flatMap { $0.encoded() })
    }

    private mutating func publishChunkStatus(_ now: Int64) {
        guard source == .chunk, now - lastChunkStatusNs >= 20_000_000 else { return }
        lastChunkStatusNs = now
        var status = ChunkStatus()
        status.chunkID = chunks.running?.id ?? chunks.newestID
        status.underrun = chunks.underrunNs != nil
        if let chunk = chunks.running {
            status.stepIndex = UInt32(max(0, min(chunk.step(at: now), chunk.horizon - 1)))
            status.stepTotal = UInt32(chunk.horizon)
        }
        status.stepsLeft = UInt32(chunks.depth(at: now))
        status.timeNs = now
        broadcast(status, now)
    }
}

extension StopSourceStatus {
    init(_ entry: StopSources.Entry) {
        self.init()
        id = entry.device
        enabled = true
        active = entry.isActive
        sinceNs = entry.sinceNs
        kind = entry.kind
        session = entry.session
    }
}
