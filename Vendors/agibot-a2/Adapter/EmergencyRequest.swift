/// `EmergencyCommand`: clearing is the same call with false.
public struct EmergencyRequest: Codable, Equatable, Sendable {
    public struct Command: Codable, Equatable, Sendable {
        public var softwareEmergencyStop: Bool
    }

    public var header = RequestHeader()
    public var command: Command

    public init(isStopped: Bool) { command = Command(softwareEmergencyStop: isStopped) }
}
