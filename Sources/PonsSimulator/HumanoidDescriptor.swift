import Crypto
import Foundation
public import PonsMessages
import PonsPort

/// The reference humanoid's descriptor: every declared number is one the robot keeps.
public enum HumanoidDescriptor {
    /// What the simulator is made of.
    private static var billOfMaterials: ContentReference {
        let packages = ["pons", "mujoco", "swift-nio", "swift-nio-ssl", "swift-certificates", "swift-crypto"]
        return BillOfMaterials(of: "pons-sim", packages: packages).reference
    }

    public static func make(plant: String, isLab: Bool = false) -> Descriptor {
        var descriptor = Descriptor()
        descriptor.vendor = "Pons reference"
        descriptor.model = "humanoid-30"
        descriptor.serialNumber = "SIM"
        descriptor.hardwareVersion = "plant-\(plant)"
        descriptor.firmwareVersion = "0.1.0"
        descriptor.simulator = true
        descriptor.labMode = isLab
        descriptor.legged = true
        descriptor.descriptorEpoch = 1
        descriptor.joints = HumanoidJoint.all.map(joint)
        descriptor.resources = resources
        descriptor.frames = frames
        descriptor.sensors = cameras(intrinsics(ofPlant: plant)) + [imu] + soles
        descriptor.grippers = Gripper.all.enumerated().map { gripper($1, resource: UInt32(4 + $0)) }
        descriptor.timing = timing
        descriptor.limits = .runtime
        descriptor.safety = safety
        descriptor.features = [
            "joint-position", "joint-impedance", "action-chunk", "gripper", "task", "injection", "recording",
            "external-control",
            "update", "datagrams",
        ]
        descriptor.actionSpaces = ["joint-position"]
        descriptor.skills = ["wait"]
        descriptor.claims = claims
        descriptor.vulnerabilityContact = "https://pons.invalid/security (a simulator: nobody reads it)"
        descriptor.softwareBillOfMaterials = billOfMaterials
        descriptor.bodyModels = [BodyModel(of: descriptor).reference]
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

    /// Every profile for robots, as far as a simulator can show it.
    private static var claims: [ConformanceClaim] {
        ["CORE", "TASK", "CHUNK", "MOTION", "PERCEPTION", "SSM", "LEGGED", "DATA"].map { profile in
            var claim = ConformanceClaim()
            (claim.profile, claim.level, claim.specVersion) = (profile, "L1", "1.0-draft")
            return claim
        }
    }

    // MARK: Frames and sensors

    static let pictureRateHz = 15.0

    private static let identity = quaternion(0, 0, 0, 1)

    /// Constant transforms only; what joints move is `fixed: false` by having no pose.
    private static var frames: [FrameDescription] {
        [
            frame("base", in: "", nil),
            frame("pelvis", in: "base", nil),
            frame("imu", in: "pelvis", pose(0, 0, 0.05, identity)),
            frame("torso", in: "pelvis", nil),
            frame("head", in: "torso", nil),
            frame("left_sole", in: "base", nil),
            frame("right_sole", in: "base", nil),
            // Optical frame: z along the view, x to the right of the picture; 19.3° below the horizon.
            frame("head_camera_optical", in: "head", pose(0.1, 0, 0.11, opticalOrientation)),
        ]
    }

    /// Columns of the rotation: right (0, −1, 0), down, forward, for a camera whose image plane leans by (0.35, 0, 1).
    private static var opticalOrientation: Quaternion {
        let length = (1 + 0.35 * 0.35).squareRoot()
        let (sine, cosine) = (0.35 / length, 1 / length)
        // Level optical frame (−½, ½, −½, ½), then pitched down about its own x axis.
        let half = 0.5 * atan2(-sine, cosine)
        let (s, c) = (sin(half), cos(half))
        return quaternion(-0.5 * c + 0.5 * s, 0.5 * c - 0.5 * s, -0.5 * c - 0.5 * s, 0.5 * c + 0.5 * s)
    }

    private static func quaternion(_ x: Double, _ y: Double, _ z: Double, _ w: Double) -> Quaternion {
        var quaternion = Quaternion()
        (quaternion.x, quaternion.y, quaternion.z, quaternion.w) = (x, y, z, w)
        return quaternion
    }

    private static func pose(_ x: Double, _ y: Double, _ z: Double, _ orientation: Quaternion) -> Pose {
        var pose = Pose()
        var position = Vector3()
        (position.x, position.y, position.z) = (x, y, z)
        pose.position = position
        pose.orientation = orientation
        return pose
    }

    private static func frame(_ name: String, in parent: String, _ pose: Pose?) -> FrameDescription {
        var frame = FrameDescription()
        frame.name = name
        frame.parent = parent
        frame.poseInParent = pose
        return frame
    }

    /// The renderer's camera is exact; the hash names its parameters.
    private static func calibration(_ kind: String, _ intrinsics: Intrinsics) -> [UInt8] {
        Array(SHA256.hash(data: Array(kind.utf8) + intrinsics.encoded()))
    }

    /// Pinhole: fx, fy, cx, cy in pixels, of a vertical field of view of 58°.
    private static func intrinsics(ofPlant plant: String) -> Intrinsics {
        let isRendered = plant == HumanoidConfiguration.PlantKind.mujoco.rawValue
        let width = isRendered ? SceneRenderer.width : PatternCamera.width
        let height = isRendered ? SceneRenderer.height : PatternCamera.height
        let focal = Double(height) / 2 / tan(29 * Double.pi / 180)
        var intrinsics = Intrinsics()
        intrinsics.model = "pinhole"
        intrinsics.width = UInt32(width)
        intrinsics.height = UInt32(height)
        intrinsics.parameters = [focal, focal, Double(width) / 2, Double(height) / 2]
        return intrinsics
    }

    private static func cameras(_ intrinsics: Intrinsics) -> [SensorDescription] {
        [(CameraShot.colourSensor, SensorKind.colourCamera), (CameraShot.depthSensor, .depthCamera)].map { id, kind in
            var camera = SensorDescription()
            camera.id = id
            camera.kind = kind
            camera.frame = "head_camera_optical"
            camera.extrinsics = pose(0, 0, 0, identity)
            camera.intrinsics = intrinsics
            camera.calibrationSHA256 = calibration(id, intrinsics)
            camera.nominalRateHz = pictureRateHz
            camera.latencyClass = .fast
            camera.stampSource = .sensor
            camera.syncGroup = 1
            return camera
        }
    }

    /// The cells under the feet.
    private static var soles: [SensorDescription] {
        ["left_sole", "right_sole"].map { name in
            var sole = SensorDescription()
            sole.id = name
            sole.kind = .forceTorque
            sole.frame = name
            sole.extrinsics = pose(0, 0, 0, identity)
            sole.nominalRateHz = 100
            sole.latencyClass = .fast
            sole.stampSource = .sensor
            return sole
        }
    }

    private static var imu: SensorDescription {
        var imu = SensorDescription()
        imu.id = "imu"
        imu.kind = .imu
        imu.frame = "imu"
        imu.extrinsics = pose(0, 0, 0, identity)
        imu.nominalRateHz = 200
        imu.latencyClass = .fast
        imu.stampSource = .sensor
        return imu
    }

    private static func gripper(_ gripper: Gripper, resource: UInt32) -> GripperDescription {
        var description = GripperDescription()
        description.name = gripper.name
        description.width = interval(0, Gripper.openWidth)
        description.force = interval(0, gripper.force)
        description.resourceID = resource
        return description
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
        var timing = TimingDescription.runtime
        timing.spinalRateHz = 1000
        timing.smallBrainRateHz = 500
        timing.stateRateHz = 200
        timing.setpointDeadlineNs = 50_000_000
        return timing
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
        safety.separation = separation
        return safety
    }

    /// People walk at 1.6 m/s; the other terms are this robot's own.
    private static var separation: SeparationParameters {
        var separation = SeparationParameters()
        separation.humanSpeed = 1.6
        separation.reactionTimeNs = 100_000_000
        separation.stoppingTimeNs = 500_000_000
        separation.stoppingDistance = 0.05
        separation.intrusionDistance = 0.1
        separation.positionUncertaintyHuman = 0.1
        separation.positionUncertaintyRobot = 0.02
        separation.hysteresis = 0.2
        return separation
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
