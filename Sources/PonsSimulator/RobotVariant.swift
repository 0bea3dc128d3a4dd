import PonsMessages

/// A robot that keeps every requirement in another way than the reference does: odd, but legal. A suite that fails one of
/// them is stricter than the standard.
public enum RobotVariant: String, CaseIterable, Sendable {
    // How it writes
    case unknownFields = "unknown-fields"
    case reversedFields = "reversed-fields"
    case unpackedArrays = "unpacked-arrays"
    case countersNearWrap = "counters-near-wrap"
    case chineseNames = "chinese-names"
    case longestNames = "longest-names"
    // What it has
    case otherNames = "other-names"
    case bare
    case legless
    case withoutGripper = "without-gripper"
    case withoutSensors = "without-sensors"
    case withoutPeople = "without-people"
    case withoutPolicies = "without-policies"
    case withoutPlanner = "without-planner"
    case vendorFeatures = "vendor-features"
    // What it promises
    case longestDeadlines = "longest-deadlines"
    case shortDeadlines = "short-deadlines"
    case narrowLimits = "narrow-limits"
    case clampingLimits = "clamping-limits"
    case wideTolerances = "wide-tolerances"
    case narrowTolerances = "narrow-tolerances"
    case keepsFarther = "keeps-farther"
    // When it does things
    case fastClock = "fast-clock"
    case slowClock = "slow-clock"
    case longRunning = "long-running"
    case lateCycles = "late-cycles"
    case unevenCycles = "uneven-cycles"
    case slowStart = "slow-start"
    case slowStops = "slow-stops"
    case slowCameras = "slow-cameras"
    case busyState = "busy-state"
    case sparseState = "sparse-state"
    // Who else is there
    case onlooker

    /// What is odd about it.
    public var text: String {
        switch self {
        case .unknownFields: "every message carries fields of a newer minor version"
        case .reversedFields: "fields stand in reverse order in every message"
        case .unpackedArrays: "numbers of an array come one by one, not packed"
        case .countersNearWrap: "frame counters begin just below the end of their range"
        case .chineseNames: "vendor, model and texts are Chinese"
        case .longestNames: "texts are as long as they may be"
        case .otherNames: "joints, parts and grippers have other names and numbers"
        case .bare: "nothing but the core: no policies, planner, gripper, sensors, people, legs"
        case .legless: "it stands on a plate and can't fall"
        case .withoutGripper: "no gripper"
        case .withoutSensors: "no sensor is published"
        case .withoutPeople: "no separation from people"
        case .withoutPolicies: "no action chunks"
        case .withoutPlanner: "no tasks"
        case .vendorFeatures: "features and skills that only its vendor knows"
        case .longestDeadlines: "every deadline is as long as the standard allows"
        case .shortDeadlines: "deadlines are half as long as the reference's"
        case .narrowLimits: "few sessions and tasks, short texts, short chunks and plans"
        case .clampingLimits: "targets beyond a soft limit are clamped, not refused"
        case .wideTolerances: "joints bear more heat, larger steps and more lag; setpoints may come twice as fast"
        case .narrowTolerances: "joints bear less heat, smaller steps and less lag; setpoints may come half as fast"
        case .keepsFarther: "it keeps more than twice as far from people, whom it takes to be faster"
        case .fastClock: "its clock is 200 ppm fast"
        case .slowClock: "its clock is 200 ppm slow"
        case .longRunning: "its clock has run for a year"
        case .lateCycles: "it wakes up only every 8 ms"
        case .unevenCycles: "it wakes up after anything between 1 and 8 ms"
        case .slowStart: "its self-test takes five seconds"
        case .slowStops: "a stop takes as long as the standard allows"
        case .slowCameras: "five pictures a second"
        case .busyState: "a thousand states a second"
        case .sparseState: "a hundred states a second"
        case .onlooker: "somebody else is always watching"
        }
    }

    /// Share by which its clock runs fast.
    public var clockDrift: Double {
        switch self {
        case .fastClock: 200e-6
        case .slowClock: -200e-6
        default: 0
        }
    }

    /// How much later than others its clock began; ns.
    public var clockLeadNs: Int64 { self == .longRunning ? 365 * 86_400 * 1_000_000_000 : 0 }

    /// Longest time from one wake-up of its control thread to the next; ns.
    public var longestSleepNs: Int64 { self == .lateCycles || self == .unevenCycles ? 8_000_000 : 1_000_000 }

    /// Of its head camera.
    var pictureRateHz: Double { self == .slowCameras ? 5 : HumanoidDescriptor.pictureRateHz }

