/// The reference humanoid and its test cell as an MJCF document: one table of joints serves descriptor, drives and physics.
///
/// Understood by MuJoCo 2.2 (Debian 12) and later.
public enum HumanoidModel {
    /// Mass, kg, and form of a link; geometry in the link's frame, m.
    private struct Link {
        let mass: Double
        let geometry: String
        var isSolid = true
        var extra = ""
    }

    /// Where the hip axis is above the floor when the robot stands, m.
    static let standingHeight = 0.8148

    /// The whole document.
    public static var mjcf: String {
        """
        <mujoco model="pons-humanoid-30">
          <compiler angle="radian" inertiafromgeom="true"/>
          <option timestep="0.001" cone="elliptic" impratio="10"/>
          <visual>
            <global offwidth="640" offheight="480"/>
            <quality shadowsize="1024"/>
            <map znear="0.02" zfar="30"/>
            <headlight ambient="0.35 0.35 0.35" diffuse="0.45 0.45 0.45" specular="0.1 0.1 0.1"/>
          </visual>
          <asset>
            <texture name="tiles" type="2d" builtin="checker" rgb1="0.78 0.80 0.82" rgb2="0.62 0.65 0.68" width="256" height="256"/>
            <material name="floor" texture="tiles" texrepeat="8 8" reflectance="0.05"/>
            <texture type="skybox" builtin="gradient" rgb1="0.75 0.83 0.90" rgb2="0.95 0.96 0.97" width="128" height="128"/>
          </asset>
          <default>
            <geom contype="0" conaffinity="1" rgba="0.86 0.87 0.89 1" friction="0.9 0.01 0.001"/>
            <joint limited="true" solreffriction="0.004 1" solimpfriction="0.9995 0.9999 0.001"/>
          </default>
          <worldbody>
            <light pos="1 1 4" dir="-0.2 -0.2 -1" directional="true" diffuse="0.5 0.5 0.5"/>
            <geom name="floor" type="plane" size="8 8 0.1" material="floor" contype="1" conaffinity="1"/>
        \(cell)
            <camera name="cell" pos="2.1 2.0 1.5" xyaxes="-0.69 0.724 0 -0.19 -0.18 0.965" fovy="46"/>
            <site name="gantry_left" pos="0 0.2 2.2" size="0.02"/>
            <site name="gantry_right" pos="0 -0.2 2.2" size="0.02"/>
            <body name="pelvis" pos="0 0 \(standingHeight)">
              <freejoint name="base"/>
        \(content(of: "pelvis", depth: 4))
            </body>
            <body name="bottle" pos="0.75 -0.1 0.86">
              <freejoint name="bottle"/>
              <geom name="bottle" type="cylinder" size="0.026 0.08" mass="0.35" contype="1" conaffinity="1" rgba="0.10 0.45 0.80 1" friction="1.2 0.02 0.001" condim="4"/>
            </body>
          </worldbody>
          <tendon>
            <spatial name="gantry_left" limited="true" range="0 9" width="0.004"><site site="gantry_left"/><site site="harness_left"/></spatial>
            <spatial name="gantry_right" limited="true" range="0 9" width="0.004"><site site="gantry_right"/><site site="harness_right"/></spatial>
          </tendon>
          <actuator>
        \(motors)
          </actuator>
          <sensor>
            <framequat name="orientation" objtype="site" objname="imu"/>
            <gyro name="gyro" site="imu"/>
            <accelerometer name="accelerometer" site="imu"/>
            <touch name="left_foot" site="left_sole"/>
            <touch name="right_foot" site="right_sole"/>
          </sensor>
        </mujoco>
        """
    }

    /// A table with things on it and a wall: something for the head camera to see.
    private static let cell = """
            <geom name="table" type="box" pos="0.95 0 0.76" size="0.3 0.6 0.02" contype="1" conaffinity="1" rgba="0.72 0.58 0.42 1"/>
            <geom type="box" pos="0.95 0.5 0.37" size="0.25 0.03 0.37" rgba="0.35 0.36 0.38 1" conaffinity="0"/>
            <geom type="box" pos="0.95 -0.5 0.37" size="0.25 0.03 0.37" rgba="0.35 0.36 0.38 1" conaffinity="0"/>
            <geom type="box" pos="0.9 0.28 0.83" size="0.05 0.05 0.05" rgba="0.85 0.25 0.20 1" conaffinity="0"/>
            <geom type="sphere" pos="1.0 0.08 0.82" size="0.04" rgba="0.95 0.75 0.15 1" conaffinity="0"/>
            <geom type="box" pos="3 0 1.25" size="0.05 3 1.25" rgba="0.80 0.82 0.78 1" conaffinity="0"/>
        """

    private static var motors: String {
        let drives = HumanoidJoint.all.map {
            "    <motor name=\"\($0.name)\" joint=\"\($0.name)\" ctrllimited=\"true\" ctrlrange=\"\(-$0.effort) \($0.effort)\"/>"
        }
        let fingers = Gripper.all.flatMap { gripper in
            gripper.fingers.map {
                "    <motor name=\"\($0)\" joint=\"\($0)\" ctrllimited=\"true\" ctrlrange=\"\(-gripper.force) \(gripper.force)\"/>"
            }
        }
        return (drives + fingers).joined(separator: "\n")
    }

