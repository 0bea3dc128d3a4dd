public import PonsMessages

extension PortManifest {
    /// What the robot says of itself (part DSC): the facts of the manifest, and the promises of the runtime behind it.
    ///
    /// - Parameter isSimulator: whether the native side is simulated; it can be injected into then.
    public func descriptor(firmware: String, isSimulator: Bool, isLab: Bool) -> Descriptor {
        var descriptor = Descriptor()
        descriptor.vendor = vendor
        descriptor.model = model
        descriptor.serialNumber = isSimulator ? "SIM" : "UNKNOWN"
        descriptor.hardwareVersion = hardware
        descriptor.firmwareVersion = firmware
        descriptor.simulator = isSimulator
        descriptor.labMode = isLab
        descriptor.legged = isLegged
        descriptor.descriptorEpoch = 1
        descriptor.joints = joints.map(description)
        descriptor.resources = resources
        descriptor.frames = frames
        descriptor.sensors = sensors.map(description)
        descriptor.timing = timingDescription
        descriptor.limits = .runtime
        descriptor.safety = safety
        descriptor.features = ["joint-position", "joint-impedance", "action-chunk", "task", "recording", "datagrams"]
        if isSimulator { descriptor.features.append("injection") }
        descriptor.actionSpaces = ["joint-position"]
        descriptor.skills = ["wait"]
        descriptor.claims = claims
        descriptor.softwareBillOfMaterials =
            BillOfMaterials(of: id, packages: ["pons", "swift-nio", "swift-nio-ssl", "swift-crypto"]).reference
        descriptor.vulnerabilityContact = "https://pons.invalid/security (a port of this repository: nobody reads it)"
        return descriptor
    }

    private func description(_ joint: Joint) -> JointDescription {
        var description = JointDescription()
        description.name = joint.name
        description.type = .revolute
        description.parentLink = joint.parent
        description.childLink = joint.child
        description.signConvention = sign
        description.zeroDefinition = zero
        let margin = 0.025 * (joint.upper - joint.lower)
        description.hardPosition = Self.interval(joint.lower, joint.upper)
        description.softPosition = Self.interval(joint.lower + margin, joint.upper - margin)
        description.velocityLimit = joint.velocity
        description.accelerationLimit = joint.velocity * assumed.accelerationPerVelocity
        description.jerkLimit = joint.velocity * assumed.jerkPerVelocity
        description.effortLimit = joint.effort
        description.stiffnessLimit = joint.effort * assumed.stiffnessPerEffort
        description.dampingLimit = joint.effort * assumed.dampingPerEffort
        description.modes = [.position, .impedance]
        description.temperatureLimit = assumed.temperatureLimitC
        description.bumpTolerance = assumed.bumpToleranceRad
        description.followingErrorLimit = assumed.followingErrorRad
        description.followingErrorTimeNs = assumed.followingErrorTimeNs
        return description
    }

    private static func interval(_ lower: Double, _ upper: Double) -> Interval {
        var interval = Interval()
        (interval.lower, interval.upper) = (lower, upper)
        return interval
    }

    // MARK: Body

    private var resources: [ResourceDescription] {
        parts.enumerated().map { index, part in
            var resource = ResourceDescription()
            resource.id = UInt32(index + 1)
            resource.name = part.name
            resource.parentID = UInt32((parts.firstIndex { $0.name == part.parent } ?? -1) + 1)
            resource.jointIndices = joints.indices.filter {
                part.chains.isEmpty || part.chains.contains(joints[$0].chain)
            }.map(UInt32.init)
            return resource
        }
    }

    /// The base, the root link, and the link that each sensor is on.
    private var frames: [FrameDescription] {
        let root = roots.first ?? "base"
        var frames = [Self.frame("base", in: ""), Self.frame(root, in: "base")]
        for sensor in sensors where !frames.contains(where: { $0.name == sensor.frame }) {
            frames.append(Self.frame(sensor.frame, in: root))
        }
        return frames
    }

    private static func frame(_ name: String, in parent: String) -> FrameDescription {
        var frame = FrameDescription()
        (frame.name, frame.parent) = (name, parent)
        return frame
    }

    private func description(_ sensor: Sensor) -> SensorDescription {
        var description = SensorDescription()
        description.id = sensor.id
        description.kind = .imu
        description.frame = sensor.frame
        var orientation = Quaternion()
        (orientation.x, orientation.y, orientation.z, orientation.w) = (0, 0, 0, 1)
        var position = Vector3()
        (position.x, position.y, position.z) = (0, 0, 0)
        var pose = Pose()
        (pose.position, pose.orientation) = (position, orientation)
        description.extrinsics = pose
        description.nominalRateHz = sensor.rateHz
        description.latencyClass = .fast
        description.stampSource = .arrival
        return description
    }

    // MARK: Promises

    private var claims: [ConformanceClaim] {
        profiles.map { profile in
            var claim = ConformanceClaim()
            (claim.profile, claim.level, claim.specVersion) = (profile, "L1", "1.0-draft")
            return claim
        }
    }

    private var timingDescription: TimingDescription {
        var description = TimingDescription.runtime
        description.spinalRateHz = timing.spinalRateHz
        description.smallBrainRateHz = timing.smallBrainRateHz
        description.stateRateHz = timing.stateRateHz
        description.setpointDeadlineNs = timing.setpointDeadlineNs
        return description
    }

    private var safety: SafetyDescription {
        var safety = SafetyDescription()
        var source = StopSourceDescription()
        (source.id, source.name, source.kind) = (1, "estop", .emergency)
        (source.category, source.acknowledgePlace) = (.one, .remoteAllowed)
        safety.stopSources = [source]
        safety.stopPlans = stops.map(plan)
        safety.limitPolicy = .reject
        safety.resetPlace = .remoteAllowed
        safety.settleTimeNs = stops.first(where: \.isEmergency)?.timeNs ?? 0
        safety.autoClearCauses = [
            .protective, .humanTooClose, .perceptionLost, .leaseExpired, .leaseRevoked, .peerLost, .noTimesync,
        ]
        if isLegged { safety.fallReaction = .tuckAndDamp }
        safety.stopSelfTestIntervalNs = 86_400_000_000_000
        safety.selftestTimeNs = 100_000_000
        safety.reducedSpeed = 0.3
        return safety
    }

    private func plan(_ stop: Stop) -> StopPlan {
        var plan = StopPlan()
        plan.kind = stop.isEmergency ? .emergency : .protective
        plan.posture = .static
        plan.category = [.zero, .one, .two][stop.category]
        plan.maxTimeNs = stop.timeNs
        plan.maxTravel = stop.travelRad
        plan.method = stop.method
        plan.endState = stop.isEmergency ? .emergencyStop : .protectiveStop
        return plan
    }
}
