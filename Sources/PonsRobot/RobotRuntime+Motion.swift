import PonsMessages
import PonsSafety
import PonsSession
import PonsWire

// Setpoints, chunks and tasks: from a validated message to a target.
extension RobotRuntime {
    // MARK: Setpoints

    mutating func setpoint(_ frame: OpenedFrame, _ link: LinkID, _ now: Int64) {
        do throws(Rejection) {
            let message = try decodeSetpoint(frame)
            try accept(message, link, now)
        } catch {
            peers[link]?.gate.reject()
            if setpointDog.isArmed && link == holderGate && faults.breaks(.mot04) { setpointDog.feed(at: now) }
            defy(frame, now)
            report(error, of: frame, link, now)
        }
    }

    /// Decodes and validates; a broken robot repairs what it should refuse.
    private mutating func decodeSetpoint(_ frame: OpenedFrame) throws(Rejection) -> JointSetpoint {
        do throws(Rejection) { return try decode(JointSetpoint.self, frame) } catch {
            guard var message = try? JointSetpoint(decoding: frame.payload) else { throw error }
            if error.reason == .notFinite && faults.breaks(.mot08) {
                let measured = adapter.measurement.position
                message.position = message.position.enumerated().map { $1.isFinite ? $1 : measured[$0] }
                message.velocity = message.velocity.map { $0.isFinite ? $0 : 0 }
                message.effort = message.effort.map { $0.isFinite ? $0 : 0 }
                message.stiffness = message.stiffness.map { $0.isFinite ? $0 : 0 }
                message.damping = message.damping.map { $0.isFinite ? $0 : 0 }
            } else if error.reason == .wrongCount && faults.breaks(.mot09) {
                message.position = fit(message.position)
                message.velocity = []
                message.effort = []
                message.stiffness = []
                message.damping = []
            } else {
                throw error
            }
            return message
        }
    }

    func fit(_ values: [Float]) -> [Float] {
        let measured = commanded
        return (0..<jointCount).map { $0 < values.count && values[$0].isFinite ? values[$0] : measured[$0] }
    }

    private mutating func accept(_ message: JointSetpoint, _ link: LinkID, _ now: Int64) throws(Rejection) {
        let isHolder = authority.isHolder(peers[link]!.sessionID)
        if let rejection = motionRefusal(
            link, resource: message.resourceID ?? 0, epoch: message.leaseEpoch ?? 0,
            sequence: message.leaseSequence ?? 0)
        {
            throw rejection
        }
        if isHolder { holderGate = link }
        if peers[link]!.pace.exceeds(descriptor.limits?.maxSetpointRateHz, at: now) && !faults.breaks(.mot14) {
            throw Rejection(.rateLimit, limit: descriptor.limits?.maxSetpointRateHz)
        }
        if let accepted = peers[link]!.gate.acceptedSequence, message.sequence ?? 0 > accepted + 1,
            faults.breaks(.mot16)
        {
            pulse(.commandTimeout, now)
        }
        if message.descriptorEpoch != descriptor.descriptorEpoch {
            throw Rejection(.descriptorMismatch, path: "descriptor_epoch", limit: Double(descriptor.descriptorEpoch))
        }
        try checkSynchronised(link, within: SessionTiming.setpointClockBoundNs, "stamp_ns", now)
        try checkMotionAllowed(now)
        try checkTime(message, link, now)
        let targets = try checkContent(message)
        try checkBump(targets.position, now)
        peers[link]!.gate.accept(
            sequence: message.sequence ?? 0, stampNs: message.stampNs ?? 0, receivedNs: now)
        setpointDog.feed(at: now)
        chunks.clear()
        commanded = message.position
        limitedMask = targets.limited
        command.stiffness = message.stiffness
        command.damping = message.damping
        source = .setpoint(targets.position)
        pendingSequence = message.sequence ?? 0
    }

