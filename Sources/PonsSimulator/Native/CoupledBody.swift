import PonsPort

/// The joints of a manifest in MuJoCo: each feels the others.
struct CoupledBody: Sendable {
    private let world: PhysicsWorld
    private let joints: [BodyMap.Slot]
    private let motors: [Int]

    init(_ manifest: PortManifest) throws(PlantFailure) {
        world = try PhysicsWorld(mjcf: ManifestModel(manifest).mjcf)
        joints = manifest.joints.map { [world] in world.joint($0.name) }
        motors = manifest.joints.map { [world] in world.motor($0.name) }
        for (index, joint) in manifest.joints.enumerated() { world.coordinates[joints[index].coordinate] = joint.stand }
        world.updateDerived()
    }

    /// One millisecond.
    ///
    /// - Parameters:
    ///   - torque: on each joint, N·m.
    ///   - friction: that holds each joint, N·m.
    ///   - runaway: a joint that moves at a speed of its own, rad/s.
    func step(torque: [Double], friction: [Double], runaway: (joint: Int, velocity: Double)?) {
        for index in joints.indices {
            world.controls[motors[index]] = torque[index]
            world.frictionLoss[joints[index].velocity] = friction[index]
        }
        if let runaway { world.velocities[joints[runaway.joint].velocity] = runaway.velocity }
        world.step()
        if let runaway { world.velocities[joints[runaway.joint].velocity] = runaway.velocity }
    }

    func position(_ index: Int) -> Double { world.coordinates[joints[index].coordinate] }
    func velocity(_ index: Int) -> Double { world.velocities[joints[index].velocity] }
}
