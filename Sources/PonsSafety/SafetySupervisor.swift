public import PonsVocabulary

/// The safety state machine of part SAF: twelve states, twenty-four edges, no other.
///
/// ```
///            1          2           4            5
///  power ──▶ INIT ──▶ OFF ◀──24── STANDBY ──▶ OPERATIONAL ◀─6─▶ REDUCED
///             │3       ▲ ▲          ▲  ▲  ◀──7── │                 │
///             ▼        │ │18,19     │  └─16,17─┐ └───────┬────8────┘
///        ESTOP, FAULT ─┘ │          │          │         ▼
///                 ▲      └──────────┼── 17 ── PSTOP ◀─9,10─ STOPPING, SETTLING
///                 └── 11, 12, 13, 15, 20 ──────┴─────────────────┘     FALL ─22─▶ RECOVERY
/// ```
///
/// Pure and allocation-free: `now` and an input in, transitions and a permission out. Nobody sets the state by hand.
/// Where the design is silent it takes the safer reading: a stop request acts in STANDBY too (edge 8), and an emergency
/// stop latches in OFF as well (edge 12), because a robot must not be powered over a pressed button.
public struct SafetySupervisor: Equatable, Sendable {
    public let parameters: SafetyParameters

    public private(set) var state = SafetyState.initialising
    public private(set) var hold = StopHold.unspecified
    public private(set) var mode = OperatingMode.startup
    public private(set) var stability = Stability.static
    /// Causes that led here or hold now; cleared by reset and resume.
    public private(set) var causes = CauseSet()
    public private(set) var sources = StopSources()
    public private(set) var interlocksOK = true
    /// Category of the stop under way or reached.
    public private(set) var category = StopCategory.unspecified
    /// Grows with every reset, mode change and boot; older leases are void (SAF-11).
    public private(set) var epoch: UInt64
    public private(set) var transitionCount: UInt64 = 0

    /// Detector conditions that are true at this moment.
    private var active = CauseSet()
    /// An emergency was asked for and not reset yet, wherever the machine stands.
    private var emergencyLatched = false
    private var isStill = true
    private var isDisabling = false
    private var disableCause = Cause.disabled
    private var stopDeadlineNs: Int64 = 0
    private var isReduced = false
    private var restoreAtNs: Int64?
    private var recoveryFrom = SafetyState.unspecified
    private var reset: (nonce: UInt64, session: UInt64, expiresNs: Int64)?
    private var enableIDs = RecentIDs()
    private var resumeIDs = RecentIDs()

    /// - Parameter epoch: greater than any epoch of earlier boots.
    public init(parameters: SafetyParameters, epoch: UInt64) {
        self.parameters = parameters
        self.epoch = epoch
    }

    public static func == (left: SafetySupervisor, right: SafetySupervisor) -> Bool {
        left.fingerprint == right.fingerprint && left.sources == right.sources && left.epoch == right.epoch
    }

    // MARK: What the rest of the robot asks

    /// What the actuators may do.
    public var permission: MotionPermission {
        switch state {
        case .standby: .hold
        case .operational, .reduced: isDisabling ? .decelerate : .run
        case .stopping: .decelerate
        case .settling: .settle
        case .protectiveStop: hold == .hold ? .hold : .off
        case .fall: .damp
        case .recovery: .recover
        default: .off
        }
    }

    /// Whether commands of the authority holder may move the robot.
    public var permitsMotion: Bool { permission == .run }

    /// Why commands are refused now, or `nil` where they are not.
    public var motionRefusal: RejectReason? {
        switch state {
        case .operational, .reduced: isDisabling ? .notEnabled : modeRefusal
        case .emergencyStop, .protectiveStop, .fault, .fall, .stopping, .settling: .stopLatched
        default: modeRefusal ?? .notEnabled
        }
    }

    /// A body that can stand lies down: nobody enables it before it was helped up (HUM-09).
    public var isDown: Bool { parameters.isLegged && stability == .down }

    /// What must survive a power cycle (SAF-07), or `nil`.
    public var latch: SafetyState? {
        if emergencyLatched { return .emergencyStop }
        switch state {
        case .emergencyStop, .fault, .fall: return state
        default: return nil
        }
    }

