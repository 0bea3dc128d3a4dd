public import PonsMessages
public import PonsRobot
import PonsSafety

/// A port in one process: every cycle goes through the adapter, its native bytes, the native side, and back.
public struct PortedRobot: RobotAdapter {
    public let descriptor: Descriptor
    private var adapter: any RobotAdapter
    private var body: (any NativeBody)?
    private var overlay = SensorOverlay()
    private let mistake: AdapterMistake?
    private var lastCommand: ActuatorCommand

    init(_ port: SimulatedPort, _ configuration: HumanoidConfiguration) throws(PlantFailure) {
        let pair = try port.pair(configuration)
        adapter = pair.adapter
        body = pair.body
        mistake = configuration.mistake
        descriptor = pair.adapter.descriptor
        lastCommand = ActuatorCommand(jointCount: descriptor.joints.count)
    }

    public var measurement: Measurement {
        var measurement = adapter.measurement
        mistake?.spoil(&measurement, descriptor, lastCommand)
        return overlay.apply(to: measurement)
    }

    public mutating func boot(at now: Int64) { adapter.boot(at: now) }

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        var command = command
        lastCommand = command
        mistake?.spoil(&command, descriptor)
        adapter.advance(to: now, command)
        body?.step(to: now)
        overlay.advance(to: now, isHelped: command.permission == .recover)
    }

    public mutating func takeImages(at now: Int64) -> [Image] { adapter.takeImages(at: now) }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        let isSensed = overlay.inject(injection, at: now)
        let isTaken = body?.inject(injection, at: now) ?? adapter.inject(injection, at: now)
        return isTaken || isSensed
    }

    public func content(sha256: [UInt8]) -> [UInt8]? { adapter.content(sha256: sha256) }

    public func accepts(_ update: UpdateRequest) -> Bool { adapter.accepts(update) }
}
