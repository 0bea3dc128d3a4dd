import PonsMessages
import PonsRobot
import PonsSafety

/// Two joints that are where they are told to be: the least robot that has everything the runtime looks at.
struct SmallRobot: RobotAdapter {
    static let limits = Self.interval(-1, 1)
    /// rad/s
    static let speed = 2.0

    let descriptor: Descriptor
    private(set) var measurement = Measurement(jointCount: 2)
    /// What the runtime told the joints that no robot may be told; empty when nothing.
    private(set) var offence = ""
    private var last: ActuatorCommand?

    init() {
        var descriptor = Descriptor()
        (descriptor.vendor, descriptor.model, descriptor.serialNumber) = ("fuzz", "two joints", "1")
        (descriptor.hardwareVersion, descriptor.firmwareVersion) = ("1", "1")
        (descriptor.simulator, descriptor.descriptorEpoch) = (true, 1)
        descriptor.joints = ["a", "b"].map(Self.joint)
        descriptor.resources = [Self.resource(1, "whole_body", 0, [0, 1]), Self.resource(2, "b", 1, [1])]
        descriptor.timing = Self.timing
        descriptor.limits = Self.capacities
        descriptor.safety = Self.safety
        descriptor.grippers = [Self.gripper]
        descriptor.features = [
            "joint-position", "action-chunk", "gripper", "task", "injection", "external-control", "update",
        ]
        (descriptor.actionSpaces, descriptor.skills) = (["joint-position"], ["wait"])
        self.descriptor = descriptor
        measurement.grippers = [GripperMeasurement()]
    }

    mutating func boot(at now: Int64) { last = nil }
    mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { false }

    mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        measurement.captureNs = now
        defer { last = command }
        guard command.permission == .run else { return }
        for joint in 0..<2 {
            let target = command.position[joint]
            if !(target >= Float(Self.limits.lower!) - 1e-4 && target <= Float(Self.limits.upper!) + 1e-4) {
                offence = "joint \(joint) is told \(target), beyond its limits"
            }
            if let last, last.permission == command.permission {
                let speed = abs(target - last.position[joint]) * 1000
                if !(speed <= Float(Self.speed) * 1.5) { offence = "joint \(joint) is told to move at \(speed) rad/s" }
            }
            measurement.velocity[joint] = (target - measurement.position[joint]) * 1000
            measurement.position[joint] = target
        }
        measurement.judgeStandstill()
    }

    private static func interval(_ lower: Double, _ upper: Double) -> Interval {
        var interval = Interval()
        (interval.lower, interval.upper) = (lower, upper)
        return interval
    }

    private static func joint(_ name: String) -> JointDescription {
        var joint = JointDescription()
        (joint.name, joint.type) = (name, .revolute)
        (joint.hardPosition, joint.softPosition) = (limits, limits)
        (joint.velocityLimit, joint.accelerationLimit, joint.jerkLimit) = (speed, 10, 1000)
        (joint.effortLimit, joint.stiffnessLimit, joint.dampingLimit) = (10, 100, 10)
        (joint.modes, joint.bumpTolerance) = ([.position, .impedance], 0.05)
        return joint
    }

    private static func resource(_ id: UInt32, _ name: String, _ parent: UInt32, _ joints: [UInt32])
        -> ResourceDescription
    {
        var resource = ResourceDescription()
        (resource.id, resource.name, resource.parentID, resource.jointIndices) = (id, name, parent, joints)
        return resource
    }

    private static var gripper: GripperDescription {
        var gripper = GripperDescription()
        (gripper.name, gripper.resourceID, gripper.width) = ("hand", 2, interval(0, 0.1))
        return gripper
    }

    private static var timing: TimingDescription {
        var timing = TimingDescription()
        (timing.spinalRateHz, timing.smallBrainRateHz, timing.stateRateHz) = (1000, 500, 200)
        timing.setpointDeadlineNs = 50_000_000
        return timing
    }

    private static var capacities: ProtocolLimits {
        var limits = ProtocolLimits()
        (limits.maxControlFrame, limits.maxDatagramFrame, limits.maxSessions) = (65_536, 1200, 3)
        (limits.maxConcurrentTasks, limits.maxChunkHorizon, limits.maxString) = (2, 20, 64)
        (limits.maxPlanNodes, limits.maxSetpointRateHz, limits.commandMemory) = (16, 1000, 100)
        return limits
    }

    private static var safety: SafetyDescription {
        var safety = SafetyDescription()
        var source = StopSourceDescription()
        (source.id, source.name, source.kind) = (1, "button", .emergency)
        safety.stopSources = [source]
        (safety.limitPolicy, safety.resetPlace) = (.reject, .remoteAllowed)
        (safety.selftestTimeNs, safety.reducedSpeed) = (10_000_000, 0.3)
        safety.autoClearCauses = [.protective, .leaseExpired, .leaseRevoked, .peerLost, .noTimesync]
        return safety
    }
}
