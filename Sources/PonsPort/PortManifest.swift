/// The facts of one robot model, as `Vendors/ID/manifest.yaml` says them: joints, parts, promises, stops, sensors.
///
/// Angles are rad, speeds rad/s, efforts N·m; a sliding joint has m, m/s, N.
public struct PortManifest: Equatable, Sendable {
    public struct Joint: Equatable, Sendable {
        public var name: String
        /// The chain it belongs to; parts of the body are made of chains.
        public var chain: String
        public var parent: String
        public var child: String
        public var lower: Double
        public var upper: Double
        public var velocity: Double
        /// `nil` where nobody knows it: no effort and no gains are taken then (DSC-06).
        public var effort: Double?
        /// What a simulated drive can give: the effort, or what the port assumes.
        public var strength: Double
        /// In position mode, N·m/rad and N·m·s/rad; `nil` where the native interface has no gains.
        public var stiffness: Double?
        public var damping: Double?
        /// Where it is when the robot stands, and in its statically stable posture.
        public var stand: Double
        public var seat: Double
        /// Its place in the vendor's arrays, where they go by place.
        public var native: Int?
        /// What its drive is told to be enabled, where that differs from drive to drive.
        public var driveMode: Int?
        /// The vendor's topic that carries it, where joints are spread over several.
        public var topic: String?
    }

    public struct Part: Equatable, Sendable {
        public var name: String
        /// The part that holds it; empty for the whole.
        public var parent: String
        /// Chains it is made of; empty means all.
        public var chains: [String]
    }

    /// What no public source says and this port had to choose.
    public struct Assumptions: Equatable, Sendable {
        public var accelerationPerVelocity: Double
        public var jerkPerVelocity: Double
        /// Of simulated drives whose effort nobody knows.
        public var effort: Double?
        public var stiffnessPerEffort: Double
        public var dampingPerEffort: Double
        /// `nil` where the native interface has no temperatures.
        public var temperatureLimitC: Double?
        public var bumpToleranceRad: Double
        public var followingErrorRad: Double
        public var followingErrorTimeNs: Int64
    }

    public struct Timing: Equatable, Sendable {
        public var spinalRateHz: Double
        public var smallBrainRateHz: Double
        public var stateRateHz: Double
        public var setpointDeadlineNs: Int64
    }

    public struct Stop: Equatable, Sendable {
        public var isEmergency: Bool
        public var category: Int
        public var timeNs: Int64
        public var travelRad: Double
        public var method: String
    }

    public struct Sensor: Equatable, Sendable {
        public enum Kind: String, CaseIterable, Sendable {
            case imu
            case colourCamera = "colour_camera"
            case depthCamera = "depth_camera"
        }

        public var id: String
        public var kind: Kind
        public var frame: String
        public var rateHz: Double
        /// Where the native interface has it, if not in a place of the robot's own.
        public var topic: String?
        /// Where its frame is; `nil` where that isn't known.
        public var mount: Mount?
        /// Of cameras, and of them alone.
        public var optics: Optics?
    }

    /// How a camera sees: a pinhole, in pixels.
    public struct Optics: Equatable, Sendable {
        public var width: UInt32
        public var height: UInt32
        public var focal: [Double]
        public var centre: [Double]
        public var exposureNs: Int64
        /// Whether its pictures are taken at the same moments as those of the other grouped cameras.
        public var isGrouped: Bool
    }

    /// A frame's place in another.
    public struct Mount: Equatable, Sendable {
        public var parent: String
        public var pose: MountPose
    }

    public var id: String
    public var vendor: String
    public var model: String
    /// The variant whose limits these are.
    public var hardware: String
    public var isLegged: Bool
    public var profiles: [String]
    /// The place it is meant for: industrial, commercial, consumer; `nil` where none is claimed.
    public var bundle: String?
    /// Starts the adapter, where it is a program of its own; run in the manifest's folder.
    public var command: String?
    /// Whether that program has a simulated body: it can be injected into then, and its results name no hardware.
    public var isSimulated: Bool
    /// Where each fact comes from, and what nobody says.
    public var sources: [String]
    public var unknown: [String]
    public var sign: String
    public var zero: String
    public var massKg: Double?
    public var joints: [Joint]
    public var parts: [Part]
    public var assumed: Assumptions
    public var timing: Timing
    public var stops: [Stop]
    public var sensors: [Sensor]
    /// Of a robot behind ros2_control.
    public var ros2: ROS2?

    /// Whether stiffness and damping can be commanded.
    public var hasImpedance: Bool { joints.allSatisfy { $0.stiffness != nil } }

    /// Links that no joint moves: one, in a manifest that was believed.
    public var roots: Set<String> { Set(joints.map(\.parent)).subtracting(joints.map(\.child)) }
}