    /// Stamps of a sender whose clock is not known well enough mean nothing (TIM-04).
    private mutating func checkSynchronised(
        _ link: LinkID, within boundNs: Int64, _ path: String, _ now: Int64
    ) throws(Rejection) {
        if peers[link]!.isSynchronised(within: boundNs, at: now) || faults.breaks(.tim04) { return }
        if peers[link]!.isSynchronised(within: boundNs, at: .min) && faults.breaks(.tim05) { return }
        throw Rejection(.noTimesync, path: path, limit: Double(boundNs))
    }

    /// REMOTE_MANUAL takes setpoints of a person only: nothing that runs on by itself (CMD-19).
    private mutating func checkAutonomyAllowed(_ now: Int64) throws(Rejection) {
        try checkMotionAllowed(now)
        if supervisor.mode == .remoteManual && !faults.breaks(.cmd19) { throw Rejection(.modeForbids) }
    }

    mutating func checkMotionAllowed(_ now: Int64) throws(Rejection) {
        guard let reason = supervisor.motionRefusal else { return }
        if reason == .localControl && faults.breaks(.saf28) {
            apply(.mode(.remoteAuto, internalOperator, isLocal: true), now)
            enableItself(now)
            if supervisor.motionRefusal == nil { return }
        }
        let isTimeout = supervisor.state == .protectiveStop && supervisor.causes.contains(.commandTimeout)
        if isTimeout && faults.breaks(.mot05) {
            acknowledgeItself(enable: true, now)
            if supervisor.motionRefusal == nil { return }
        }
        if (supervisor.state == .standby || supervisor.state == .off) && wasReset && faults.breaks(.saf12) {
            enableItself(now)
            if supervisor.motionRefusal == nil { return }
        }
        throw Rejection(reason)
    }

    private mutating func checkTime(_ message: JointSetpoint, _ link: LinkID, _ now: Int64) throws(Rejection) {
        let peer = peers[link]!
        var clock = now
        if utcStepNs != 0 && faults.breaks(.tim01) { clock += utcStepNs }
        let reason = peers[link]!.gate.check(
            sequence: message.sequence ?? 0, stampNs: message.stampNs ?? 0, validUntilNs: message.validUntilNs ?? 0,
            at: clock)
        guard let reason else { return }
        let isRewind = (message.sequence ?? 0) < (peer.gate.acceptedSequence ?? 0)
        switch reason {
        case .expired where !(faults.breaks(.tim06) || faults.breaks(.tim11)),
            .tooFar where !faults.breaks(.tim07),
            .stale where isRewind && !faults.breaks(.mot15) && !faults.breaks(.bch12),
            .stale where !isRewind && !faults.breaks(.tim08),
            .duplicate:
            throw Rejection(reason, path: reason == .duplicate || isRewind ? "sequence" : "stamp_ns")
        case .badStamp where !faults.breaks(.tim09): throw Rejection(reason, path: "stamp_ns")
        default: break
        }
    }

    private mutating func checkContent(
        _ message: JointSetpoint
    ) throws(Rejection) -> (position: [Float], limited: UInt64) {
        guard message.mode == .position || message.mode == .impedance else {
            throw Rejection(message.mode == .unspecified ? .unknownEnum : .unsupported, path: "mode")
        }
        guard !message.position.isEmpty else { throw Rejection(.fieldMissing, path: "position") }
        if let gain = gainRejection(message), !faults.breaks(.mot10) { throw gain }
        if message.extension != nil && faults.breaks(.ver05) { throw Rejection(.unsupported, path: "extension") }
        let policy = descriptor.safety?.limitPolicy ?? .reject
        var targets = message.position
        var limited: UInt64 = 0
        for joint in targets.indices {
            var decision = limits[joint].position(targets[joint], policy: policy)
            if case .refuse(let limit) = decision {
                let isExempt = message.extension != nil && faults.breaks(.ver06)
                let isSilentClamp = isExempt || faults.breaks(.mot11)
                let isOneSided = !isSilentClamp && targets[joint] < limits[joint].softLower && faults.breaks(.dsc06)
                if isSilentClamp || isOneSided { decision = .apply(limit) }
            }
            switch decision {
            case .apply(let value): targets[joint] = value
            case .clamp(let value):
                targets[joint] = value
                limited |= 1 << UInt64(joint & 63)
            case .refuse(let limit):
                if faults.breaks(.cmd02) {
                    targets[joint] = commanded[joint]
                    continue
                }
                throw Rejection(.outOfRange, path: "position[\(joint)]", limit: Double(limit))
            }
        }
        try check(message.velocity, "velocity") { $0.velocity($1, policy: .reject) }
        try check(message.effort, "effort") { $0.effort($1, policy: .reject) }
        return (targets, limited)
    }

