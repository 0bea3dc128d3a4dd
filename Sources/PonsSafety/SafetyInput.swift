public import PonsVocabulary

/// What can happen to the supervisor. Whoever sends an event has already authenticated the session behind it.
public enum SafetyInput: Equatable, Sendable {
    /// Power came on; `latch` is what was stored before it went.
    case boot(latch: SafetyState?)
    case selfTest(passed: Bool)
    case power(on: Bool, Requester)
    case enable(id: UInt64, Requester, isSynchronised: Bool)
    case disable(Requester, cause: Cause)
    /// Any authenticated session, or a device (SAF-04). `hard` asks for an immediate cut.
    case stop(StopKind, session: UInt64, device: UInt32, hard: Bool, confirmed: Bool)
    case release(session: UInt64, device: UInt32)
    case resetRequest(Requester, nonce: UInt64)
    case resetConfirm(Requester, nonce: UInt64)
    case resume(id: UInt64, Requester)
    case recovery(Requester, holdToRun: Bool, isClear: Bool)
    case mode(OperatingMode, Requester, isLocal: Bool)
    /// A detector's condition became true, or is no longer true.
    case detected(Cause)
    case cleared(Cause)
    /// What the plant shows now.
    case observed(isStill: Bool, Stability)
    case interlocks(ok: Bool)
    /// A condition for a smaller envelope holds, or not.
    case envelope(isReduced: Bool)
    /// Nothing but time.
    case tick
}

/// Who asks: the session, its role, and whether it holds authority over what it wants to move.
public struct Requester: Equatable, Sendable {
    public var session: UInt64
    public var role: Role
    public var isHolder: Bool

    public init(session: UInt64, role: Role, isHolder: Bool) {
        self.session = session
        self.role = role
        self.isHolder = isHolder
    }

    /// Whether the role may power, reset and configure.
    public var isOperator: Bool { role == .operator || role == .service }
}

/// What the supervisor answers to an input.
public struct SafetyOutcome: Equatable, Sendable {
    /// Why it was refused, or `nil`.
    public var refusal: RejectReason?
    public var transitions = SafetyTransitions()
    /// Leases, queues, syncs and enable ids are void from here on: the authority epoch grew.
    public var purge = false
    /// The interlock, or stop source, in the way of an enable or reset.
    public var isBlockedBySource = false
}