    /// Shape of a link and the bodies that hang on it.
    private static func content(of name: String, depth: Int) -> String {
        let indent = String(repeating: "  ", count: depth)
        var lines: [String] = []
        if let link = links[name] {
            let contact = link.isSolid ? "" : " conaffinity=\"0\""
            lines.append("\(indent)<geom name=\"\(name)\" \(link.geometry) mass=\"\(link.mass)\"\(contact)/>")
            if !link.extra.isEmpty { lines.append(indent + link.extra) }
        }
        for joint in HumanoidJoint.all where joint.parent == name {
            let origin = joint.origin
            lines.append("\(indent)<body name=\"\(joint.child)\" pos=\"\(origin.x) \(origin.y) \(origin.z)\">")
            lines.append(
                "\(indent)  <joint name=\"\(joint.name)\" axis=\"\(axis(joint.axis))\" range=\"\(joint.lower) \(joint.upper)\" "
                    + "armature=\"\(joint.effort * 6e-4)\" damping=\"\(joint.effort * 0.01)\" frictionloss=\"\(joint.effort * 0.005)\"/>"
            )
            lines.append(content(of: joint.child, depth: depth + 1))
            lines.append("\(indent)</body>")
        }
        return lines.joined(separator: "\n")
    }

    private static func axis(_ axis: HumanoidJoint.Axis) -> String {
        switch axis {
        case .x: "1 0 0"
        case .y: "0 1 0"
        case .z: "0 0 1"
        }
    }

    private static let links: [String: Link] = {
        let dark = "rgba=\"0.22 0.24 0.27 1\""
        var links: [String: Link] = [
            "pelvis": Link(
                mass: 6, geometry: "type=\"box\" size=\"0.08 0.11 0.06\" pos=\"0 0 0.03\"",
                extra: "<site name=\"imu\" pos=\"0 0 0.05\" size=\"0.01\"/>"),
            "torso_yaw": Link(mass: 1.5, geometry: "type=\"sphere\" size=\"0.06\" \(dark)", isSolid: false),
            "torso": Link(
                mass: 14, geometry: "type=\"box\" size=\"0.09 0.15 0.18\" pos=\"0 0 0.2\"",
                extra:
                    "<site name=\"harness_left\" pos=\"0 0.14 0.38\" size=\"0.01\"/><site name=\"harness_right\" pos=\"0 -0.14 0.38\" size=\"0.01\"/>"
            ),
            "head_yaw_link": Link(mass: 0.4, geometry: "type=\"sphere\" size=\"0.04\" \(dark)", isSolid: false),
            "head": Link(
                mass: 2.2, geometry: "type=\"ellipsoid\" size=\"0.085 0.08 0.11\" pos=\"0.01 0 0.09\"",
                extra: "<camera name=\"head\" pos=\"0.1 0 0.11\" xyaxes=\"0 -1 0 0.35 0 1\" fovy=\"58\"/>"),
        ]
        for side in ["left", "right"] {
            links["\(side)_hip_pitch_link"] = Link(
                mass: 0.9, geometry: "type=\"sphere\" size=\"0.055\" \(dark)", isSolid: false)
            links["\(side)_hip_roll_link"] = Link(
                mass: 0.8, geometry: "type=\"sphere\" size=\"0.05\" \(dark)", isSolid: false)
            links["\(side)_thigh"] = Link(
                mass: 4.2, geometry: "type=\"capsule\" fromto=\"0 0 -0.04 0 0 -0.33\" size=\"0.06\"")
            links["\(side)_shin"] = Link(
                mass: 2.6, geometry: "type=\"capsule\" fromto=\"0 0 -0.03 0 0 -0.33\" size=\"0.048\"")
            links["\(side)_ankle_link"] = Link(
                mass: 0.3, geometry: "type=\"sphere\" size=\"0.035\" \(dark)", isSolid: false)
            links["\(side)_foot"] = Link(
                mass: 1.1, geometry: "type=\"box\" size=\"0.125 0.05 0.02\" pos=\"0.035 0 -0.05\" \(dark)",
                extra:
                    "<site name=\"\(side)_sole\" type=\"box\" pos=\"0.035 0 -0.06\" size=\"0.13 0.055 0.03\" rgba=\"0 0 0 0\"/>"
            )
            links["\(side)_shoulder_pitch_link"] = Link(
                mass: 0.8, geometry: "type=\"sphere\" size=\"0.05\" \(dark)", isSolid: false)
            links["\(side)_shoulder_roll_link"] = Link(
                mass: 0.5, geometry: "type=\"sphere\" size=\"0.045\" \(dark)", isSolid: false)
            links["\(side)_upper_arm"] = Link(
                mass: 1.5, geometry: "type=\"capsule\" fromto=\"0 0 -0.02 0 0 -0.23\" size=\"0.04\"")
            links["\(side)_forearm"] = Link(
                mass: 0.9, geometry: "type=\"capsule\" fromto=\"0 0 -0.02 0 0 -0.19\" size=\"0.034\"")
            links["\(side)_wrist_roll_link"] = Link(
                mass: 0.15, geometry: "type=\"sphere\" size=\"0.03\" \(dark)", isSolid: false)
            links["\(side)_wrist_pitch_link"] = Link(
                mass: 0.12, geometry: "type=\"sphere\" size=\"0.028\" \(dark)", isSolid: false)
            links["\(side)_hand"] = Link(
                mass: 0.4, geometry: "type=\"box\" size=\"0.03 0.045 0.03\" pos=\"0 0 -0.05\" \(dark)",
                extra: Gripper.fingerBodies(side: side))
        }
        return links
    }()
}
