public import PonsMessages
public import PonsRobot

/// One type for every simulated robot, whatever adapter is behind it.
public struct MountedAdapter: RobotAdapter {
    private var adapter: any RobotAdapter
    public let descriptor: Descriptor

    init(_ adapter: any RobotAdapter) {
        self.adapter = adapter
        descriptor = adapter.descriptor
    }

    public var measurement: Measurement { adapter.measurement }

    public mutating func boot(at now: Int64) { adapter.boot(at: now) }

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) { adapter.advance(to: now, command) }

    public mutating func takeImages(at now: Int64) -> [Image] { adapter.takeImages(at: now) }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        adapter.inject(injection, at: now)
    }

    public func content(sha256: [UInt8]) -> [UInt8]? { adapter.content(sha256: sha256) }

    public func accepts(_ update: UpdateRequest) -> Bool { adapter.accepts(update) }
}
