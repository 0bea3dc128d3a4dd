import PonsMessages
import PonsSafety
import PonsSession

// Requests to the supervisor, and what its transitions mean for the rest of the robot.
extension RobotRuntime {
    func requester(_ link: LinkID) -> Requester {
        guard let peer = peers[link] else { return Requester(session: 0, role: .unspecified, isHolder: false) }
        return Requester(session: peer.sessionID, role: peer.role, isHolder: authority.isHolder(peer.sessionID))
    }

    /// Hands an input to the supervisor and carries out what follows.
    @discardableResult
    mutating func apply(_ input: SafetyInput, _ now: Int64) -> SafetyOutcome {
        let wasRunning = supervisor.permitsMotion
        let outcome = supervisor.handle(input, at: now)
        if outcome.purge { purge(now) }
        for index in 0..<outcome.transitions.count { report(outcome.transitions[index], now) }
        if outcome.transitions.count > 0 { nextStatusNs = now }
        if wasRunning && !supervisor.permitsMotion { motionEnded(now) }
        return outcome
    }

    /// A condition that was true for a moment: a deadline passed, a peer went away.
    mutating func pulse(_ cause: Cause, _ now: Int64) {
        let told = faults.breaks(.saf19) ? .protective : cause
        apply(.detected(told), now)
        apply(.cleared(told), now)
    }

    private mutating func report(_ transition: SafetyTransition, _ now: Int64) {
        var event = SafetyEvent()
        event.sequence = transition.sequence
        event.timeNs = transition.timeNs
        event.detectedNs = transition.timeNs
        event.from = transition.from
        event.to = transition.to
        event.hold = transition.hold
        event.cause = transition.cause
        var causes: [Cause] = []
        transition.causes.forEachBySeverity { causes.append($0) }
        event.allCauses = causes
        event.category = transition.category
        event.sourceSession = transition.session
        event.sourceID = transition.device
        event.edge = UInt32(transition.edge)
        log("\(event.from.label) to \(event.to.label), \(event.cause.label)", session: event.sourceSession, now)
        record("safety", event, now)
        keepIncident(event, now)
        if event.to == .stopping || event.to == .settling { episode?.stoppedBy = event.cause }
        if event.category == .one && faults.breaks(.saf14) { event.category = .two }
        if event.to == .standby && faults.breaks(.saf02) { return }
        if (event.to == .stopping || event.to == .settling) && faults.breaks(.stopsInSilence) { return }
        broadcast(event, now)
    }

    private mutating func motionEnded(_ now: Int64) {
        setpointDog.disarm()
        source = .none
        needsBumpCheck = true
        enabledNs = .max
        let cause = supervisor.causes.mostSevere ?? .disabled
        for event in tasks.abort(cause, at: now) { broadcast(event, now) }
        if !keepsQueue { chunks.clear() }
    }

    /// Leases, queues, syncs and chunk state end with their epoch (SAF-11).
    private mutating func purge(_ now: Int64) {
        if authority.any == nil || !faults.breaks(.saf11) { endLeases(of: nil, .reset, now) }
        chunks.restart()
        source = .none
        restartSetpointStreams()
        for event in tasks.abort(.reset, at: now) { broadcast(event, now) }
    }

    /// Sequence and stamp of every setpoint stream start anew.
    private mutating func restartSetpointStreams() {
        for link in peers.links { peers[link]?.gate.restart() }
        for index in gripperGates.indices { gripperGates[index].restart() }
    }

    mutating func flushTransitionsToStorage() {
        let current = (supervisor.latch, supervisor.epoch)
        if let stored, stored == current { return }
        stored = current
        actions.append(.store(latch: current.0, epoch: current.1))
    }

    // MARK: Requests

    mutating func stop(_ request: StopRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        if now - largeFrameNs < 100_000_000 && faults.breaks(.saf05) {
            lateStop = (request, link, now + 80_000_000)
            return .accepted
        }
        let late = faults.lateness(.stopRequest)
        if late > 0 {
            lateStop = (request, link, now + late)
            return .accepted
        }
        return carryOut(request, link, now)
    }