    /// Where its frame counters begin.
    public var firstCounter: UInt32 { self == .countersNearWrap ? .max - 100 : 0 }

    /// How its messages are written.
    public var wireHabit: WireHabit? {
        switch self {
        case .unknownFields: .unknownFields
        case .reversedFields: .reversedFields
        case .unpackedArrays: .unpackedArrays
        default: nil
        }
    }

    /// Changes what the reference says of itself.
    func change(_ descriptor: inout Descriptor) {
        switch self {
        case .chineseNames: nameInChinese(&descriptor)
        case .longestNames: nameAtLength(&descriptor)
        case .otherNames: rename(&descriptor)
        case .bare:
            for variant in [Self.legless, .withoutGripper, .withoutSensors, .withoutPeople, .withoutPolicies] {
                variant.change(&descriptor)
            }
            descriptor.features = ["joint-position", "injection"]
            descriptor.skills = []
            descriptor.safety?.interlocks = []
            for index in descriptor.joints.indices { descriptor.joints[index].temperatureLimit = nil }
            claim(["CORE", "MOTION"], &descriptor)
        case .legless:
            descriptor.legged = false
            descriptor.safety?.fallReaction = .unspecified
            disclaim("LEGGED", &descriptor)
        case .withoutGripper:
            descriptor.grippers = []
            descriptor.features.removeAll { $0 == "gripper" }
            descriptor.safety?.loadPolicy = .unspecified
        case .withoutSensors:
            descriptor.sensors.removeAll { $0.kind != .imu || !descriptor.legged }
            disclaim("PERCEPTION", &descriptor)
        case .withoutPeople:
            descriptor.safety?.separation = nil
            disclaim("SSM", &descriptor)
        case .withoutPolicies:
            descriptor.features.removeAll { $0 == "action-chunk" }
            disclaim("CHUNK", &descriptor)
        case .withoutPlanner:
            descriptor.features.removeAll { $0 == "task" }
            descriptor.skills = []
            disclaim("TASK", &descriptor)
        case .vendorFeatures:
            descriptor.features += ["x-vendor-dance", "x-vendor-vision-3"]
            descriptor.skills += ["x-vendor-wave"]
            descriptor.deprecatedFeatures = ["x-vendor-vision-2"]
        case .longestDeadlines: stretch(&descriptor)
        case .shortDeadlines: shorten(&descriptor)
        case .narrowLimits: narrow(&descriptor)
        case .lateCycles, .unevenCycles: descriptor.timing?.stateRateHz = 100
        case .clampingLimits: descriptor.safety?.limitPolicy = .clamp
        case .wideTolerances: tolerate(celsius: 130, step: 0.2, lag: 0.6, lagNs: 300_000_000, rateShare: 2, &descriptor)
        case .narrowTolerances:
            tolerate(celsius: 60, step: 0.03, lag: 0.2, lagNs: 50_000_000, rateShare: 0.5, &descriptor)
        case .keepsFarther: keepFarther(&descriptor)
        case .slowStart: descriptor.safety?.selftestTimeNs = 5_000_000_000
        case .slowStops: stopSlowly(&descriptor)
        case .slowCameras:
            for index in descriptor.sensors.indices
            where descriptor.sensors[index].kind.isCamera {
                descriptor.sensors[index].nominalRateHz = pictureRateHz
            }
        case .busyState: descriptor.timing?.stateRateHz = 1000
        case .sparseState: descriptor.timing?.stateRateHz = 100
        default: break
        }
    }

    private func claim(_ profiles: Set<String>, _ descriptor: inout Descriptor) {
        descriptor.claims.removeAll { !profiles.contains($0.profile) }
    }

    private func disclaim(_ profile: String, _ descriptor: inout Descriptor) {
        descriptor.claims.removeAll { $0.profile == profile }
    }

    // MARK: Names

    private func nameInChinese(_ descriptor: inout Descriptor) {
        descriptor.vendor = "脑桥参考机器人（上海）有限公司"
        descriptor.model = "人形三十号·甲"
        descriptor.firmwareVersion = "零点一·测试版"
        for index in descriptor.joints.indices {
            descriptor.joints[index].signConvention = "正方向：从零位向前或向左转动，右手定则"
            descriptor.joints[index].zeroDefinition = "直立，双臂自然下垂，掌心向内"
        }
        for index in descriptor.safety?.stopPlans.indices ?? 0..<0 {
            descriptor.safety?.stopPlans[index].method = "沿路径减速，随后保持或坐下"
        }
    }