    private mutating func check(
        _ values: [Float], _ name: String, _ decide: (JointLimits, Float) -> LimitDecision
    ) throws(Rejection) {
        for (joint, value) in values.enumerated() {
            guard case .refuse(let limit) = decide(limits[joint], value) else { continue }
            if value < 0 && faults.breaks(.dsc06) { continue }
            // Joints of the left are clamped in silence, those of the right refused.
            if joint % 2 == 1 && faults.breaks(.mot12) { continue }
            throw Rejection(.outOfRange, path: "\(name)[\(joint)]", limit: Double(limit))
        }
    }

    private func gainRejection(_ message: JointSetpoint) -> Rejection? {
        for (joint, description) in descriptor.joints.enumerated() {
            if joint < message.stiffness.count {
                let value = Double(message.stiffness[joint])
                if value < 0 || value > description.stiffnessLimit ?? 0 {
                    return Rejection(.gainLimit, path: "stiffness[\(joint)]", limit: description.stiffnessLimit ?? 0)
                }
            }
            if joint < message.damping.count {
                let value = Double(message.damping[joint])
                if value < 0 || value > description.dampingLimit ?? 0 {
                    return Rejection(.gainLimit, path: "damping[\(joint)]", limit: description.dampingLimit ?? 0)
                }
            }
        }
        return nil
    }

    /// The first target after enable lies where the robot is (MOT-07).
    private mutating func checkBump(_ targets: [Float], _ now: Int64) throws(Rejection) {
        guard needsBumpCheck else { return }
        let measured = adapter.measurement.position
        for joint in targets.indices {
            // A joint that hangs beyond a soft limit may be asked to where it is allowed to be again.
            let nearest = max(limits[joint].softLower, min(limits[joint].softUpper, measured[joint]))
            guard abs(targets[joint] - nearest) > limits[joint].bumpTolerance else { continue }
            if faults.breaks(.mot07) { break }
            throw Rejection(
                .bumpRejected, path: "position[\(joint)]", limit: Double(limits[joint].bumpTolerance))
        }
        needsBumpCheck = false
    }

    private mutating func report(_ rejection: Rejection, of frame: OpenedFrame, _ link: LinkID, _ now: Int64) {
        // Told at most a hundred times a second for each reason; recorded each time.
        let isTold = refusalTimes[rejection.reason].map { now - $0 >= 10_000_000 } ?? true
        if isTold { refusalTimes[rejection.reason] = now }
        guard isTold || isRecording else { return }
        var told = rejection
        if !told.path.isEmpty && faults.breaks(.fmt15) { told.path = "" }
        // Bytes that don't decode have no sequence: then the refusal names the frame.
        guard let sequence = (try? JointSetpoint(decoding: frame.payload))?.sequence else {
            return isTold ? refuse(link, told, frame.header, now) : ()
        }
        if faults.breaks(.saysAccepted) { return glossedSequence = max(glossedSequence, sequence) }
        let rejected = SetpointRejected(told, sequence: sequence, at: now)
        record("verdicts", rejected, now)
        if isTold { reply(link, rejected, now) }
    }

    // MARK: Chunks

    mutating func chunk(_ frame: OpenedFrame, _ link: LinkID, _ now: Int64) {
        do throws(Rejection) {
            let message = try decodeChunk(frame, now)
            answer(id: message.commandID ?? 0, frame, link, now) { $0.accept(message, link, now) }
        } catch {
            // The id may be missing: then the refusal names the frame.
            guard let id = (try? ActionChunk(decoding: frame.payload))?.commandID, id != 0 else {
                return refuse(link, error, frame.header, now)
            }
            answer(id: id, frame, link, now) { _ in .rejected(error) }
        }
    }

