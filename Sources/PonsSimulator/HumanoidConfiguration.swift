public import PonsMessages
public import PonsRobot

/// Which reference humanoid: body, mounting, and what is broken about it.
public struct HumanoidConfiguration: Equatable, Sendable {
    public enum PlantKind: String, CaseIterable, Sendable {
        /// Contacts, balance, falls, cameras.
        case mujoco
        /// Thirty exact joints, about a million steps a second.
        case exact
    }

    public enum Mounting: String, CaseIterable, Sendable {
        /// On its own feet.
        case free
        /// Hangs from the gantry, feet off the floor.
        case gantry
    }

    public enum Side: String, CaseIterable, Sendable { case left, right }

    public var plant: PlantKind
    public var mounting = Mounting.free
    /// Somebody holds a bottle out to this gripper until it is taken. MuJoCo only.
    public var handOver: Side?
    public var fault: Fault?
    /// A reaction that takes longer than it needs.
    public var late: LateReaction?
    /// A vendor's robot, with its native side simulated, instead of the reference's body.
    public var port: SimulatedPort?
    /// What its adapter gets wrong.
    public var mistake: AdapterMistake?
    /// What is odd about it, though legal. Clock, cycles and bytes are odd in virtual time only.
    public var variant: RobotVariant?
    /// What is done to its messages, for tests of those who read them. In virtual time only.
    public var tampering: WireTampering?
    /// In real time pictures are published when they are finished; in virtual time the clock waits for them.
    public var isRealTime = false
    /// Whether links in clear are admitted, and shown as INSECURE.
    public var isLab = false
    /// Another longest silence of setpoints than the reference's; ns.
    public var setpointDeadlineNs: Int64?
    /// What was stored before power went (SAF-07, SAF-11).
    public var latch: SafetyState?
    public var epoch: UInt64 = 0
    /// Of the sensors' noise.
    public var seed: UInt64

    /// Between pictures of the head camera; ns.
    var picturePeriodNs: Int64 { Int64((1e9 / (variant?.pictureRateHz ?? HumanoidDescriptor.pictureRateHz)).rounded()) }

    public init(plant: PlantKind, fault: Fault? = nil, seed: UInt64 = 1) {
        self.plant = plant
        self.fault = fault
        self.seed = seed
    }
}
