/// A call of a vendor's native interface over HTTP: what is asked is posted to a path, and one answer comes back.
///
/// A ``NativeBus`` carries both as messages: the caller publishes on ``requests`` and takes from ``answers``.
public struct NativeCall: Hashable, Sendable {
    public var port: UInt16
    /// As in the request line: `/rpc/aimdk.protocol.McActionService/SetAction`.
    public var path: String

    public init(port: UInt16, path: String) { (self.port, self.path) = (port, path) }

    public var requests: String { "POST :\(port)\(path)" }
    public var answers: String { "200 :\(port)\(path)" }
}
