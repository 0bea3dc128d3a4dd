/// `McActionResponse`: what the robot's own controller does, and how far it is.
public struct ActionReport: Codable, Equatable, Sendable {
    public struct Info: Codable, Equatable, Sendable {
        public var currentAction: String?
        public var extAction: String?
        public var status: ActionStatus?
    }

    public var header: ResponseHeader?
    public var info: Info?

    public init(_ action: BodyAction?, _ status: ActionStatus) {
        header = ResponseHeader()
        info = Info(
            currentAction: action == nil ? "McAction_DEFAULT" : BodyAction.external,
            extAction: action?.rawValue ?? "", status: status)
    }
}