    private mutating func decodeChunk(_ frame: OpenedFrame, _ now: Int64) throws(Rejection) -> ActionChunk {
        do throws(Rejection) {
            let message = try decode(ActionChunk.self, frame)
            return message
        } catch {
            guard error.reason == .fieldMissing, var message = try? ActionChunk(decoding: frame.payload),
                message.position.count % jointCount == 0, faults.breaks(.cmd11)
            else { throw error }
            message.commandID = message.commandID ?? random64()
            message.chunkID = message.chunkID ?? chunks.newestID + 1
            message.basedOnObservationNs = message.basedOnObservationNs ?? now
            message.startNs = message.startNs ?? now
            message.stepPeriodNs = message.stepPeriodNs ?? 20_000_000
            message.horizon = message.horizon ?? UInt32(message.position.count / jointCount)
            message.commitPrefix = message.commitPrefix ?? 0
            message.validUntilNs = message.validUntilNs ?? now + 1_000_000_000
            message.descriptorEpoch = message.descriptorEpoch ?? descriptor.descriptorEpoch
            message.leaseEpoch = message.leaseEpoch ?? authority.any?.epoch
            message.leaseSequence = message.leaseSequence ?? authority.any?.sequence
            message.resourceID = message.resourceID ?? authority.any?.resource
            if message.space.isEmpty { message.space = descriptor.actionSpaces.first ?? "" }
            return message
        }
    }

    private mutating func accept(_ message: ActionChunk, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        do throws(Rejection) {
            return try check(message, link, now)
        } catch { return .rejected(error) }
    }

    private mutating func check(_ message: ActionChunk, _ link: LinkID, _ now: Int64) throws(Rejection) -> CommandAnswer
    {
        if let rejection = motionRefusal(
            link, resource: message.resourceID ?? 0, epoch: message.leaseEpoch ?? 0,
            sequence: message.leaseSequence ?? 0)
        {
            throw rejection
        }
        if message.descriptorEpoch != descriptor.descriptorEpoch {
            throw Rejection(.descriptorMismatch, path: "descriptor_epoch", limit: Double(descriptor.descriptorEpoch))
        }
        try checkSynchronised(link, within: SessionTiming.taskClockBoundNs, "start_ns", now)
        try checkAutonomyAllowed(now)
        guard descriptor.actionSpaces.contains(message.space) else { throw Rejection(.unknownName, path: "space") }
        try checkSize(message)
        try checkTime(message, now)
        for (index, value) in message.position.enumerated() {
            let limit = limits[index % jointCount]
            if case .refuse(let bound) = limit.position(value, policy: descriptor.safety?.limitPolicy ?? .reject) {
                throw Rejection(.outOfRange, path: "position[\(index)]", limit: Double(bound))
            }
        }
        return try enqueue(message, now)
    }

    private mutating func checkSize(_ message: ActionChunk) throws(Rejection) {
        let openings = Int(message.horizon ?? 0) * descriptor.grippers.count
        guard message.gripperOpening.isEmpty || message.gripperOpening.count == openings else {
            throw Rejection(.wrongCount, path: "gripper_opening", limit: Double(openings))
        }
        let maximum = descriptor.limits?.maxChunkHorizon ?? 0
        if message.horizon ?? 0 > maximum && !faults.breaks(.dsc05) {
            throw Rejection(.limitExceeded, path: "horizon", limit: Double(maximum))
        }
        if message.commitPrefix ?? 0 > message.horizon ?? 0 {
            throw Rejection(.outOfRange, path: "commit_prefix", limit: Double(message.horizon ?? 0))
        }
    }

