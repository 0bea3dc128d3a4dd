/// A network stop source that must be heard of regularly (SAF-30).
struct CheckIn: Sendable {
    var timeoutNs: Int64
    var heardNs: Int64
    /// Its silence holds the robot stopped.
    var isMissing = false
}