    private var modeRefusal: RejectReason? {
        switch mode {
        case .remoteAuto, .remoteManual, .test: nil
        case .localManual, .teach: .localControl
        default: .modeForbids
        }
    }

    // MARK: Inputs

    /// Takes one input. Cost: constant.
    public mutating func handle(_ input: SafetyInput, at now: Int64) -> SafetyOutcome {
        var outcome = SafetyOutcome()
        switch input {
        case .boot(let latch): boot(latch, now, &outcome)
        case .selfTest(let passed): selfTest(passed, now, &outcome)
        case .power(let on, let requester): power(on, requester, now, &outcome)
        case .enable(let id, let requester, let isSynchronised): enable(id, requester, isSynchronised, now, &outcome)
        case .disable(let requester, let cause): disable(requester, cause, &outcome)
        case .stop(let kind, let session, let device, let hard, let confirmed):
            stop(kind, session, device, hard: hard, confirmed: confirmed, now, &outcome)
        case .release(let session, let device):
            if !sources.release(device: device, session: session, at: now) { outcome.refusal = .unknownName }
            if !sources.anyActive { forget(.protective) }
        case .resetRequest(let requester, let nonce): resetRequest(requester, nonce, now, &outcome)
        case .resetConfirm(let requester, let nonce): resetConfirm(requester, nonce, now, &outcome)
        case .resume(let id, let requester): resume(id, requester, now, &outcome)
        case .recovery(let requester, let holdToRun, let isClear):
            recovery(requester, holdToRun, isClear, now, &outcome)
        case .mode(let mode, let requester, let isLocal): change(mode, requester, isLocal, now, &outcome)
        case .detected(let cause):
            active.insert(cause)
            raise(cause, session: 0, device: 0, now, &outcome)
        case .cleared(let cause):
            active.remove(cause)
            forget(cause)
        case .observed(let isStill, let stability): observe(isStill, stability, now, &outcome)
        case .interlocks(let ok): interlocksOK = ok
        case .envelope(let isReduced): envelope(isReduced, now)
        case .tick: break
        }
        elapse(now, &outcome)
        return outcome
    }

    private mutating func boot(_ latch: SafetyState?, _ now: Int64, _ outcome: inout SafetyOutcome) {
        let parameters = parameters
        let epoch = epoch
        let sources = sources
        self = SafetySupervisor(parameters: parameters, epoch: epoch + 1)
        self.sources = sources
        self.sources.releaseAll(at: now)
        emergencyLatched = latch == .emergencyStop
        if latch == .fault { causes.insert(.internalFault) }
        if latch == .fall { causes.insert(.fall) }
        outcome.purge = true
        report(from: .unspecified, to: .initialising, .boot, edge: 1, now, &outcome)
    }

    private mutating func selfTest(_ passed: Bool, _ now: Int64, _ outcome: inout SafetyOutcome) {
        guard state == .initialising else { return outcome.refusal = .illegalTransition }
        mode = .remoteAuto
        if emergencyLatched {
            causes.insert(.emergency)
            move(to: .emergencyStop, .latchRestored, edge: 3, now, &outcome)
        } else if !passed {
            causes.insert(.selftest)
            move(to: .fault, .selftest, edge: 3, now, &outcome)
        } else if causes.contains(.internalFault) || causes.contains(.fall) {
            move(to: .fault, .latchRestored, edge: 3, now, &outcome)
        } else {
            move(to: .off, .selftestOk, edge: 2, now, &outcome)
        }
    }

    private mutating func power(_ on: Bool, _ requester: Requester, _ now: Int64, _ outcome: inout SafetyOutcome) {
        guard requester.isOperator || requester.isHolder else { return outcome.refusal = .permissionDenied }
        if on {
            guard state == .off else { return outcome.refusal = latch == nil ? .illegalTransition : .stopLatched }
            if let refusal = modeRefusal { return outcome.refusal = refusal }
            guard clear(&outcome) else { return }
            guard !isDown else { return outcome.refusal = .interlock }
            move(to: .standby, .powerOn, edge: 4, now, &outcome)
        } else {
            guard state == .standby else { return outcome.refusal = .illegalTransition }
            move(to: .off, .powerOff, edge: 24, now, &outcome)
        }
    }

