import PonsMessages
import PonsSafety
import PonsSession
import PonsVocabulary

// What a tester does to the robot in TEST mode, and how it is taken back (part CNF).
extension RobotRuntime {
    mutating func inject(_ request: InjectRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard peers[link]?.role == .service else { return .rejected(.permissionDenied) }
        guard supervisor.mode == .test || faults.breaks(.cnf01) else { return .rejected(.modeForbids) }
        var injection = request
        injection.durationNs = max(0, min(request.durationNs, Self.longestInjectionNs))
        let undo = undoing(injection)
        guard undo == nil || injected.hasRoom(for: injection) else {
            let limit = Double(InjectionLedger<Self>.capacity)
            return .rejected(Rejection(.limitExceeded, path: "index", limit: limit))
        }
        if let rejection = carryOut(injection, now) { return .rejected(rejection) }
        if let undo { injected.note(injection, undoneBy: undo) }
        return .accepted
    }

    private mutating func carryOut(_ injection: InjectRequest, _ now: Int64) -> Rejection? {
        let value = injection.value ?? 0
        let untilNs = now + injection.durationNs
        switch injection.kind {
        case .utcStep: utcStepNs = Self.bounded(Double(utcStepNs) + value * 1e9)
        case .toolChange: changeTool(now)
        case .sensorFreeze:
            guard Int(injection.index) < descriptor.sensors.count else {
                return Rejection(.outOfRange, path: "index", limit: Double(descriptor.sensors.count - 1))
            }
            pictures.frozen[descriptor.sensors[Int(injection.index)].id] = (nil, untilNs)
        case .robotClockStep: clockStepped(now)
        case .stallLoop: stalledUntilNs = untilNs
        case .localControl: takeLocalControl(for: injection.durationNs, now)
        case .handOverFailure: control.failsNext = true
        case .spinalTarget:
            guard Int(injection.index) < jointCount else {
                return Rejection(.outOfRange, path: "index", limit: Double(jointCount - 1))
            }
            spinalTarget = (Int(injection.index), Float(Self.bounded(value)), untilNs)
        case .selfTestAge: stopTestedNs = now - Self.bounded(value * 1e9)
        case .powerCycle:
            powerUp(latch: supervisor.latch != nil && faults.breaks(.saf07) ? nil : supervisor.latch, at: now)
        case .stopSource:
            apply(
                value == 0
                    ? .release(session: 0, device: injection.index)
                    : .stop(.emergency, session: 0, device: injection.index, hard: false, confirmed: false), now)
        case .interlock: apply(.interlocks(ok: value != 0), now)
        default:
            var bounded = injection
            bounded.value = injection.value.map { max(-1e6, min(1e6, $0)) }
            if !adapter.inject(bounded, at: now) { return Rejection(.unsupported) }
        }
        return nil
    }

    /// How an injection is taken back that is about to be carried out; `nil` for an event, which leaves nothing behind.
    private func undoing(_ injection: InjectRequest) -> InjectionLedger<Self>.Undoing? {
        switch injection.kind {
        case .utcStep: return { [utcStepNs] robot, _ in robot.utcStepNs = utcStepNs }
        case .sensorFreeze: return { robot, _ in robot.pictures.frozen = [:] }
        case .handOverFailure: return { robot, _ in robot.control.failsNext = false }
        case .spinalTarget: return { robot, _ in robot.spinalTarget = nil }
        // A test of the stop path since then counts.
        case .selfTestAge:
            return { [stopTestedNs] robot, _ in robot.stopTestedNs = max(robot.stopTestedNs, stopTestedNs) }
        case .interlock:
            return { [isOK = supervisor.interlocksOK] robot, now in robot.apply(.interlocks(ok: isOK), now) }
        // A source that is pressed keeps the robot in the mode; local control ends by itself, and in the mode.
        case .toolChange, .robotClockStep, .stallLoop, .localControl, .powerCycle, .stopSource: return nil
        default:
            let opposite = opposite(of: injection)
            return { robot, now in _ = robot.adapter.inject(opposite, at: now) }
        }
    }

    /// Gives a body back what it had before an injection: no force and no hold on a joint, the warmth and the charge of now.
    private func opposite(of injection: InjectRequest) -> InjectRequest {
        var opposite = InjectRequest()
        (opposite.kind, opposite.index, opposite.value) = (injection.kind, injection.index, 0)
        let measured = adapter.measurement
        switch injection.kind {
        case .temperature where Int(injection.index) < measured.temperature.count:
            opposite.value = Double(measured.temperature[Int(injection.index)])
        case .stateOfCharge: opposite.value = measured.battery?.charge ?? 1
        default: break
        }
        return opposite
    }

    /// Whatever was injected does not outlive TEST mode, however the mode was left. Local control is part of a test.
    mutating func undoInjections(_ now: Int64) {
        guard !injected.isEmpty, supervisor.mode != .test, localUntilNs == nil else { return }
        let undone = injected.takeAll()
        if faults.breaks(.cnf01Kept) { return }
        for undo in undone { undo(&self, now) }
    }

    /// No injection lasts longer; ns.
    private static var longestInjectionNs: Int64 { 3_600_000_000_000 }

    /// A time of the sender's that no arithmetic can overflow with: within a hundred years; ns.
    private static func bounded(_ nanoseconds: Double) -> Int64 {
        let limit = 3.2e18
        return nanoseconds.isFinite ? Int64(max(-limit, min(limit, nanoseconds))) : 0
    }

    /// A tool change: new descriptor epoch, told to everyone before any command of the new epoch (DSC-03).
    private mutating func changeTool(_ now: Int64) {
        if faults.breaks(.dsc03) { return }
        descriptor.descriptorEpoch += 1
        recalibrate(now)
        descriptorBytes = descriptor.encoded()
        descriptorHash = hashing(descriptorBytes)
        var event = DescriptorChanged()
        event.descriptorEpoch = descriptor.descriptorEpoch
        event.sha256 = descriptorHash
        event.what = "tool change"
        event.timeNs = now
        broadcast(event, now)
        nextStatusNs = now
    }
}