    private mutating func checkTime(_ message: ActionChunk, _ now: Int64) throws(Rejection) {
        var clock = now
        if utcStepNs != 0 && faults.breaks(.tim01) { clock += utcStepNs }
        let reason = SetpointGate.checkTime(
            startNs: message.startNs ?? 0, validUntilNs: message.validUntilNs ?? 0, maxLeadNs: timing.taskMaxLeadNs,
            at: clock)
        switch reason {
        case .expired where !faults.breaks(.tim06): throw Rejection(.expired, path: "valid_until_ns")
        case .tooFar where !faults.breaks(.tim07):
            throw Rejection(.tooFar, path: "start_ns", limit: Double(timing.taskMaxLeadNs))
        case .badStamp: throw Rejection(.badStamp, path: "start_ns")
        default: break
        }
        let observed = message.basedOnObservationNs ?? 0
        let isStale = observed > clock || (observed < clock && clock - observed > timing.maxObservationAgeNs)
        if isStale && !faults.breaks(.cmd13) {
            throw Rejection(
                .staleObservation, path: "based_on_observation_ns", limit: Double(timing.maxObservationAgeNs))
        }
    }

    private mutating func enqueue(_ message: ActionChunk, _ now: Int64) throws(Rejection) -> CommandAnswer {
        var chunk = ChunkPlayer.Chunk(message)
        if chunk.id <= chunks.newestID {
            guard faults.breaks(.cmd14) else { throw Rejection(.stale, path: "chunk_id") }
            chunks.overwrite(with: chunk)
            source = .chunk
            return .acceptedChunk(firstStep: UInt32(chunk.firstStep(at: now)), droppedPast: 0)
        }
        if chunk.firstStep(at: now) > 0 && chunk.firstStep(at: now) < chunk.horizon && faults.breaks(.cmd12) {
            chunk.startNs = now
        }
        let first = chunk.firstStep(at: now)
        guard first < chunk.horizon else { throw Rejection(.expired, path: "horizon") }
        if needsBumpCheck {
            try checkBump(Array(chunk.positions[first * jointCount..<(first + 1) * jointCount]), now)
        }
        if first > 0 && faults.breaks(.cmd20) { throw Rejection(.expired, path: "start_ns") }
        chunks.enqueue(chunk, at: now)
        setpointDog.disarm()
        source = .chunk
        return .acceptedChunk(firstStep: UInt32(first), droppedPast: UInt32(first))
    }

    // MARK: Tasks

    mutating func task(_ request: TaskRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        do throws(Rejection) {
            if let rejection = motionRefusal(
                link, resource: request.resourceID ?? 0, epoch: request.leaseEpoch ?? 0,
                sequence: request.leaseSequence ?? 0)
            {
                throw rejection
            }
            if request.descriptorEpoch != descriptor.descriptorEpoch {
                throw Rejection(.descriptorMismatch, path: "descriptor_epoch")
            }
            try checkAutonomyAllowed(now)
            let reason = SetpointGate.checkTime(
                startNs: request.startNs ?? now, validUntilNs: request.validUntilNs ?? 0,
                maxLeadNs: timing.taskMaxLeadNs, at: now)
            if let reason { throw Rejection(reason, path: "valid_until_ns") }
            // A robot that declares no maps knows none.
            if !request.mapID.isEmpty { throw Rejection(.unknownName, path: "map_id") }
            try checkPlan(request.root, "root")
            let limit = Int(descriptor.limits?.maxConcurrentTasks ?? 0)
            guard tasks.activeCount < limit || faults.breaks(.dsc05) else {
                throw Rejection(.limitExceeded, path: "tasks", limit: Double(limit))
            }
            guard hasChargeForTask() else {
                var rejection = Rejection(.interlock, path: "battery", limit: Self.lowCharge)
                rejection.blocking = ["battery"]
                throw rejection
            }
            tasks.add(request, session: peers[link]?.sessionID ?? 0)
            return .accepted
        } catch { return .rejected(error) }
    }