    private func nameAtLength(_ descriptor: inout Descriptor) {
        descriptor.vendor = String(repeating: "V", count: 128)
        descriptor.model = String(repeating: "M", count: 128)
        descriptor.firmwareVersion = String(repeating: "9", count: 64)
        for index in descriptor.joints.indices {
            descriptor.joints[index].signConvention = String(repeating: "s", count: 256)
            descriptor.joints[index].zeroDefinition = String(repeating: "z", count: 256)
        }
    }

    /// As another vendor would name the same body: numbers for parts, joints by their place.
    private func rename(_ descriptor: inout Descriptor) {
        for index in descriptor.joints.indices { descriptor.joints[index].name = "j\(index + 1)" }
        for index in descriptor.grippers.indices { descriptor.grippers[index].name = "hand_\(index)" }
        for index in descriptor.resources.indices {
            descriptor.resources[index].id += 40
            if descriptor.resources[index].parentID != 0 { descriptor.resources[index].parentID += 40 }
            descriptor.resources[index].name = "part_\(index)"
        }
        for index in descriptor.grippers.indices { descriptor.grippers[index].resourceID += 40 }
        for index in descriptor.frames.indices {
            descriptor.frames[index].name = "at_" + descriptor.frames[index].name
            if !descriptor.frames[index].parent.isEmpty {
                descriptor.frames[index].parent = "at_" + descriptor.frames[index].parent
            }
        }
        for index in descriptor.sensors.indices {
            descriptor.sensors[index].frame = "at_" + descriptor.sensors[index].frame
        }
    }

    // MARK: Promises

    private func stretch(_ descriptor: inout Descriptor) {
        descriptor.timing?.setpointDeadlineNs = 100_000_000
        descriptor.timing?.chunkDeadlineNs = 1_000_000_000
        descriptor.timing?.leaseDurationNs = 2_000_000_000
        descriptor.timing?.peerTimeoutNs = 500_000_000
        descriptor.timing?.syncValidityNs = 60_000_000_000
    }

    private func shorten(_ descriptor: inout Descriptor) {
        descriptor.timing?.setpointDeadlineNs = 25_000_000
        descriptor.timing?.chunkDeadlineNs = 250_000_000
        descriptor.timing?.leaseDurationNs = 500_000_000
        descriptor.timing?.peerTimeoutNs = 250_000_000
        descriptor.timing?.syncValidityNs = 15_000_000_000
        descriptor.timing?.maxObservationAgeNs = 250_000_000
        descriptor.timing?.setpointMaxLeadNs = 50_000_000
        descriptor.timing?.taskMaxLeadNs = 1_000_000_000
    }

    private func narrow(_ descriptor: inout Descriptor) {
        descriptor.limits?.maxSessions = 5
        descriptor.limits?.maxConcurrentTasks = 1
        descriptor.limits?.maxChunkHorizon = 50
        descriptor.limits?.maxString = 256
        descriptor.limits?.maxPlanNodes = 16
        descriptor.limits?.maxSetpointRateHz = 500
    }

    /// - Parameters:
    ///   - step: of a first setpoint, rad.
    ///   - lag: following error, rad.
    ///   - rateShare: of the reference's highest rate of setpoints.
    private func tolerate(
        celsius: Double, step: Double, lag: Double, lagNs: Int64, rateShare: Double, _ descriptor: inout Descriptor
    ) {
        for index in descriptor.joints.indices {
            descriptor.joints[index].temperatureLimit = celsius
            descriptor.joints[index].bumpTolerance = step
            descriptor.joints[index].followingErrorLimit = lag
            descriptor.joints[index].followingErrorTimeNs = lagNs
        }
        if let highest = descriptor.limits?.maxSetpointRateHz {
            descriptor.limits?.maxSetpointRateHz = highest * rateShare
        }
    }

    private func keepFarther(_ descriptor: inout Descriptor) {
        descriptor.safety?.separation?.humanSpeed = 2
        descriptor.safety?.separation?.stoppingTimeNs = 1_000_000_000
        descriptor.safety?.separation?.intrusionDistance = 0.85
        descriptor.safety?.separation?.hysteresis = 0.5
    }

    private func stopSlowly(_ descriptor: inout Descriptor) {
        for index in descriptor.safety?.stopPlans.indices ?? 0..<0
        where descriptor.safety?.stopPlans[index].kind == .protective {
            descriptor.safety?.stopPlans[index].maxTimeNs = 1_000_000_000
        }
    }
}
