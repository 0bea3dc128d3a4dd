/// `McActionStatus`. The same numbers mean something else on other robots of this vendor.
public enum ActionStatus: Int, Codable, Sendable {
    case unknown = 0
    case prepare = 100
    case running = 200
    case done = 300

    private static let names = [
        "McActionStatus_UNKNOWN": unknown, "McActionStatus_PREPARE": prepare, "McActionStatus_RUNNING": running,
        "McActionStatus_DONE": done,
    ]

    /// By name or by number: JSON of protobuf may have either. What isn't known is ``unknown``.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let name = try? value.decode(String.self) {
            self = Self.names[name] ?? .unknown
        } else {
            self = Self(rawValue: try value.decode(Int.self)) ?? .unknown
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(Self.names.first { $0.value == self }!.key)
    }
}
