public import PonsMessages
public import PonsSafety

/// What a vendor implements: facts, and the way to the actuators. Sessions, leases, watchdogs, limits and the safety
/// state machine are inherited from ``RobotRuntime``. An adapter translates; it never repairs a command.
public protocol RobotAdapter: Sendable {
    /// What the robot is. Constant until the adapter reports a change.
    var descriptor: Descriptor { get }

    /// The newest measurement. One that is older than 100 ms stops a robot in motion: nobody knows where its joints are.
    var measurement: Measurement { get }

    /// The robot was powered on, or off and on again.
    mutating func boot(at now: Int64)

    /// One spinal cycle: hand `command` to the actuators, bring ``measurement`` up to `now` (ns, robot monotonic).
    mutating func advance(to now: Int64, _ command: ActuatorCommand)

    /// Camera images finished since the last call. Asked once a cycle, and only while somebody listens.
    mutating func takeImages(at now: Int64) -> [Image]

    /// Carries out an injection of part CNF; false where the robot can't. Called in TEST mode only.
    mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool

    /// A file that the descriptor refers to, by its SHA-256; `nil` for one that there isn't.
    func content(sha256: [UInt8]) -> [UInt8]?

    /// Whether an update is signed by whom the vendor trusts, and not below its floor (SEC-11).
    func accepts(_ update: UpdateRequest) -> Bool
}

extension RobotAdapter {
    public func content(sha256: [UInt8]) -> [UInt8]? { nil }
    public func accepts(_ update: UpdateRequest) -> Bool { false }
    public mutating func takeImages(at now: Int64) -> [Image] { [] }
}

/// What the actuators are told in one cycle. Arrays follow the descriptor's joint order.
public struct ActuatorCommand: Equatable, Sendable {
    public var permission = MotionPermission.off
    /// Targets within all limits: rad or m.
    public var position: [Float]
    /// Feed-forward of the same motion: rad/s or m/s.
    public var velocity: [Float]
    /// Joint-side stiffness and damping; empty means the adapter's own.
    public var stiffness: [Float] = []
    public var damping: [Float] = []
    /// Opening of each gripper, 0 closed to 1 open.
    public var gripperOpening: [Float] = []

    public init(jointCount: Int) {
        position = Array(repeating: 0, count: jointCount)
        velocity = Array(repeating: 0, count: jointCount)
    }
}

/// What was measured at one time. Arrays follow the descriptor's joint order.
public struct Measurement: Equatable, Sendable {
    public var captureNs: Int64 = 0
    public var position: [Float]
    public var velocity: [Float]
    public var effort: [Float]
    public var temperature: [Float]
    /// Orientation x y z w, angular velocity (rad/s), specific force (m/s²).
    public var imu: [Float] = [0, 0, 0, 1, 0, 0, 0, 0, 0, 9.81]
    public var footForce: [Float] = []
    /// Largest external force on the body as the robot estimates it; N.
    public var contactForce: Float = 0
    public var grippers: [GripperMeasurement] = []
    public var base: BaseMeasurement?
    public var stability = Stability.static
    /// No joint and no base moves faster than V_STILL.
    public var isStill = true
    /// `nil` where the robot has none, or none that it can measure.
    public var battery: BatteryMeasurement?

    public init(jointCount: Int) {
        position = Array(repeating: 0, count: jointCount)
        velocity = position
        effort = position
        temperature = Array(repeating: 25, count: jointCount)
    }

    /// Sets ``isStill`` from the joints' velocities, for a robot whose base is not measured: V_STILL is 0.02 rad/s.
    public mutating func judgeStandstill() { isStill = velocity.allSatisfy { abs($0) < 0.02 } }
}

/// A gripper as measured: opening 0 closed to 1 open (MOT-20).
public struct GripperMeasurement: Equatable, Sendable {
    public var opening: Double
    /// Between the fingers, m.
    public var width: Double
    /// Of the weaker finger, N.
    public var force: Double
    public var isHolding: Bool

    public init(opening: Double = 0, width: Double = 0, force: Double = 0, isHolding: Bool = false) {
        self.opening = opening
        self.width = width
        self.force = force
        self.isHolding = isHolding
    }
}

/// Where the base is and how it moves, in the frame it was booted in.
public struct BaseMeasurement: Equatable, Sendable {
    public var position = Vector3(0, 0, 0)
    public var orientation = Quaternion(0, 0, 0, 1)
    public var linearVelocity = Vector3(0, 0, 0)
    public var angularVelocity = Vector3(0, 0, 0)
    /// Distance of the capture point from the edge of support, m; negative outside.
    public var stabilityMargin = 0.0

    public init() {}
}

public struct BatteryMeasurement: Equatable, Sendable {
    /// 0 empty to 1 full.
    public var charge: Double
    /// V
    public var voltage: Double
    /// A, out of the battery
    public var current: Double

    public init(charge: Double = 1, voltage: Double = 58, current: Double = 0) {
        (self.charge, self.voltage, self.current) = (charge, voltage, current)
    }
}
