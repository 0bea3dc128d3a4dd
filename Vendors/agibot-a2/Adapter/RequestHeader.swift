/// `RequestHeader`. Who asks decides what is allowed; an external program is SAFE.
public struct RequestHeader: Codable, Equatable, Sendable {
    public var controlSource = "ControlSource_SAFE"

    public init() {}
}
