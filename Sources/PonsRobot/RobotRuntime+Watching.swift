import PonsMessages
import PonsSafety
import PonsSession

// What the robot watches besides its commands: stop sources, its own stop path, joints that lag, clocks, local control.
extension RobotRuntime {
    // MARK: Stop sources that check in (SAF-30)

    mutating func configure(_ request: StopSourceConfigure, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard requester(link).isOperator else { return .rejected(.permissionDenied) }
        guard !supervisor.permitsMotion else { return .rejected(.illegalTransition) }
        guard let source = request.source, source.kind != .unspecified else { return .rejected(.fieldMissing) }
        // What is built in can't be configured away.
        let isBuiltIn = descriptor.safety?.stopSources.contains { $0.id == source.id } ?? false
        guard !isBuiltIn else { return .rejected(Rejection(.idReused, path: "source.id")) }
        guard !request.remove else {
            checkIns[source.id] = nil
            apply(.release(session: 0, device: source.id), now)
            supervisor.remove(device: source.id)
            return .accepted
        }
        guard let timeout = source.checkInTimeoutNs, timeout > 0 else {
            return .rejected(Rejection(.fieldMissing, path: "source.check_in_timeout_ns"))
        }
        supervisor.declare(device: source.id, kind: source.kind)
        checkIns[source.id] = CheckIn(timeoutNs: timeout, heardNs: now)
        return .accepted
    }

    mutating func checkIn(_ message: StopSourceCheckIn, _ link: LinkID, _ now: Int64) {
        guard var source = checkIns[message.sourceID], let session = peers[link]?.sessionID,
            source.session ?? session == session
        else { return }
        source.session = session
        source.heardNs = now
        if message.active {
            stop(by: message.sourceID, now)
        } else if source.isMissing {
            source.isMissing = false
            apply(.release(session: 0, device: message.sourceID), now)
        }
        checkIns[message.sourceID] = source
    }

    mutating func watchCheckIns(_ now: Int64) {
        for (id, source) in checkIns.sorted(by: { $0.key < $1.key }) {
            guard !source.isMissing, now - source.heardNs > source.timeoutNs, !faults.breaks(.saf30) else { continue }
            checkIns[id]?.isMissing = true
            stop(by: id, now)
        }
    }

    private mutating func stop(by device: UInt32, _ now: Int64) {
        var kind = StopKind.protective
        supervisor.sources.forEach { if $0.device == device { kind = $0.kind } }
        apply(.stop(kind, session: 0, device: device, hard: false, confirmed: false), now)
    }

    /// Values that come from outside and did not come any more are shown as the safe ones, and said to be so (BCH-11).
    var showsSubstitutes: Bool {
        mutating get {
            let isMissing = separation.isLost || checkIns.values.contains(where: \.isMissing)
            return isMissing && !faults.breaks(.bch11)
        }
    }

    // MARK: The stop path itself (SAF-29)

    /// A test of the stop path moves nothing and is no stop: only where nothing moves anyway.
    mutating func testStop(_ request: StopSelfTestRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard peers[link]?.role != .observer, peers[link]?.role != .stopOnly else {
            return .rejected(.permissionDenied)
        }
        guard !supervisor.permitsMotion else { return .rejected(.illegalTransition) }
        stopTestedNs = now
        nextStatusNs = now
        return .accepted
    }

    func isStopTestOld(_ now: Int64) -> Bool {
        guard let interval = descriptor.safety?.stopSelfTestIntervalNs else { return false }
        return now - stopTestedNs > interval
    }

    // MARK: Joints that lag (MOT-17)

    mutating func watchLag(_ now: Int64) {
        guard command.permission == .run, let patience = longestLag() else { return lagsSinceNs = nil }
        let since = lagsSinceNs ?? now
        lagsSinceNs = since
        guard now - since > patience, !faults.breaks(.mot17) else { return }
        lagsSinceNs = nil
        pulse(.followingError, now)
    }

    /// How long the worst joint may lag as it does, or `nil` where none does.
    private func longestLag() -> Int64? {
        let measured = adapter.measurement.position
        var patience: Int64?
        for index in lagLimits.indices {
            guard let limit = lagLimits[index],
                Double(abs(command.position[index] - measured[index])) > limit.distance
            else { continue }
            patience = min(patience ?? limit.timeNs, limit.timeNs)
        }
        return patience
    }

