import Crypto
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
        descriptor.features = ["joint-position", "action-chunk", "task", "recording", "datagrams"]
        if hasImpedance { descriptor.features.append("joint-impedance") }
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
        description.modes = [.position]
        if hasImpedance {
            description.stiffnessLimit = joint.strength * assumed.stiffnessPerEffort
            description.dampingLimit = joint.strength * assumed.dampingPerEffort
            description.modes.append(.impedance)
        }
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
        var frames = [Self.frame("base", in: "")]
        if root != "base" { frames.append(Self.frame(root, in: "base")) }
        for sensor in sensors {
            let parent = sensor.mount?.parent ?? root
            for (name, above, pose) in [(parent, root, nil), (sensor.frame, parent, sensor.mount?.pose)]
            where !frames.contains(where: { $0.name == name }) {
                var frame = Self.frame(name, in: above)
                frame.poseInParent = pose.map(Pose.init)
                frames.append(frame)
            }
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
        switch sensor.kind {
        case .imu: description.kind = .imu
        case .colourCamera: description.kind = .colourCamera
        case .depthCamera: description.kind = .depthCamera
        }
        description.frame = sensor.frame
        description.extrinsics = Pose(MountPose())
        description.nominalRateHz = sensor.rateHz
        description.latencyClass = .fast
        description.stampSource = sensor.optics == nil ? .arrival : .driver
        if let optics = sensor.optics { Self.describe(optics, of: sensor.id, &description) }
        return description
    }

    private static func describe(_ optics: Optics, of id: String, _ description: inout SensorDescription) {
        var intrinsics = Intrinsics()
        intrinsics.model = "pinhole"
        (intrinsics.width, intrinsics.height) = (optics.width, optics.height)
        intrinsics.parameters = optics.focal + optics.centre
        description.intrinsics = intrinsics
        description.calibrationSHA256 = Array(SHA256.hash(data: Array(id.utf8) + intrinsics.encoded()))
        description.syncGroup = optics.isGrouped ? 1 : 0
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

extension Pose {
    fileprivate init(_ pose: MountPose) {
        self.init()
        var (place, turn) = (Vector3(), Quaternion())
        (place.x, place.y, place.z) = (pose.position[0], pose.position[1], pose.position[2])
        (turn.x, turn.y, turn.z, turn.w) = (pose.rotation[0], pose.rotation[1], pose.rotation[2], pose.rotation[3])
        (position, orientation) = (place, turn)
    }
}