    // Within handle(_:at:) it makes that too large to be inlined, and a small firmware carries every input: 4 kB.
    @inline(never)
    private mutating func enable(
        _ id: UInt64, _ requester: Requester, _ isSynchronised: Bool, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        guard requester.isHolder else { return outcome.refusal = .notInControl }
        guard state == .standby else {
            return outcome.refusal = motionRefusal == .stopLatched ? .stopLatched : .illegalTransition
        }
        if let refusal = modeRefusal { return outcome.refusal = refusal }
        guard isSynchronised else { return outcome.refusal = .noTimesync }
        guard !enableIDs.contains(id) else { return outcome.refusal = .enableReused }
        guard clear(&outcome) else { return }
        enableIDs.insert(id)
        move(to: .operational, .enabled, edge: 5, now, &outcome)
    }

    private mutating func disable(_ requester: Requester, _ cause: Cause, _ outcome: inout SafetyOutcome) {
        guard requester.isHolder else { return outcome.refusal = .notInControl }
        guard state == .operational || state == .reduced else { return outcome.refusal = .illegalTransition }
        isDisabling = true
        disableCause = cause
    }

    /// Interlocks are true and no source asks for a stop.
    private func clear(_ outcome: inout SafetyOutcome) -> Bool {
        if sources.anyActive {
            outcome.isBlockedBySource = true
            outcome.refusal = .resetBlocked
        } else if !interlocksOK {
            outcome.refusal = .interlock
        }
        return outcome.refusal == nil
    }

    // MARK: Stops

    private mutating func stop(
        _ kind: StopKind, _ session: UInt64, _ device: UInt32, hard: Bool, confirmed: Bool, _ now: Int64,
        _ outcome: inout SafetyOutcome
    ) {
        // A hard cut drops a legged robot: without the confirmation it is the emergency stop of the posture (HUM-05).
        if hard && parameters.isLegged && !confirmed { return outcome.refusal = .confirmRequired }
        _ = sources.assert(device: device, session: session, kind: kind, at: now)
        if hard && kind == .emergency {
            emergencyLatched = true
            causes.insert(.emergency)
            cut(session: session, device: device, now, &outcome)
        } else {
            raise(kind == .emergency ? .emergency : .protective, session: session, device: device, now, &outcome)
        }
    }

    private mutating func cut(session: UInt64, device: UInt32, _ now: Int64, _ outcome: inout SafetyOutcome) {
        switch state {
        case .initialising, .emergencyStop, .fault, .fall: return
        default: break
        }
        category = .zero
        move(to: .emergencyStop, .emergency, edge: 12, now, &outcome, session: session, device: device)
    }

    /// A cause holds: react as the table of causes says.
    private mutating func raise(
        _ cause: Cause, session: UInt64, device: UInt32, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        let reaction = Reaction.to(cause)
        if case .protective(_, whenMoving: true) = reaction, !isUnderway { return }
        if reaction == .none { return }
        if cause == .fall && !parameters.isLegged { return }
        causes.insert(cause)
        if cause == .emergency { emergencyLatched = true }
        switch reaction {
        case .emergency: emergency(session, device, now, &outcome)
        case .protective(let category, _): protective(cause, category, session, device, now, &outcome)
        case .fault: fault(cause, now, &outcome)
        case .fall: fall(now, &outcome)
        case .none: break
        }
    }

    /// A cause that holds no more and led to no stop is gone: there is nothing that a reset could clear it from.
    private mutating func forget(_ cause: Cause) {
        guard !active.contains(cause) else { return }
        switch state {
        case .off, .standby, .operational, .reduced: causes.remove(cause)
        default: break
        }
    }

    /// Commands move the robot, or a stop from motion is under way.
    private var isUnderway: Bool {
        switch state {
        case .operational, .reduced, .stopping, .settling, .recovery: true
        default: false
        }
    }

