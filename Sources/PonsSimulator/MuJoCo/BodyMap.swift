import PonsMessages
import PonsRobot

/// Where each thing of the humanoid lies in MuJoCo's arrays, looked up once by name.
struct BodyMap: Sendable {
    typealias Slot = (coordinate: Int, velocity: Int)

    let base: Slot
    let bottle: Slot
    let joints: [Slot]
    let motors: [Int]
    let fingers: [[Slot]]
    let fingerMotors: [[Int]]
    let fingerShapes: [[Int]]
    let soles: [Int]
    let ropes: [Int]
    let feet: [Int]
    let hands: [Int]
    let pelvis: Int
    let torso: Int
    private let orientation: Int
    private let gyro: Int
    private let accelerometer: Int
    private let balanceSigns: [(pitch: Double, roll: Double)]

    init(_ world: PhysicsWorld) {
        base = world.joint("base")
        bottle = world.joint("bottle")
        joints = HumanoidJoint.all.map { world.joint($0.name) }
        motors = HumanoidJoint.all.map { world.motor($0.name) }
        fingers = Gripper.all.map { $0.fingers.map { world.joint($0) } }
        fingerMotors = Gripper.all.map { $0.fingers.map { world.motor($0) } }
        fingerShapes = Gripper.all.map { $0.fingers.map { world.geometry($0) } }
        soles = ["left_foot", "right_foot"].map { world.sensor($0) }
        ropes = ["gantry_left", "gantry_right"].map { world.tendon($0) }
        feet = ["left_foot", "right_foot"].map { world.body($0) }
        hands = ["left_hand", "right_hand"].map { world.body($0) }
        pelvis = world.body("pelvis")
        torso = world.body("torso")
        orientation = world.sensor("orientation")
        gyro = world.sensor("gyro")
        accelerometer = world.sensor("accelerometer")
        balanceSigns = HumanoidJoint.all.map { joint in
            if joint.name.hasSuffix("ankle_pitch") { return (1, 0) }
            if joint.name.hasSuffix("ankle_roll") { return (0, 1) }
            if joint.name.hasSuffix("hip_roll") { return (0, -1) }
            return (0, 0)
        }
    }

    /// What balance adds to a joint's target, rad.
    func balanceOffset(_ joint: Int, _ balance: BalanceController) -> Double {
        balanceSigns[joint].pitch * balance.pitch + balanceSigns[joint].roll * balance.roll
    }

    /// Orientation x y z w, angular velocity, specific force. MuJoCo writes w first.
    func imu(_ world: PhysicsWorld) -> [Float] {
        let sensors = world.sensors
        return [
            sensors[orientation + 1], sensors[orientation + 2], sensors[orientation + 3], sensors[orientation],
            sensors[gyro], sensors[gyro + 1], sensors[gyro + 2],
            sensors[accelerometer], sensors[accelerometer + 1], sensors[accelerometer + 2],
        ].map(Float.init)
    }

    func gripper(_ index: Int, _ world: PhysicsWorld, isClosing: Bool) -> GripperMeasurement {
        let width = fingers[index].reduce(0) { $0 + max(0, world.coordinates[$1.coordinate]) }
        let force = fingerShapes[index].map { world.normalForce(on: $0) }.min() ?? 0
        return GripperMeasurement(
            opening: min(1, width / Gripper.openWidth), width: width, force: force, isHolding: isClosing && force > 2)
    }

    func baseMeasurement(_ world: PhysicsWorld, margin: Double) -> BaseMeasurement {
        var measurement = BaseMeasurement()
        let (start, rate) = (base.coordinate, base.velocity)
        let (q, v) = (world.coordinates, world.velocities)
        (measurement.position.x, measurement.position.y, measurement.position.z) = (
            q[start], q[start + 1], q[start + 2]
        )
        (measurement.orientation.x, measurement.orientation.y) = (q[start + 4], q[start + 5])
        (measurement.orientation.z, measurement.orientation.w) = (q[start + 6], q[start + 3])
        (measurement.linearVelocity.x, measurement.linearVelocity.y) = (v[rate], v[rate + 1])
        measurement.linearVelocity.z = v[rate + 2]
        (measurement.angularVelocity.x, measurement.angularVelocity.y) = (v[rate + 3], v[rate + 4])
        measurement.angularVelocity.z = v[rate + 5]
        measurement.stabilityMargin = margin
        return measurement
    }
}
