import Foundation
import PonsMessages
import PonsPort
import Testing

@Suite struct ManifestTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func source(_ id: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: "Vendors/\(id)/manifest.yaml"), encoding: .utf8)
    }

    @Test(arguments: ["agibot-a2", "agibot-a3", "agibot-x2", "ros2", "unitree-g1", "unitree-go2", "unitree-h1"])
    func `every manifest is believed, and agrees with its own body model`(id: String) throws {
        let manifest = try PortManifest(parsing: try source(id), file: id)
        #expect(manifest.id == id)
        let descriptor = manifest.descriptor(firmware: "1", isSimulator: true, isLab: false)
        let urdf = String(decoding: BodyModel(of: descriptor).bytes, as: UTF8.self)
        for joint in manifest.joints {
            #expect(urdf.contains("<joint name=\"\(joint.name)\""))
            #expect(urdf.contains("lower=\"\(joint.lower)\" upper=\"\(joint.upper)\""))
        }
        #expect(descriptor.resources.first?.jointIndices.count == manifest.joints.count)
    }

    @Test(
        arguments: [
            ("id: unitree-g1", "id: unitree-g1\ncolour: red", "the manifest has no 'colour'"),
            ("legged: true", "legged: perhaps", "legged must be true or false"),
            ("lower: -2.5307, upper: 2.8798", "lower: 2.9, upper: 2.8798", "lower 2.9 is not below upper 2.8798"),
            ("effort: 88.0", "effort: 0", "effort is 0.0"),
            ("effort: 88.0", "effort: unknown", "effort is unknown, and so is what a simulated drive gives"),
            ("velocity: 32.0", "velocity: unknown", "velocity must be a finite number"),
            ("velocity: 32.0", "velocity: .nan", "velocity must be a finite number"),
            ("stand: -0.2", "stand: -9", "stand -9.0 is outside"),
            ("native: 1}", "native: 0}", "two joints have the native place 0"),
            ("native: 1}", "native: 1.5}", "1.5 is no place in an array"),
            ("name: left_hip_roll_joint", "name: left_hip_pitch_joint", "two joints are called left_hip_pitch_joint"),
            ("child: left_hip_roll_link", "child: left_hip_pitch_link", "two joints move the link"),
            ("joints: [left_leg, right_leg]", "joints: [left_leg, third_leg]", "no joint has part: third_leg"),
            ("- {name: legs, in: whole_body", "- {name: legs, in: torso", "legs is in torso, which is not above it"),
            ("state_rate_hz: 200", "state_rate_hz: 0", "state_rate_hz must be greater than 0"),
            ("kind: emergency", "kind: protective", "there is no emergency stop"),
            ("schema: pons.manifest/1", "schema: pons.manifest/2", "schema can't be 'pons.manifest/2'"),
            ("kind: imu", "kind: nose", "kind of a sensor can't be 'nose'"),
            ("schema: pons.manifest/1", "schema: [", "not YAML"),
            ("stiffness: 367.0, ", "", "one of stiffness and damping"),
            ("native: 1}", "native: 1, drive_mode: 300}", "300.0 is no place"),
        ])
    func `what is wrong is named with its line`(old: String, new: String, message: String) throws {
        let good = try source("unitree-g1")
        let range = try #require(good.firstRange(of: old))
        let error = #expect(throws: ManifestError.self) {
            try PortManifest(parsing: good.replacingCharacters(in: range, with: new), file: "manifest.yaml")
        }
        #expect(error?.message.contains(message) == true, "\(error?.description ?? "no error")")
        #expect(error?.hint.isEmpty == false)
    }

    @Test(
        arguments: [
            (
                "kind: velocity, joints: [right_arm], gain_per_s: 20", "kind: velocity, joints: [right_arm]",
                "gain_per_s is for velocity"
            ),
            (
                "kind: trajectory, joints: [left_arm]", "kind: trajectory, joints: [left_arm], gain_per_s: 3",
                "gain_per_s is for velocity"
            ),
            (
                "kind: trajectory, joints: [left_arm]", "kind: effort, joints: [left_arm]",
                "kind of a controller can't be 'effort'"
            ),
            (
                "kind: trajectory, joints: [left_arm]", "kind: trajectory, joints: [leg]",
                "no part of joints is called leg"
            ),
            (
                "joints: [left_arm]}\n    - {name: /right",
                "joints: [left_arm, left_elbow_joint]}\n    - {name: /right", "left_elbow_joint has 2 controllers"
            ),
            (
                "    - {name: /left_arm_controller, kind: trajectory, joints: [left_arm]}\n", "",
                "left_shoulder_pan_joint has 0 controllers"
            ),
            ("xyzw: [0, 0, 0, 1]", "xyzw: [1, 0, 0, 1]", "no unit quaternion"),
            ("xyz: [0.0, 0.05, 0.9]", "xyz: [0.0, 0.9]", "xyz has 2 numbers"),
            ("{in: column, xyz", "{xyz", "a mount without in"),
            ("size: [128, 96]", "size: [128, 0]", "can't have this size"),
            ("focal: [86.6, 86.6]", "focal: [0, 86.6]", "focal must be greater than 0"),
            ("rate_hz: 15", "rate_hz: 0", "rate_hz must be greater than 0"),
            (", topic: /camera/color/image_raw", "", "camera camera_colour without topic"),
        ])
    func `what is wrong about a robot behind ros2_control is named too`(old: String, new: String, message: String)
        throws
    {
        let good = try source("ros2")
        let range = try #require(good.firstRange(of: old))
        let error = #expect(throws: ManifestError.self) {
            try PortManifest(parsing: good.replacingCharacters(in: range, with: new), file: "manifest.yaml")
        }
        #expect(error?.message.contains(message) == true, "\(error?.description ?? "no error")")
        #expect(error?.line != nil && error?.hint.isEmpty == false)
    }

    @Test func `where nobody knows an effort there are no gains, and a simulated drive has what is assumed`() throws {
        let good = try source("agibot-a2")
        let known = try PortManifest(parsing: good, file: "manifest.yaml")
        #expect(known.joints.allSatisfy { $0.effort == nil && $0.strength == 30 })
        let gains = good.replacing("effort: unknown}", with: "effort: unknown, stiffness: 5, damping: 1}")
        let error = #expect(throws: ManifestError.self) { try PortManifest(parsing: gains, file: "manifest.yaml") }
        #expect(error?.message.contains("gains, and an effort that nobody knows") == true)
    }

    @Test func `a robot without gains promises no impedance, and a camera says how it sees`() throws {
        let manifest = try PortManifest(parsing: try source("ros2"), file: "ros2")
        let descriptor = manifest.descriptor(firmware: "1", isSimulator: true, isLab: false)
        #expect(descriptor.joints.allSatisfy { $0.modes == [.position] && $0.stiffnessLimit == nil })
        #expect(!descriptor.features.contains("joint-impedance"))
        let camera = try #require(descriptor.sensors.first { $0.id == "camera_depth" })
        #expect(camera.kind == .depthCamera && camera.intrinsics?.parameters == [86.6, 86.6, 64, 48])
        #expect(camera.syncGroup == 1 && camera.calibrationSHA256.count == 32)
        let frame = try #require(descriptor.frames.first { $0.name == "camera_optical" })
        #expect(frame.parent == "column" && frame.poseInParent?.position?.z == 1.2)
        #expect(Set(descriptor.frames.map(\.name)).count == descriptor.frames.count)
    }
}