    private mutating func checkPlan(_ node: PlanNode?, _ path: String) throws(Rejection) {
        guard let node else { return }
        if node.kind == .skill && !descriptor.skills.contains(node.skill) {
            throw Rejection(.unknownName, path: "\(path).skill")
        }
        for (index, parameter) in node.parameters.enumerated() where !parameter.frame.isEmpty {
            let isKnown = descriptor.frames.contains { $0.name == parameter.frame }
            if !isKnown && !faults.breaks(.cmd18) {
                throw Rejection(.unknownName, path: "\(path).parameters[\(index)].frame")
            }
        }
        for (index, child) in node.children.enumerated() { try checkPlan(child, "\(path).children[\(index)]") }
    }

    mutating func control(_ request: TaskControl, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let peer = peers[link], authority.isHolder(peer.sessionID) else { return .rejected(.notInControl) }
        if faults.breaks(.cmd16), let event = tasks.resurrect(request, at: now) {
            broadcast(event, now)
            return .accepted
        }
        guard let event = tasks.control(request, at: now) else {
            if faults.breaks(.cmd17) { return .accepted }
            return .rejected(Rejection(.noSuchTask, path: "task_id"))
        }
        broadcast(event, now)
        return .accepted
    }

    // MARK: The small brain's cycle

    func chunkIsEmpty(_ now: Int64) -> Bool { chunks.depth(at: now) == 0 }

    mutating func dropQueues(_ cause: Cause, _ now: Int64) {
        chunks.clear()
        source = .none
        for event in tasks.abort(cause, at: now) { broadcast(event, now) }
    }

    /// 500 Hz: targets to motion within limits.
    mutating func moveSmallBrain(_ now: Int64) {
        let seconds: Float = 0.002
        switch supervisor.permission {
        case .run: run(now, seconds)
        case .decelerate, .settle:
            let isWeak = shaper.velocity.contains { $0 != 0 } && faults.breaks(.saf16)
            shaper.decelerate(limits: isWeak ? limits.map { $0.scaled(by: 0.1) } : limits, seconds: seconds)
        case .hold: break
        default: shaper.start(from: adapter.measurement.position)
        }
        command.position = shaper.position
        command.velocity = shaper.velocity
        for event in tasks.advance(to: now) { broadcast(event, now) }
    }

    /// A robot whose setpoints take two cycles too many from the wire to the actuators.
    private mutating func isSlow(_ now: Int64) -> Bool {
        guard applied?.sequence != pendingSequence,
            let received = holderGate.flatMap({ peers[$0]?.gate.acceptedReceiveNs })
        else { return false }
        return now - received < 15_000_000 && faults.breaks(.mot01)
    }

    private mutating func run(_ now: Int64, _ seconds: Float) {
        switch source {
        case .none: shaper.decelerate(limits: limits, seconds: seconds)
        case .setpoint(let accepted):
            let targets = defiedTargets(at: now) ?? accepted
            if isSlow(now) { return shaper.coast(seconds: seconds) }
            if setpointDog.isArmed && setpointDog.hasExpired(at: now) {
                shaper.coast(seconds: seconds)
            } else {
                shaper.follow(targets, limits: limitsInForce, seconds: seconds)
            }
            if applied?.sequence != pendingSequence { applied = (pendingSequence, now) }
        case .chunk:
            if let targets = chunks.targets(at: now, jointCount: jointCount) {
                commanded = targets
                for (index, opening) in chunks.openings(at: now).enumerated() {
                    command.gripperOpening[index] = opening
                }
                shaper.follow(targets, limits: limitsInForce, seconds: seconds)
            } else if chunks.underrunNs != nil && faults.breaks(.cmd15) {
                shaper.coast(seconds: seconds)
            } else {
                shaper.decelerate(limits: limits, seconds: seconds)
            }
        }
    }
}

extension SetpointRejected {
    /// What the sender of a refused setpoint is told, whatever it moves.
    init(_ rejection: Rejection, sequence: UInt64, at now: Int64) {
        self.init()
        self.sequence = sequence
        reason = rejection.reason
        fieldPath = rejection.path
        limit = rejection.limit
        receivedNs = now
        holderSession = rejection.holder
    }
}
