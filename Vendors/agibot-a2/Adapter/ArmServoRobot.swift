public import PonsMessages
public import PonsPort
public import PonsRobot
import PonsSafety
import ROS2Bridge

/// Expedition A2: its makers' controller keeps legs and balance; the arms are servoed over ROS 2, and modes change by calls over HTTP.
public struct ArmServoRobot: RobotAdapter {
    public var descriptor: Descriptor { bridge.descriptor }
    public var measurement: Measurement {
        var measurement = bridge.measurement
        if isSettling { measurement.stability = desk.isSettled ? .static : .dynamic }
        return measurement
    }
    private var bridge: ControlBridge
    private var desk: ActionDesk
    private var isSettling = false

    public init(
        _ manifest: PortManifest, _ interface: PortManifest.ROS2, bus: any NativeBus, isSimulator: Bool, isLab: Bool
    ) {
        bridge = ControlBridge(manifest, interface, bus: bus, isSimulator: isSimulator, isLab: isLab)
        desk = ActionDesk(bus: bus)
    }

    public mutating func boot(at now: Int64) { bridge.boot(at: now) }

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        desk.advance(to: now, command.permission)
        // In any other mode the arms are somebody else's: nothing is sent, and nothing piles up.
        var allowed = command
        if !desk.isServing { allowed.permission = .off }
        bridge.advance(to: now, allowed)
        isSettling = command.permission == .settle
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { false }

    public func content(sha256: [UInt8]) -> [UInt8]? { bridge.content(sha256: sha256) }
}
