public import PonsMessages

/// The reference humanoid's descriptor: every declared number is one the robot keeps.
public enum HumanoidDescriptor {
    public static func make(plant: String) -> Descriptor {
        var descriptor = Descriptor()
        descriptor.vendor = "Pons reference"
        descriptor.model = "humanoid-30"
        descriptor.serialNumber = "SIM"
        descriptor.hardwareVersion = "plant-\(plant)"
        descriptor.firmwareVersion = "0.1.0"
        descriptor.simulator = true
        descriptor.labMode = true
        descriptor.legged = true
        descriptor.descriptorEpoch = 1
        descriptor.joints = HumanoidJoint.all.map(joint)
        descriptor.resources = resources
        descriptor.frames = [frame("base", parent: "", height: 0), frame("pelvis", parent: "base", height: 0.85)]
        descriptor.timing = timing
        descriptor.limits = limits
        descriptor.safety = safety
        descriptor.features = ["joint-position", "joint-impedance", "action-chunk", "task", "injection"]
        descriptor.actionSpaces = ["joint-position"]
        descriptor.skills = ["wait"]
        return descriptor
    }

    private static func joint(_ joint: HumanoidJoint) -> JointDescription {
        var description = JointDescription()
        description.name = joint.name
        description.type = .revolute
        description.parentLink = joint.parent
        description.childLink = joint.child
        description.signConvention = "positive: \(joint.sign)"
        description.zeroDefinition = "standing straight, arms hanging, palms inward"
        let margin = 0.05 * (joint.upper - joint.lower)
        description.hardPosition = interval(joint.lower, joint.upper)
        description.softPosition = interval(joint.lower + margin / 2, joint.upper - margin / 2)
        description.velocityLimit = joint.velocity
        description.accelerationLimit = joint.velocity * 4
        description.jerkLimit = joint.velocity * 400
        description.effortLimit = joint.effort
        description.stiffnessLimit = joint.effort * 20
        description.dampingLimit = joint.effort
        description.modes = [.position, .impedance]
        description.temperatureLimit = 90
        description.bumpTolerance = 0.05
        description.followingErrorLimit = 0.35
        description.followingErrorTimeNs = 100_000_000
        return description
    }

    private static func interval(_ lower: Double, _ upper: Double) -> Interval {
        var interval = Interval()
        interval.lower = lower
        interval.upper = upper
        return interval
    }

    private static func frame(_ name: String, parent: String, height: Double) -> FrameDescription {
        var frame = FrameDescription()
        frame.name = name
        frame.parent = parent
        guard !parent.isEmpty else { return frame }
        var position = Vector3()
        (position.x, position.y, position.z) = (0, 0, height)
        var orientation = Quaternion()
        (orientation.x, orientation.y, orientation.z, orientation.w) = (0, 0, 0, 1)
        var pose = Pose()
        pose.position = position
        pose.orientation = orientation
        frame.poseInParent = pose
        return frame
    }

    /// The whole body, and the parts below it.
    private static var resources: [ResourceDescription] {
        let groups: [(UInt32, String, UInt32, (String) -> Bool)] = [
            (1, "whole_body", 0, { _ in true }),
            (2, "legs", 1, { ["hip", "knee", "ankle"].contains(where: $0.contains) }),
            (3, "upper_body", 1, { !["hip", "knee", "ankle"].contains(where: $0.contains) }),
            (
                4, "left_arm", 3,
                { $0.hasPrefix("left_") && ["shoulder", "elbow", "wrist"].contains(where: $0.contains) }
            ),
            (
                5, "right_arm", 3,
                { $0.hasPrefix("right_") && ["shoulder", "elbow", "wrist"].contains(where: $0.contains) }
            ),
            (6, "head", 3, { $0.hasPrefix("head") }),
        ]
        return groups.map { id, name, parent, includes in
            var resource = ResourceDescription()
            resource.id = id
            resource.name = name
            resource.parentID = parent
            resource.jointIndices = HumanoidJoint.all.indices.filter { includes(HumanoidJoint.all[$0].name) }.map(
                UInt32.init)
            return resource
        }
    }

    private static var timing: TimingDescription {
        var timing = TimingDescription()
        timing.spinalRateHz = 1000
        timing.smallBrainRateHz = 500
        timing.stateRateHz = 200
        timing.setpointDeadlineNs = 50_000_000
        timing.chunkDeadlineNs = 500_000_000
        timing.setpointMaxLeadNs = 100_000_000
        timing.taskMaxLeadNs = 2_000_000_000
        timing.leaseDurationNs = 1_000_000_000
        timing.heartbeatPeriodNs = 100_000_000
        timing.peerTimeoutNs = 300_000_000
        timing.syncValidityNs = 30_000_000_000
        timing.maxObservationAgeNs = 500_000_000
        timing.safetyTimeoutNs = 200_000_000
        timing.arraySkewNs = 0
        return timing
    }

    private static var limits: ProtocolLimits {
        var limits = ProtocolLimits()
        limits.maxControlFrame = 65_536
        limits.maxDatagramFrame = 1200
        limits.maxSessions = 8
        limits.maxConcurrentTasks = 4
        limits.maxChunkHorizon = 100
        limits.maxString = 1024
        limits.maxPlanNodes = 256
        limits.maxSetpointRateHz = 1000
        limits.commandMemory = 10_000
        limits.maxCounterGap = 1_000_000
        return limits
    }

    private static var safety: SafetyDescription {
        var safety = SafetyDescription()
        safety.stopSources = [source(1, "estop_button_back"), source(2, "estop_pendant")]
        safety.stopPlans = [
            plan(.protective, .static, .two, 0.5, "decelerate along the path, hold", .protectiveStop),
            plan(.emergency, .static, .one, 6, "decelerate, sit down, torque off", .emergencyStop),
        ]
        safety.limitPolicy = .reject
        safety.resetPlace = .remoteAllowed
        safety.settleTimeNs = 6_000_000_000
        safety.autoClearCauses = [
            .protective, .humanTooClose, .perceptionLost, .leaseExpired, .leaseRevoked, .peerLost, .noTimesync,
        ]
        safety.fallReaction = .tuckAndDamp
        safety.loadPolicy = .hold
        safety.interlocks = ["cell_door", "gantry_clear"]
        safety.stopSelfTestIntervalNs = 86_400_000_000_000
        safety.selftestTimeNs = 100_000_000
        safety.reducedSpeed = 0.3
        return safety
    }

    private static func source(_ id: UInt32, _ name: String) -> StopSourceDescription {
        var source = StopSourceDescription()
        source.id = id
        source.name = name
        source.kind = .emergency
        source.category = .one
        source.acknowledgePlace = .remoteAllowed
        return source
    }

    private static func plan(
        _ kind: StopKind, _ posture: Stability, _ category: StopCategory, _ seconds: Double, _ method: String,
        _ end: SafetyState
    ) -> StopPlan {
        var plan = StopPlan()
        plan.kind = kind
        plan.posture = posture
        plan.category = category
        plan.maxTimeNs = Int64(seconds * 1e9)
        plan.maxTravel = 0.3
        plan.method = method
        plan.endState = end
        return plan
    }
}
