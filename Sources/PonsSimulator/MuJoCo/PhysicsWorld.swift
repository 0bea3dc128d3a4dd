import CMuJoCo
import PonsPort

/// One MuJoCo model and its state: the only place that touches MuJoCo's memory.
///
/// Unsafe by nature: MuJoCo hands out C arrays. They are wrapped once, with their true lengths, and live as long as this
/// object. One thread at a time; that is why it is `@unchecked Sendable`: its owner never shares it.
final class PhysicsWorld: @unchecked Sendable {
    private let model: UnsafeMutablePointer<mjModel>
    private let data: UnsafeMutablePointer<mjData>
    let coordinates: UnsafeMutableBufferPointer<Double>
    let velocities: UnsafeMutableBufferPointer<Double>
    let controls: UnsafeMutableBufferPointer<Double>
    /// Torque against motion that each degree of freedom's friction or brake can hold, N·m.
    let frictionLoss: UnsafeMutableBufferPointer<Double>
    let sensors: UnsafeMutableBufferPointer<Double>

    /// MuJoCo keeps the text of the last model that was compiled, for all threads.
    private static let compiler = Guarded(())

    init(mjcf: String) throws(PlantFailure) {
        var message = [CChar](repeating: 0, count: 1000)
        let compiled = Self.compiler.withLock { _ in
            pons_load_model(mjcf, Int32(mjcf.utf8.count), &message, Int32(message.count))
        }
        guard let model = compiled, let data = mj_makeData(model) else {
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw PlantFailure("MuJoCo: \(String(decoding: text, as: UTF8.self))")
        }
        self.model = model
        self.data = data
        let (nq, nv) = (Int(model.pointee.nq), Int(model.pointee.nv))
        coordinates = UnsafeMutableBufferPointer(start: data.pointee.qpos, count: nq)
        velocities = UnsafeMutableBufferPointer(start: data.pointee.qvel, count: nv)
        controls = UnsafeMutableBufferPointer(start: data.pointee.ctrl, count: Int(model.pointee.nu))
        frictionLoss = UnsafeMutableBufferPointer(start: model.pointee.dof_frictionloss, count: nv)
        sensors = UnsafeMutableBufferPointer(start: data.pointee.sensordata, count: Int(model.pointee.nsensordata))
    }

    deinit {
        mj_deleteData(data)
        mj_deleteModel(model)
    }

    // MARK: Names

    private func id(_ kind: mjtObj, _ name: String) -> Int {
        let id = Int(mj_name2id(model, Int32(kind.rawValue), name))
        precondition(id >= 0, "the model has no '\(name)'")
        return id
    }

    func body(_ name: String) -> Int { id(mjOBJ_BODY, name) }
    func geometry(_ name: String) -> Int { id(mjOBJ_GEOM, name) }
    func motor(_ name: String) -> Int { id(mjOBJ_ACTUATOR, name) }
    func camera(_ name: String) -> Int { id(mjOBJ_CAMERA, name) }
    func tendon(_ name: String) -> Int { id(mjOBJ_TENDON, name) }

    /// Where a joint's coordinates and velocities start.
    func joint(_ name: String) -> (coordinate: Int, velocity: Int) {
        let id = id(mjOBJ_JOINT, name)
        return (Int(model.pointee.jnt_qposadr[id]), Int(model.pointee.jnt_dofadr[id]))
    }

    func sensor(_ name: String) -> Int { Int(model.pointee.sensor_adr[id(mjOBJ_SENSOR, name)]) }

    // MARK: Motion

    func reset() {
        mj_resetData(model, data)
    }

    func step() { mj_step(model, data) }

    /// Brings everything derived up to date with coordinates and velocities.
    func updateDerived() { mj_forward(model, data) }

    /// Positions only: bodies and centre of mass.
    func updateKinematics() {
        mj_kinematics(model, data)
        mj_comPos(model, data)
    }

    /// Longest length of a rope, m.
    func setRope(_ tendon: Int, length: Double) { model.pointee.tendon_range[2 * tendon + 1] = length }

    /// A force on a body at its centre of mass, N, world axes.
    func push(_ body: Int, _ force: Vector) {
        let start = data.pointee.xfrc_applied + 6 * body
        (start[0], start[1], start[2]) = (force.x, force.y, force.z)
    }

    // MARK: What follows from the state

    func position(ofBody body: Int) -> Vector { Vector(data.pointee.xpos + 3 * body) }

    /// Rotation matrix, row by row.
    func rotation(ofBody body: Int) -> (x: Vector, y: Vector, z: Vector) {
        let start = data.pointee.xmat + 9 * body
        return (Vector(start), Vector(start + 3), Vector(start + 6))
    }

    /// Centre of mass of a body and everything that hangs on it.
    func centreOfMass(ofTree body: Int) -> Vector { Vector(data.pointee.subtree_com + 3 * body) }

    /// Torque that friction and brake of a degree of freedom held in the last step.
    func frictionTorques(into torques: inout [Double]) {
        for index in torques.indices { torques[index] = 0 }
        for row in 0..<Int(data.pointee.nefc)
        where data.pointee.efc_type[row] == Int32(mjCNSTR_FRICTION_DOF.rawValue) {
            torques[Int(data.pointee.efc_id[row])] += data.pointee.efc_force[row]
        }
    }

    /// Total normal force between a geometry and everything else, N.
    func normalForce(on geometry: Int) -> Double {
        var total = 0.0
        var force = [Double](repeating: 0, count: 6)
        for index in 0..<Int(data.pointee.ncon) {
            let contact = data.pointee.contact[index]
            guard contact.geom1 == Int32(geometry) || contact.geom2 == Int32(geometry) else { continue }
            mj_contactForce(model, data, Int32(index), &force)
            total += force[0]
        }
        return total
    }

    /// Hands model and state to a renderer of the same thread.
    func withScene<Result>(
        _ body: (UnsafeMutablePointer<mjModel>, UnsafeMutablePointer<mjData>) -> Result
    ) -> Result { body(model, data) }
}
