/// A network stop source that must be heard of regularly (SAF-30).
struct CheckIn: Sendable {
    var timeoutNs: Int64
    var heardNs: Int64
    /// The session that checks in: the first that did. Another one can't keep a dead source alive.
    var session: UInt64?
    /// Its silence holds the robot stopped.
    var isMissing = false
}
