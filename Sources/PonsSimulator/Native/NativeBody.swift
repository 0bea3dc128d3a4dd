public import PonsMessages

/// The far side of a vendor's native interface: firmware and body behind its topics, as true to life as is known.
public protocol NativeBody: Sendable {
    /// One millisecond: takes the commands that came, moves, publishes what is due.
    mutating func step(to now: Int64)

    /// Carries out a physical injection; false where this body can't.
    mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool
}
