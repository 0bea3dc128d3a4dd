import PonsPort
import PonsSimulator
import Testing
import VendorPorts

/// The two bodies that a port's native side may have.
@Suite struct MotorBankTests {
    /// Holds every joint where it stands but one, which goes `offset` farther; returns how far each has come in a third of a second.
    private func travel(
        _ manifest: PortManifest, _ plant: HumanoidConfiguration.PlantKind, moving joint: Int, loose: Int
    ) throws -> [Double] {
        var motors = try MotorBank(manifest, seed: 1, plant: plant)
        var targets = manifest.joints.map { joint in
            var target = DriveTarget()
            target.isEnabled = true
            target.position = Float(joint.stand)
            target.stiffness = Float(joint.strength * manifest.assumed.stiffnessPerEffort)
            target.damping = Float(joint.strength * manifest.assumed.dampingPerEffort)
            return target
        }
        targets[joint].position += 0.5
        targets[loose] = DriveTarget()
        for cycle in 0..<300 as Range<Int64> { motors.step(targets, at: cycle * 1_000_000, seconds: 0.001) }
        return zip(motors.position, manifest.joints).map { $0 - $1.stand }
    }

    @Test(arguments: VendorPorts.ids)
    func `MuJoCo takes every port's body, and its motors move it`(id: String) throws {
        let manifest = try VendorPorts.manifest(id)
        let joint = manifest.joints.indices.last!
        let moved = try travel(manifest, .mujoco, moving: joint, loose: joint == 0 ? 1 : 0)
        #expect(moved[joint] > 0.3, "\(moved[joint])")
        #expect(moved.allSatisfy { $0.isFinite })
    }

    @Test func `in MuJoCo a loose knee feels the hip, an exact one doesn't`() throws {
        let manifest = try VendorPorts.manifest("agibot-a3")
        let hip = try #require(manifest.joints.firstIndex { $0.name == "left_hip_pitch_joint" })
        let knee = try #require(manifest.joints.firstIndex { $0.name == "left_knee_joint" })
        let alone = try travel(manifest, .exact, moving: hip, loose: knee)
        let together = try travel(manifest, .mujoco, moving: hip, loose: knee)
        #expect(abs(alone[knee]) < 1e-3 && abs(together[knee]) > 0.01, "\(alone[knee]), \(together[knee])")
    }

    @Test func `a body has the mass that its maker says, and the limits of the manifest`() throws {
        let manifest = try VendorPorts.manifest("agibot-a3")
        let text = ManifestModel(manifest).mjcf
        let masses = text.matches(of: /mass="([0-9.e-]+)"/).compactMap { Double($0.output.1) }
        #expect(masses.count == manifest.joints.count + 1)
        #expect(abs(masses.reduce(0, +) - 57.98) < 1e-6)
        for joint in manifest.joints {
            #expect(text.contains("<joint name=\"\(joint.name)\""))
            #expect(text.contains("range=\"\(joint.lower) \(joint.upper)\""))
        }
    }
}