    private mutating func emergency(
        _ session: UInt64, _ device: UInt32, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        switch state {
        case .standby, .operational, .reduced, .recovery:
            begin(.emergency, parameters.category(.emergency, stability), session, device, now, &outcome)
        case .stopping, .settling: strengthen(parameters.category(.emergency, stability))
        case .protectiveStop:
            move(to: .emergencyStop, .emergency, edge: 15, now, &outcome, session: session, device: device)
        case .off:
            category = .zero
            move(to: .emergencyStop, .emergency, edge: 12, now, &outcome, session: session, device: device)
        default: break
        }
    }

    private mutating func protective(
        _ cause: Cause, _ category: StopCategory, _ session: UInt64, _ device: UInt32, _ now: Int64,
        _ outcome: inout SafetyOutcome
    ) {
        switch state {
        case .standby, .operational, .reduced, .recovery:
            let planned = parameters.category(.protective, stability)
            begin(cause, category.isStronger(than: planned) ? category : planned, session, device, now, &outcome)
        case .stopping, .settling: strengthen(category)
        default: break
        }
    }

    private mutating func fault(_ cause: Cause, _ now: Int64, _ outcome: inout SafetyOutcome) {
        switch state {
        case .initialising, .fault, .emergencyStop, .fall: break
        case .protectiveStop: move(to: .fault, cause, edge: 15, now, &outcome)
        case .stopping, .settling: move(to: .fault, cause, edge: 13, now, &outcome)
        default: move(to: .fault, cause, edge: 20, now, &outcome)
        }
    }

    private mutating func fall(_ now: Int64, _ outcome: inout SafetyOutcome) {
        switch state {
        case .initialising, .off, .fall, .emergencyStop, .fault: break
        case .protectiveStop where hold == .off: break
        default: move(to: .fall, .fall, edge: 21, now, &outcome)
        }
    }

    private mutating func begin(
        _ cause: Cause, _ category: StopCategory, _ session: UInt64, _ device: UInt32, _ now: Int64,
        _ outcome: inout SafetyOutcome
    ) {
        self.category = category
        let settles = parameters.isLegged && category != .two
        stopDeadlineNs = now + (settles ? parameters.settleTimeNs : parameters.stopTimeNs)
        move(
            to: settles ? .settling : .stopping, cause, edge: 8, now, &outcome, session: session, device: device)
        settle(now, &outcome)
    }

    /// A stop under way may only become stronger; its clock runs on.
    private mutating func strengthen(_ category: StopCategory) {
        if category.isStronger(than: self.category) { self.category = category }
    }

    /// Ends a stop that has reached what it wants.
    private mutating func settle(_ now: Int64, _ outcome: inout SafetyOutcome) {
        guard state == .stopping || state == .settling, isStill else { return }
        if state == .settling && stability != .static { return }
        let cause = causes.mostSevere ?? .standstill
        if emergencyLatched {
            move(to: .emergencyStop, cause, edge: 11, now, &outcome)
        } else if category == .two {
            hold = .hold
            move(to: .protectiveStop, cause, edge: 9, now, &outcome)
        } else {
            hold = .off
            move(to: .protectiveStop, cause, edge: 10, now, &outcome)
        }
    }

    // MARK: Leaving a stop

    private mutating func resetRequest(
        _ requester: Requester, _ nonce: UInt64, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        guard requester.isOperator else { return outcome.refusal = .permissionDenied }
        guard isResettable else { return outcome.refusal = .illegalTransition }
        guard !sources.anyActive else {
            outcome.isBlockedBySource = true
            return outcome.refusal = .resetBlocked
        }
        reset = (nonce, requester.session, now + parameters.nonceValidityNs)
    }