    // MARK: Drives that fell silent

    /// A measurement older than this is none: whoever doesn't know where the joints are must not move them.
    private static var longestSilenceNs: Int64 { 100_000_000 }

    mutating func watchMeasurement(_ now: Int64) {
        let isSilent = now - adapter.measurement.captureNs > Self.longestSilenceNs
        if isSilent && supervisor.permitsMotion { pulse(.internalFault, now) }
    }

    // MARK: Contact (SAF-27)

    /// An estimated external force above this stops the robot; N. The quasi-static limit for the chest in the technical
    /// specification on collaborative robots is of this order.
    private static var contactLimit: Float { 140 }

    mutating func watchContact(_ now: Int64) {
        let isTouched = isActedOn(adapter.measurement.contactForce > Self.contactLimit, .contact, now)
        defer { wasTouched = isTouched }
        guard isTouched, !wasTouched, !faults.breaks(.saf27) else { return }
        pulse(.contactLimit, now)
    }

    // MARK: Clocks (TIM-10)

    /// The robot's own clock was found to jump: no comparison is worth anything, and what moves is stopped.
    mutating func clockStepped(_ now: Int64) {
        if faults.breaks(.tim10) { return }
        for link in peers.links { peers[link]?.forgetSync() }
        pulse(.clockFault, now)
    }

    // MARK: Local control (SAF-28)

    mutating func takeLocalControl(for durationNs: Int64, _ now: Int64) {
        apply(.mode(.localManual, internalOperator, isLocal: true), now)
        localUntilNs = now + durationNs
    }

    mutating func watchLocalControl(_ now: Int64) {
        guard let until = localUntilNs, now >= until else { return }
        localUntilNs = nil
        apply(.mode(.test, internalOperator, isLocal: true), now)
    }

    // MARK: What a broken robot does when it stops

    /// Whether a condition is acted on: at once, but for a robot that is late.
    mutating func isActedOn(_ condition: Bool, _ reaction: TimedReaction, _ now: Int64) -> Bool {
        guard condition else {
            // Asked every cycle, and nothing is written down of a robot that is never late.
            if !onsets.isEmpty { onsets[reaction] = nil }
            return false
        }
        let late = faults.lateness(reaction)
        if late == 0 { return true }
        let since = onsets[reaction] ?? now
        onsets[reaction] = since
        return now - since >= late
    }

    /// A robot that waits for standstill without looking at the clock.
    mutating func hangsInStopping() -> Bool {
        (supervisor.state == .stopping && faults.breaks(.saf17))
            || (supervisor.state == .settling && faults.breaks(.hum04))
    }

    /// The posture as the robot feels it; a broken one does not feel that it falls, or that it has settled.
    mutating func felt(_ stability: Stability, _ now: Int64) -> Stability {
        if stability == .falling && faults.breaks(.hum06) { return .static }
        if !isActedOn(stability == .falling, .fall, now) && stability == .falling { return .static }
        let isGettingUp = supervisor.state == .fall || supervisor.state == .recovery
        if stability == .down && !isGettingUp && faults.breaks(.hum09) { return .static }
        if stability == .static && supervisor.state == .settling && faults.breaks(.hum03) { return .dynamic }
        return stability
    }

    /// What a robot does that lets stops wait behind other frames, or answers them when it finds the time.
    mutating func catchUp(_ now: Int64) {
        if let late = lateStop, now >= late.dueNs {
            lateStop = nil
            _ = carryOut(late.request, late.link, now)
        }
        while let late = lateAnswers.first, now >= late.dueNs {
            lateAnswers.removeFirst()
            reply(late.link, late.ack, now)
        }
    }

    mutating func breakStop() {
        let isStopping = supervisor.state == .stopping || supervisor.state == .settling
        if isStopping && faults.breaks(.saf15) { command.permission = .off }
        let isLimp = supervisor.hold == .hold && supervisor.causes.contains(.commandTimeout)
        if isLimp && faults.breaks(.hum08) { command.permission = .off }
        let isHolding = command.gripperOpening.contains { $0 < 0.9 }
        if isHolding && !supervisor.permitsMotion && faults.breaks(.saf26) {
            command.gripperOpening = command.gripperOpening.map { _ in 1 }
        }
    }
}