    mutating func carryOut(_ request: StopRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let peer = peers[link] else { return .rejected(.noSession) }
        guard request.kind.isKnown, request.kind != .unspecified else { return .rejected(.unknownEnum) }
        if !authority.isHolder(peer.sessionID) && faults.breaks(.saf04) { return .rejected(.notInControl) }
        var confirmed = !request.stopPlanSHA256.isEmpty && request.stopPlanSHA256 == stopPlanHash
        if request.hard && !confirmed && faults.breaks(.hum05) { confirmed = true }
        var isHard = request.hard
        if request.kind == .emergency && supervisor.permitsMotion && faults.breaks(.hum02) {
            (isHard, confirmed) = (true, true)
        }
        let outcome = apply(
            .stop(
                request.kind, session: request.sourceID == 0 ? peer.sessionID : 0, device: request.sourceID,
                hard: isHard, confirmed: confirmed), now)
        return answer(outcome)
    }

    mutating func release(_ request: StopRelease, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let peer = peers[link] else { return .rejected(.noSession) }
        let session = request.sourceID == 0 ? peer.sessionID : 0
        let outcome = apply(.release(session: session, device: request.sourceID), now)
        if outcome.refusal == nil && supervisor.state == .protectiveStop && faults.breaks(.saf18) {
            apply(.resume(id: random64(), internalOperator), now)
        }
        if outcome.refusal == nil && supervisor.sources.anyActive && faults.breaks(.saf10) {
            releaseItself(now)
        }
        nextStatusNs = now
        return answer(outcome)
    }

    mutating func resetRequest(_ request: ResetRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        let nonce = random64()
        var outcome = apply(.resetRequest(requester(link), nonce: nonce), now)
        if outcome.refusal == .resetBlocked && faults.breaks(.saf09) {
            releaseItself(now)
            outcome = apply(.resetRequest(requester(link), nonce: nonce), now)
        }
        if outcome.refusal == .permissionDenied && faults.breaks(.sec03) {
            outcome = apply(.resetRequest(internalOperator, nonce: nonce), now)
        }
        guard outcome.refusal == nil else { return answer(outcome) }
        var challenge = ResetChallenge()
        challenge.commandID = request.commandID
        challenge.nonce = nonce
        challenge.expiresNs = now + supervisor.parameters.nonceValidityNs
        reply(link, challenge, now)
        return .accepted
    }

    mutating func resetConfirm(_ request: ResetConfirm, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        var outcome = apply(.resetConfirm(requester(link), nonce: request.nonce), now)
        if outcome.refusal == .nonceInvalid && !supervisor.sources.anyActive && faults.breaks(.saf08) {
            apply(.resetRequest(requester(link), nonce: request.nonce), now)
            outcome = apply(.resetConfirm(requester(link), nonce: request.nonce), now)
        }
        return answer(outcome)
    }

    mutating func power(_ request: PowerRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard request.action == .on || request.action == .off else { return .rejected(.unknownEnum) }
        return answer(apply(.power(on: request.action == .on, requester(link)), now))
    }

    mutating func enable(_ request: EnableRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let peer = peers[link] else { return .rejected(.noSession) }
        if peer.hasFingerprintMismatch && !faults.breaks(.ver04) { return .rejected(.fingerprintMismatch) }
        if let lease = authority.any, lease.session == peer.sessionID, request.leaseSequence != 0,
            request.leaseSequence != lease.sequence
        {
            return .rejected(.leaseOld)
        }
        var isSynchronised = peer.isSynchronised(within: SessionTiming.taskClockBoundNs, at: now)
        if !isSynchronised && faults.breaks(.tim04) { isSynchronised = true }
        if isStopTestOld(now) && !faults.breaks(.saf29) {
            var rejection = Rejection(.interlock)
            rejection.blocking = ["stop_self_test"]
            return .rejected(rejection)
        }
        if let rejection = handOverRejection() { return .rejected(rejection) }
        if let obstacle = separation.obstacle {
            var rejection = Rejection(.interlock)
            rejection.blocking = [obstacle]
            return .rejected(rejection)
        }
        if supervisor.epoch > 0 && hadTimeout && faults.breaks(.mot06) { return .rejected(.notEnabled) }
        if !supervisor.interlocksOK && faults.breaks(.saf13) { apply(.interlocks(ok: true), now) }
        let outcome = apply(
            .enable(id: request.enableID, requester(link), isSynchronised: isSynchronised), now)
        if outcome.refusal == nil { enabled(now) }
        return answer(outcome)
    }