    private mutating func resetConfirm(
        _ requester: Requester, _ nonce: UInt64, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        guard requester.isOperator else { return outcome.refusal = .permissionDenied }
        guard let reset, reset.nonce == nonce, reset.session == requester.session, now <= reset.expiresNs, nonce != 0
        else { return outcome.refusal = .nonceInvalid }
        self.reset = nil
        guard isResettable else { return outcome.refusal = .illegalTransition }
        guard !sources.anyActive else {
            outcome.isBlockedBySource = true
            return outcome.refusal = .resetBlocked
        }
        guard active.isEmpty else { return outcome.refusal = .resetBlocked }
        let staysPowered = state == .protectiveStop && hold == .hold
        let edge: UInt8 = state == .protectiveStop ? 17 : state == .emergencyStop ? 18 : 19
        clearStop()
        epoch += 1
        outcome.purge = true
        move(to: staysPowered ? .standby : .off, .reset, edge: edge, now, &outcome, session: requester.session)
    }

    private var isResettable: Bool {
        state == .protectiveStop || state == .emergencyStop || state == .fault
    }

    private mutating func clearStop() {
        causes = CauseSet()
        emergencyLatched = false
        category = .unspecified
        reset = nil
    }

    private mutating func resume(
        _ id: UInt64, _ requester: Requester, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        guard requester.isHolder else { return outcome.refusal = .notInControl }
        guard state == .protectiveStop, hold == .hold else {
            return outcome.refusal = latch == nil ? .illegalTransition : .stopLatched
        }
        guard !resumeIDs.contains(id) else { return outcome.refusal = .enableReused }
        guard causes.isSubset(of: parameters.autoClear) else { return outcome.refusal = .stopLatched }
        guard active.isEmpty, !sources.anyActive else {
            outcome.isBlockedBySource = sources.anyActive
            return outcome.refusal = .resetBlocked
        }
        resumeIDs.insert(id)
        clearStop()
        move(to: .standby, .resumed, edge: 16, now, &outcome, session: requester.session)
    }

    private mutating func recovery(
        _ requester: Requester, _ holdToRun: Bool, _ isClear: Bool, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        guard requester.isOperator else { return outcome.refusal = .permissionDenied }
        if state == .recovery {
            if !holdToRun { endRecovery(now, &outcome) }
            return
        }
        let lies = state == .fall || (state == .off && isDown)
        guard holdToRun, lies || state == .protectiveStop || (state == .fault && !emergencyLatched) else {
            return outcome.refusal = .illegalTransition
        }
        guard isClear || !lies else { return outcome.refusal = .interlock }
        guard clear(&outcome) else { return }
        recoveryFrom = lies ? .fall : state
        move(to: .recovery, .recovery, edge: lies ? 22 : 23, now, &outcome, session: requester.session)
    }

    private mutating func endRecovery(_ now: Int64, _ outcome: inout SafetyOutcome) {
        if recoveryFrom == .fall {
            clearStop()
            epoch += 1
            outcome.purge = true
            move(to: .off, .recovery, edge: 22, now, &outcome)
        } else {
            hold = .hold
            move(to: .protectiveStop, .recovery, edge: 23, now, &outcome)
        }
    }

    private mutating func change(
        _ mode: OperatingMode, _ requester: Requester, _ isLocal: Bool, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        guard requester.isOperator || isLocal else { return outcome.refusal = .permissionDenied }
        guard state == .off || state == .standby else { return outcome.refusal = .illegalTransition }
        guard mode != .startup, mode != .unspecified, mode.isKnown else { return outcome.refusal = .unknownEnum }
        switch self.mode {
        case .localManual, .teach, .service:
            guard isLocal else { return outcome.refusal = .localControl }
        default: break
        }
        if mode == .test || mode == .service {
            guard requester.role == .service || isLocal else { return outcome.refusal = .permissionDenied }
        }
        if mode == .test && !isLocal && !parameters.isSimulator { return outcome.refusal = .localControl }
        if mode == self.mode { return }
        let needsOff = mode == .test || mode == .service
        self.mode = mode
        epoch += 1
        outcome.purge = true
        if needsOff && state == .standby { move(to: .off, .modeChange, edge: 24, now, &outcome) }
    }

    // MARK: The plant, the envelope, time

