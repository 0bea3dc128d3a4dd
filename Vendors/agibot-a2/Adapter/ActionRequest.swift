/// `McActionRequest`: one fixed mode for external programs, and the name of what they want.
public struct ActionRequest: Codable, Equatable, Sendable {
    public struct Command: Codable, Equatable, Sendable {
        public var action: String
        public var extAction: String
    }

    public var header = RequestHeader()
    public var command: Command

    public init(_ action: BodyAction) {
        command = Command(action: BodyAction.external, extAction: action.rawValue)
    }
}
