/// A parallel gripper of the reference humanoid: two fingers that slide along the hand's y axis.
struct Gripper: Sendable {
    let side: String

    var name: String { "\(side)_gripper" }
    var fingers: [String] { ["\(side)_finger_a", "\(side)_finger_b"] }

    /// Largest width between the fingers, m.
    static let openWidth = 0.09
    /// Largest force of a finger, N.
    let force = 40.0

    static let all = [Gripper(side: "left"), Gripper(side: "right")]

    /// The fingers' bodies in the hand's frame, as MJCF.
    static func fingerBodies(side: String) -> String {
        zip(Gripper(side: side).fingers, [1.0, -1.0]).map { name, sign in
            """
            <body name="\(name)" pos="0 0 -0.125"><joint name="\(name)" type="slide" axis="0 \(sign) 0" \
            range="0 \(openWidth / 2)" armature="0.05" damping="4" frictionloss="0.5"/>\
            <geom name="\(name)" type="box" size="0.014 0.006 0.05" pos="0 \(sign * 0.006) 0" mass="0.06" \
            friction="1.4 0.05 0.001" condim="4" rgba="0.15 0.16 0.18 1"/></body>
            """
        }.joined()
    }
}