    mutating func enabled(_ now: Int64) {
        needsBumpCheck = true
        enabledNs = now
        source = keepsQueue ? .chunk : .none
        shaper.start(from: adapter.measurement.position)
        // The small brain's next cycle may be a millisecond away: nothing of before is handed on until then.
        command.position = shaper.position
        restartSetpointStreams()
    }

    mutating func disable(_ link: LinkID, _ now: Int64) -> CommandAnswer {
        answer(apply(.disable(requester(link), cause: .disabled), now))
    }

    mutating func resume(_ request: ResumeRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        answer(apply(.resume(id: request.resumeID, requester(link)), now))
    }

    mutating func recover(_ request: RecoveryRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        answer(
            apply(.recovery(requester(link), holdToRun: request.holdToRun, isClear: request.surroundingsClear), now))
    }

    mutating func mode(_ request: ModeRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        var outcome = apply(.mode(request.mode, requester(link), isLocal: false), now)
        if outcome.refusal == .permissionDenied && faults.breaks(.sec05) {
            outcome = apply(.mode(request.mode, internalOperator, isLocal: true), now)
        }
        undoInjections(now)
        return answer(outcome)
    }

    private func answer(_ outcome: SafetyOutcome) -> CommandAnswer {
        guard let reason = outcome.refusal else { return .accepted }
        var rejection = Rejection(reason)
        if reason == .interlock {
            rejection.blocking =
                supervisor.interlocksOK && supervisor.isDown ? ["posture"] : descriptor.safety?.interlocks ?? []
        }
        if outcome.isBlockedBySource {
            supervisor.sources.forEach { entry in
                guard entry.isActive else { return }
                let name = descriptor.safety?.stopSources.first { $0.id == entry.device }?.name
                rejection.blocking.append(name ?? "session:\(String(entry.session, radix: 16))")
            }
        }
        return .rejected(rejection)
    }

    // MARK: What a broken robot does

    var internalOperator: Requester { Requester(session: 0, role: .operator, isHolder: true) }

    /// Acknowledges a stop by itself: releases sources, resets, and enables as far as asked.
    mutating func acknowledgeItself(enable: Bool, _ now: Int64) {
        releaseItself(now)
        let leases = authority
        let nonce = random64()
        apply(.resetRequest(internalOperator, nonce: nonce), now)
        apply(.resetConfirm(internalOperator, nonce: nonce), now)
        authority = leases
        guard enable else { return }
        enableItself(now)
    }

    private mutating func releaseItself(_ now: Int64) {
        supervisor.sources.forEach { entry in
            if entry.isActive { _ = supervisor.handle(.release(session: entry.session, device: entry.device), at: now) }
        }
    }

    mutating func enableItself(_ now: Int64) {
        apply(.power(on: true, internalOperator), now)
        let outcome = apply(.enable(id: random64(), internalOperator, isSynchronised: true), now)
        if outcome.refusal == nil { enabled(now) }
    }

    mutating func bootEnabledIfBroken(_ now: Int64) {
        if supervisor.state == .off && faults.breaks(.saf01) { enableItself(now) }
    }

    mutating func resetOnReconnectIfBroken(_ now: Int64) {
        guard supervisor.state == .emergencyStop, faults.breaks(.saf06) else { return }
        acknowledgeItself(enable: false, now)
    }
}
