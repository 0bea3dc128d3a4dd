public import PonsBrain

/// Somebody else's program on the robot that the runner plays: the brain under test.
public protocol Guest {
    /// A link to the robot is up. All times: own monotonic clock, ns. Every call returns frames to send.
    mutating func opened(at now: Int64) -> [[UInt8]]
    mutating func receive(_ bytes: [UInt8], at now: Int64) -> [[UInt8]]
    mutating func advance(to now: Int64) -> [[UInt8]]
    /// How often a fault that was planted in it changed what it did.
    var appliedFaults: Int { get }
}

extension ReferenceBrain: Guest {}

/// What is done to a guest's link for a while.
public enum Hindrance: Equatable, Sendable {
    /// Both directions are late by this much, ns.
    case late(Int64)
    /// The state stream alone falls behind, up to this much, ns: what it sees is old, what it hears is not.
    case stale(Int64)
    /// Nothing of the state stream reaches it.
    case blind
}