    private mutating func observe(
        _ isStill: Bool, _ stability: Stability, _ now: Int64, _ outcome: inout SafetyOutcome
    ) {
        self.isStill = isStill
        self.stability = stability
        // Who is being helped up lies on the floor; falling once more is a fall.
        let isDown = stability == .down && state != .recovery
        if stability == .falling || isDown {
            raise(.fall, session: 0, device: 0, now, &outcome)
        }
        settle(now, &outcome)
        if isDisabling && isStill {
            move(to: .standby, disableCause, edge: 7, now, &outcome)
        }
        if state == .protectiveStop && hold == .hold && !isStill {
            causes.insert(.standstillViolation)
            hold = .off
            move(to: .protectiveStop, .standstillViolation, edge: 14, now, &outcome)
        }
    }

    private mutating func envelope(_ isReduced: Bool, _ now: Int64) {
        if isReduced {
            self.isReduced = true
            restoreAtNs = nil
        } else if self.isReduced && restoreAtNs == nil {
            restoreAtNs = now + parameters.restoreDelayNs
        }
    }

    private mutating func elapse(_ now: Int64, _ outcome: inout SafetyOutcome) {
        if (state == .stopping || state == .settling) && now >= stopDeadlineNs {
            causes.insert(.stopOverrun)
            move(to: .fault, .stopOverrun, edge: 13, now, &outcome)
        }
        if let restoreAtNs, now >= restoreAtNs {
            isReduced = false
            self.restoreAtNs = nil
        }
        if state == .operational && isReduced { move(to: .reduced, .reduced, edge: 6, now, &outcome) }
        if state == .reduced && !isReduced { move(to: .operational, .restored, edge: 6, now, &outcome) }
    }

    // MARK: Moving

    private mutating func move(
        to next: SafetyState, _ cause: Cause, edge: UInt8, _ now: Int64, _ outcome: inout SafetyOutcome,
        session: UInt64 = 0, device: UInt32 = 0
    ) {
        let previous = state
        state = next
        if next != .protectiveStop { hold = .unspecified }
        if next != .operational && next != .reduced { isDisabling = false }
        report(from: previous, to: next, cause, edge: edge, now, &outcome, session: session, device: device)
    }

    private mutating func report(
        from: SafetyState, to: SafetyState, _ cause: Cause, edge: UInt8, _ now: Int64, _ outcome: inout SafetyOutcome,
        session: UInt64 = 0, device: UInt32 = 0
    ) {
        transitionCount += 1
        outcome.transitions.append(
            SafetyTransition(
                sequence: transitionCount, from: from, to: to, hold: hold, cause: cause, causes: causes,
                category: category, edge: edge, timeNs: now, session: session, device: device))
    }

    /// Declares the stop devices of the descriptor.
    public mutating func declare(device: UInt32, kind: StopKind) { sources.declare(device: device, kind: kind) }

    /// Forgets a stop device that is not active.
    public mutating func remove(device: UInt32) { sources.remove(device: device) }

    /// Everything that decides future behaviour except counters and absolute times; for exhaustive exploration.
    public var fingerprint: SafetyFingerprint {
        SafetyFingerprint(
            state: state, hold: hold, mode: mode, stability: stability, causes: causes, active: active,
            category: category, emergencyLatched: emergencyLatched, isStill: isStill, isDisabling: isDisabling,
            isReduced: isReduced, isRestoring: restoreAtNs != nil, recoveryFrom: recoveryFrom,
            isResetPending: reset != nil, interlocksOK: interlocksOK, hasSources: sources.anyActive)
    }
}

/// An abstract of a supervisor: two with the same fingerprint behave alike but for ids and times.
public struct SafetyFingerprint: Hashable, Sendable {
    public let state: SafetyState
    public let hold: StopHold
    public let mode: OperatingMode
    public let stability: Stability
    public let causes: CauseSet
    public let active: CauseSet
    public let category: StopCategory
    public let emergencyLatched: Bool
    public let isStill: Bool
    public let isDisabling: Bool
    public let isReduced: Bool
    public let isRestoring: Bool
    public let recoveryFrom: SafetyState
    public let isResetPending: Bool
    public let interlocksOK: Bool
    public let hasSources: Bool
}

extension StopCategory {
    /// Category 0 is stronger than 1, 1 than 2.
    func isStronger(than other: StopCategory) -> Bool { rawValue < other.rawValue }
}
