public import PonsPort

/// The body of a manifest as an MJCF document: joints, limits and torques are its facts, the total mass too. How long links are and
/// where joints sit is in no manifest: the names of joints say which way they turn, and lengths are those of a person.
///
/// A gantry holds its root and carries its weight, so that it rests where it is without torque as a robot on the floor does; it touches
/// nothing. What MuJoCo adds is that joints feel each other.
public struct ManifestModel: Sendable {
    /// Of a body whose mass nobody says, kg.
    private static let commonMass = 50.0
    /// Of the root, which the gantry holds.
    private static let rootShare = 0.3

    private let manifest: PortManifest

    public init(_ manifest: PortManifest) { self.manifest = manifest }

    public var mjcf: String {
        let root = manifest.roots.first ?? "base"
        return """
            <mujoco model="\(manifest.id)">
              <compiler angle="radian" inertiafromgeom="true"/>
              <option timestep="0.001" gravity="0 0 0"/>
              <default>
                <geom contype="0" conaffinity="0"/>
                <joint limited="true" solreffriction="0.004 1" solimpfriction="0.9995 0.9999 0.001"/>
              </default>
              <worldbody>
                <body name="\(root)" pos="0 0 2">
                  <geom type="box" size="0.1 0.1 0.1" mass="\(Self.rootShare * mass)"/>
            \(children(of: root, depth: 3))
                </body>
              </worldbody>
              <actuator>
            \(manifest.joints.map(motor).joined(separator: "\n"))
              </actuator>
            </mujoco>
            """
    }

    private var mass: Double { manifest.massKg ?? Self.commonMass }

    private func children(of link: String, depth: Int) -> String {
        let indent = String(repeating: "  ", count: depth)
        return manifest.joints.filter { $0.parent == link }.map { joint in
            let length = Self.length(of: joint, hasChild: manifest.joints.contains { $0.parent == joint.child })
            let radius = 0.3 * max(0.05, length)
            return """
                \(indent)<body name="\(joint.child)" pos="\(place(of: joint))">
                \(indent)  <joint name="\(joint.name)" axis="\(Self.axis(of: joint))" range="\(joint.lower) \(joint.upper)" \
                frictionloss="\(0.02 * joint.strength)" armature="\(joint.strength / (60 * joint.velocity))"/>
                \(indent)  <geom type="capsule" fromto="0 0 0 0 0 \(-length)" size="\(radius)" mass="\(share(of: joint) * mass)"/>
                \(children(of: joint.child, depth: depth + 1))
                \(indent)</body>
                """
        }.joined(separator: "\n")
    }

    private func motor(_ joint: PortManifest.Joint) -> String {
        "    <motor name=\"\(joint.name)\" joint=\"\(joint.name)\" gear=\"1\"/>"
    }

    /// Strong joints carry heavy links: masses go as torques.
    private func share(of joint: PortManifest.Joint) -> Double {
        (1 - Self.rootShare) * joint.strength / manifest.joints.reduce(0) { $0 + $1.strength }
    }

    /// At the end of the link before; of the first joint of a chain beside the middle, left or right, in front or behind.
    private func place(of joint: PortManifest.Joint) -> String {
        if let before = manifest.joints.first(where: { $0.child == joint.parent && $0.chain == joint.chain }) {
            return "0 0 \(-Self.length(of: before, hasChild: true))"
        }
        let chain = joint.chain.lowercased()
        let side = chain.contains("left") ? 0.12 : chain.contains("right") ? -0.12 : 0
        let ahead = chain.contains("front") ? 0.2 : chain.contains("rear") ? -0.2 : 0
        let height = chain.contains("arm") ? 0.3 : chain.contains("head") ? 0.45 : 0
        return "\(ahead) \(side) \(height)"
    }

    /// The link that a joint moves, m: a thigh or a shank, an upper arm or a forearm, and short pieces between their axes.
    private static func length(of joint: PortManifest.Joint, hasChild: Bool) -> Double {
        let name = joint.name.lowercased()
        if name.contains("knee") || name.contains("calf") { return 0.3 }
        if name.contains("hip_pitch") || name.contains("thigh") || name.contains("tarsus") { return 0.3 }
        if name.contains("elbow") || name.contains("shoulder_yaw") { return 0.22 }
        return hasChild ? 0.04 : 0.1
    }

    private static func axis(of joint: PortManifest.Joint) -> String {
        let name = joint.name.lowercased()
        if name.contains("roll") || name.contains("_hip_joint") { return "1 0 0" }
        if name.contains("yaw") || name.contains("torso") || name.contains("pan") { return "0 0 1" }
        return "0 1 0"
    }
}
