import PonsSafety
import PonsSpinal
public import PonsVocabulary
public import PonsWire

/// The spinal end of Pons on one microcontroller: it takes setpoint frames, checks the black channel, runs the safety
/// supervisor, and answers with frames of its state.
///
/// One block of memory, no heap, no clock and no socket: the firmware calls it with the time and the bytes. The joints are
/// a first-order model, where a real controller has drives.
public struct MotorController {
    public static let joints = 30
    /// Storage a caller of ``encodeState(at:into:)`` needs.
    public static let frameBytes = FrameHeader.size + FixedWholeBodyState<30>.maximumSize + 8
    /// Setpoints are due every 10 ms; the third one missing is a time-out.
    static let setpointTimeoutNs: Int64 = 30_000_000

    private var setpoint = FixedJointSetpoint<30>()
    private var state = FixedWholeBodyState<30>()
    private var supervisor = SafetySupervisor(parameters: SafetyParameters(), epoch: 1)
    private var counters = CounterMonitor(maxGap: 5)
    private var watchdog = Watchdog(timeoutNs: Self.setpointTimeoutNs)
    private var sent: UInt32 = 0
    private let identity: SessionIdentity

    public init(identity: SessionIdentity) {
        self.identity = identity
        state.descriptorEpoch = 1
        state.hasPosition = true
        state.hasVelocity = true
        state.hasEffort = true
        state.hasCommanded = true
        state.hasApplied = true
        state.hasLimitedMask = true
        state.hasBrakeMask = true
        state.hasFaultMask = true
    }

    /// From power on to operational, as a local operator would do it.
    public mutating func start(at now: Int64) {
        let operatorSession = Requester(session: identity.sessionID, role: .operator, isHolder: true)
        _ = supervisor.handle(.boot(latch: nil), at: now)
        _ = supervisor.handle(.selfTest(passed: true), at: now)
        _ = supervisor.handle(.mode(.remoteAuto, operatorSession, isLocal: true), at: now)
        _ = supervisor.handle(.power(on: true, operatorSession), at: now)
        _ = supervisor.handle(.enable(id: 1, operatorSession, isSynchronised: true), at: now)
    }

    /// Takes one frame. Returns why its setpoint is refused, or `nil` where it is in force.
    public mutating func receive(_ frame: RawSpan, at now: Int64) -> RejectReason? {
        watch(at: now)
        state.receivedSequence = (state.receivedSequence ?? 0) &+ 1
        let refusal = refusal(of: frame, at: now)
        if refusal == nil {
            state.acceptedSequence = setpoint.sequence
            state.receivedNs = now
            watchdog.feed(at: now)
        } else {
            state.rejectedSetpoints = (state.rejectedSetpoints ?? 0) &+ 1
        }
        return refusal
    }

    private mutating func refusal(of frame: RawSpan, at now: Int64) -> RejectReason? {
        let header: FrameHeader
        do throws(FrameError) {
            header = try FrameCheck.open(frame, identity: identity, payloadLimit: WireLimits.datagramFrameBytes)
        } catch {
            if counters.integrityError(at: now) { _ = supervisor.handle(.detected(.integrity), at: now) }
            return .integrity
        }
        if case .refused(let reason) = counters.receive(header.counter) { return reason }
        state.lostSetpoints = UInt32(truncatingIfNeeded: counters.lost)
        guard header.messageType == MessageType.jointSetpoint.rawValue else { return .unsupported }
        let end = FrameHeader.size &+ Int(header.payloadLength)
        do throws(WireError) {
            try setpoint.decode(frame.extracting(FrameHeader.size..<end))
        } catch { return .malformed }
        do throws(Violation) { try setpoint.validate() } catch { return error.reason }
        if setpoint.validUntilNs ?? 0 < now { return .expired }
        if setpoint.descriptorEpoch != state.descriptorEpoch { return .descriptorMismatch }
        return supervisor.motionRefusal
    }

    /// A setpoint that comes after the time-out does not undo it (MOT-04).
    private mutating func watch(at now: Int64) {
        guard watchdog.hasExpired(at: now) else { return }
        watchdog.disarm()
        _ = supervisor.handle(.detected(.commandTimeout), at: now)
    }

    /// One control period: watches the clock, and moves the joints as far as safety permits.
    public mutating func tick(at now: Int64) {
        watch(at: now)
        let isStill = !supervisor.permitsMotion
        _ = supervisor.handle(.observed(isStill: isStill, .static), at: now)
        _ = supervisor.handle(.tick, at: now)
        if supervisor.permitsMotion && watchdog.isArmed && setpoint.hasPosition { move() }
        state.appliedSequence = setpoint.sequence
        state.appliedNs = now
    }

    private mutating func move() {
        for joint in 0..<Self.joints {
            let target = setpoint.position[joint]
            let step = (target - state.position[joint]) * 0.125
            state.position[joint] += step
            state.velocity[joint] = step * 1000
            state.commanded[joint] = target
            state.applied[joint] = target
        }
    }

    /// Writes a state frame to the front of `storage`; returns its size in bytes.
    @_lifetime(storage: copy storage)
    public mutating func encodeState(at now: Int64, into storage: inout MutableRawSpan) -> Int {
        sent &+= 1
        state.sequence = UInt64(sent)
        state.captureNs = now
        state.safetyState = supervisor.state
        state.operatingMode = supervisor.mode
        state.authorityEpoch = supervisor.epoch
        var body = storage._mutatingExtracting(FrameHeader.size..<storage.byteCount)
        let count = state.encode(into: &body)
        var header = FrameHeader(
            messageType: MessageType.wholeBodyState.rawValue, payloadLength: count, sessionID: identity.sessionID)
        header.counter = sent
        header.monitoringNumber = sent
        header.sendTimeNs = now
        return FrameCheck.seal(header, in: &storage, identity: identity)
    }
}
