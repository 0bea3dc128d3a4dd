import PonsRobot

/// Somebody holds the bottle between the robot's fingers until the robot has taken it.
struct HandOver: Sendable {
    private let gripper: Int
    private var heldCycles = 0

    init(gripper: Int) { self.gripper = gripper }

    /// Keeps the bottle in place for one cycle; false once the robot holds it.
    mutating func holdOut(in world: PhysicsWorld, _ map: BodyMap, grippers: [GripperMeasurement]) -> Bool {
        heldCycles = gripper < grippers.count && grippers[gripper].isHolding ? heldCycles + 1 : 0
        if heldCycles > 100 { return false }
        let (axes, hand) = (world.rotation(ofBody: map.hands[gripper]), world.position(ofBody: map.hands[gripper]))
        // 0.17 m down the hand, in world axes.
        let place = hand + Vector(-0.17 * axes.x.z, -0.17 * axes.y.z, -0.17 * axes.z.z)
        let start = map.bottle.coordinate
        for (offset, value) in [place.x, place.y, place.z, 1, 0, 0, 0].enumerated() {
            world.coordinates[start + offset] = value
        }
        for offset in 0..<6 { world.velocities[map.bottle.velocity + offset] = 0 }
        return true
    }
}
