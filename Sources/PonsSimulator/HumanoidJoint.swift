/// One joint of the reference humanoid: limits for the descriptor, constants for the plants.
///
/// Numbers are of the order of today's adult-size humanoids and belong to no product.
public struct HumanoidJoint: Sendable {
    public enum Axis: Sendable { case x, y, z }

    public let name: String
    public let parent: String
    public let child: String
    public let sign: String
    /// Axis of rotation in the parent link; all frames agree when standing straight.
    public let axis: Axis
    /// The joint in its parent link's frame, m: x forward, y left, z up.
    public let origin: (x: Double, y: Double, z: Double)
    /// rad
    public let lower: Double
    public let upper: Double
    /// rad/s
    public let velocity: Double
    /// N·m
    public let effort: Double
    /// Reflected inertia, kg·m².
    public let inertia: Double
    /// rad, standing
    public let stand: Double
    /// rad, seated: the statically stable posture of a stop
    public let seat: Double

    init(
        _ name: String, _ parent: String, _ child: String, _ sign: String, _ axis: Axis,
        at origin: (x: Double, y: Double, z: Double), _ range: ClosedRange<Double>, v: Double, tau: Double,
        inertia: Double, stand: Double = 0, seat: Double? = nil
    ) {
        self.name = name
        self.parent = parent
        self.child = child
        self.sign = sign
        self.axis = axis
        self.origin = origin
        lower = range.lowerBound
        upper = range.upperBound
        velocity = v
        effort = tau
        self.inertia = inertia
        self.stand = stand
        self.seat = seat ?? stand
    }

    /// Thirty joints: legs, waist, arms, head; the order of every joint array.
    public static let all: [HumanoidJoint] =
        leg("left", mirror: 1) + leg("right", mirror: -1)
        + [
            HumanoidJoint(
                "waist_yaw", "pelvis", "torso_yaw", "left", .z, at: (0, 0, 0.1), -2.6...2.6, v: 12, tau: 90,
                inertia: 0.9),
            HumanoidJoint(
                "waist_pitch", "torso_yaw", "torso", "forward", .y, at: (0, 0, 0.04), -0.5...0.9, v: 8, tau: 120,
                inertia: 1.6, seat: 0.2),
        ] + arm("left", mirror: 1) + arm("right", mirror: -1)
        + [
            HumanoidJoint(
                "head_yaw", "torso", "head_yaw_link", "left", .z, at: (0, 0, 0.44), -1.5...1.5, v: 6, tau: 8,
                inertia: 0.03),
            HumanoidJoint(
                "head_pitch", "head_yaw_link", "head", "down", .y, at: (0, 0, 0.05), -0.6...0.8, v: 6, tau: 8,
                inertia: 0.03),
        ]

    private static func leg(_ side: String, mirror: Double) -> [HumanoidJoint] {
        func range(_ inward: Double, _ outward: Double) -> ClosedRange<Double> {
            mirror > 0 ? -inward...outward : -outward...inward
        }
        return [
            HumanoidJoint(
                "\(side)_hip_pitch", "pelvis", "\(side)_hip_pitch_link", "thigh back", .y, at: (0, 0.1 * mirror, 0),
                -2.4...1.2, v: 14, tau: 160, inertia: 1.8, stand: -0.2, seat: -1.75),
            HumanoidJoint(
                "\(side)_hip_roll", "\(side)_hip_pitch_link", "\(side)_hip_roll_link", "left", .x, at: (0, 0, 0),
                range(0.4, 1.2), v: 12, tau: 140, inertia: 1.6),
            HumanoidJoint(
                "\(side)_hip_yaw", "\(side)_hip_roll_link", "\(side)_thigh", "left", .z, at: (0, 0, 0), -1.2...1.2,
                v: 12, tau: 100, inertia: 0.5),
            HumanoidJoint(
                "\(side)_knee", "\(side)_thigh", "\(side)_shin", "flexion", .y, at: (0, 0, -0.38), -0.05...2.6, v: 14,
                tau: 180, inertia: 0.9, stand: 0.4, seat: 2.1),
            HumanoidJoint(
                "\(side)_ankle_pitch", "\(side)_shin", "\(side)_ankle_link", "toe down", .y, at: (0, 0, -0.38),
                -0.9...0.6, v: 14, tau: 90, inertia: 0.15, stand: -0.2, seat: -0.8),
            HumanoidJoint(
                "\(side)_ankle_roll", "\(side)_ankle_link", "\(side)_foot", "left", .x, at: (0, 0, 0), -0.35...0.35,
                v: 12, tau: 45, inertia: 0.1),
        ]
    }

    private static func arm(_ side: String, mirror: Double) -> [HumanoidJoint] {
        let roll = mirror > 0 ? -0.4...2.4 : -2.4...0.4
        return [
            HumanoidJoint(
                "\(side)_shoulder_pitch", "torso", "\(side)_shoulder_pitch_link", "arm back", .y,
                at: (0, 0.2 * mirror, 0.34), -3.0...1.6, v: 9, tau: 60, inertia: 0.45, stand: 0.1),
            HumanoidJoint(
                "\(side)_shoulder_roll", "\(side)_shoulder_pitch_link", "\(side)_shoulder_roll_link", "left", .x,
                at: (0, 0.03 * mirror, 0), roll, v: 9, tau: 60, inertia: 0.4, stand: 0.15 * mirror),
            HumanoidJoint(
                "\(side)_shoulder_yaw", "\(side)_shoulder_roll_link", "\(side)_upper_arm", "left", .z, at: (0, 0, 0),
                -2.4...2.4, v: 9, tau: 36, inertia: 0.12),
            HumanoidJoint(
                "\(side)_elbow", "\(side)_upper_arm", "\(side)_forearm", "extension", .y, at: (0, 0, -0.26),
                -2.2...0.1, v: 9, tau: 36, inertia: 0.14, stand: -0.3),
            HumanoidJoint(
                "\(side)_wrist_roll", "\(side)_forearm", "\(side)_wrist_roll_link", "left", .z, at: (0, 0, -0.22),
                -1.9...1.9, v: 12, tau: 12, inertia: 0.02),
            HumanoidJoint(
                "\(side)_wrist_pitch", "\(side)_wrist_roll_link", "\(side)_wrist_pitch_link", "hand back", .y,
                at: (0, 0, 0), -1.4...1.4, v: 12, tau: 12, inertia: 0.02),
            HumanoidJoint(
                "\(side)_wrist_yaw", "\(side)_wrist_pitch_link", "\(side)_hand", "hand left", .x, at: (0, 0, 0),
                -1.4...1.4, v: 12, tau: 12, inertia: 0.015),
        ]
    }
}
