import CMuJoCo

/// Renders what the head camera sees, in software (OSMesa): colour and depth of one picture.
///
/// Unsafe by nature: OpenGL writes into memory it is given. Made, used and destroyed on one thread, since an OpenGL context
/// belongs to a thread; that is why it is not `Sendable`.
final class SceneRenderer {
    struct Picture: Sendable {
        /// RGB, 3 bytes a pixel, rows from the top.
        var colour: [UInt8]
        /// Millimetres, little-endian UInt16, rows from the top; 0 where nothing was measured.
        var depth: [UInt8]
    }

    /// Of the head camera's pictures.
    static let width = 320
    static let height = 240
    /// Farther than this the depth camera measures nothing, m.
    private static let range = 12.0

    private let world: PhysicsWorld
    private let width: Int
    private let height: Int
    private let context: OSMesaContext
    private let frame: UnsafeMutableRawPointer
    private let scene = UnsafeMutablePointer<mjvScene>.allocate(capacity: 1)
    private let renderer = UnsafeMutablePointer<mjrContext>.allocate(capacity: 1)
    private var camera = mjvCamera()
    private var option = mjvOption()

    /// - Parameter view: what the head camera sees, or the cell from aside.
    init(
        view: HumanoidPicture.View = .head, width: Int = SceneRenderer.width, height: Int = SceneRenderer.height
    ) throws(PlantFailure) {
        (self.width, self.height) = (width, height)
        world = try PhysicsWorld(mjcf: HumanoidModel.mjcf)
        guard let context = OSMesaCreateContextExt(UInt32(GL_RGBA), 24, 8, 0, nil) else {
            throw PlantFailure("OSMesa gives no context; install libosmesa6")
        }
        self.context = context
        frame = .allocate(byteCount: 640 * 480 * 4, alignment: 16)
        guard OSMesaMakeCurrent(context, frame, UInt32(GL_UNSIGNED_BYTE), 640, 480) != 0 else {
            throw PlantFailure("OSMesa's context can't be used")
        }
        mjv_defaultScene(scene)
        mjr_defaultContext(renderer)
        mjv_defaultOption(&option)
        mjv_defaultCamera(&camera)
        let (scene, renderer) = (scene, renderer)
        let isReady = world.withScene { model, _ in
            mjv_makeScene(model, scene, 400)
            mjr_makeContext(model, renderer, Int32(mjFONTSCALE_100.rawValue))
            mjr_setBuffer(Int32(mjFB_OFFSCREEN.rawValue), renderer)
            return renderer.pointee.currentBuffer == Int32(mjFB_OFFSCREEN.rawValue)
        }
        guard isReady else { throw PlantFailure("MuJoCo can't render off-screen here") }
        camera.type = Int32(mjCAMERA_FIXED.rawValue)
        camera.fixedcamid = Int32(world.camera(view.rawValue))
    }

    deinit {
        mjr_freeContext(renderer)
        mjv_freeScene(scene)
        OSMesaDestroyContext(context)
        renderer.deallocate()
        scene.deallocate()
        frame.deallocate()
    }

    /// The scene with all bodies at `coordinates`. Cost: 5 to 15 ms on one core.
    func render(_ coordinates: [Double]) -> Picture {
        for (index, value) in coordinates.enumerated() { world.coordinates[index] = value }
        let count = width * height
        var colour = [UInt8](repeating: 0, count: 3 * count)
        var depth = [Float](repeating: 0, count: count)
        let planes = world.withScene { model, data in
            mj_kinematics(model, data)
            mj_comPos(model, data)
            mj_camlight(model, data)
            mjv_updateScene(model, data, &option, nil, &camera, Int32(mjCAT_ALL.rawValue), scene)
            let view = mjrRect(left: 0, bottom: 0, width: Int32(width), height: Int32(height))
            mjr_render(view, scene, renderer)
            mjr_readPixels(&colour, &depth, view, renderer)
            let extent = model.pointee.stat.extent
            return (
                near: Double(model.pointee.vis.map.znear) * extent, far: Double(model.pointee.vis.map.zfar) * extent
            )
        }
        return Picture(
            colour: Self.fromTop(colour, bytesPerRow: 3 * width),
            depth: Self.fromTop(
                Self.millimetres(depth, near: planes.near, far: planes.far), bytesPerRow: 2 * width)
        )
    }

    /// OpenGL's depth (0 near, 1 far, hyperbolic) as distance along the optical axis.
    private static func millimetres(_ depth: [Float], near: Double, far: Double) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * depth.count)
        for value in depth {
            let distance = near / (1 - Double(value) * (1 - near / far))
            let millimetres = distance > range ? 0 : UInt16(distance * 1000)
            bytes.append(UInt8(truncatingIfNeeded: millimetres))
            bytes.append(UInt8(truncatingIfNeeded: millimetres >> 8))
        }
        return bytes
    }

    /// OpenGL starts at the bottom.
    private static func fromTop(_ bytes: [UInt8], bytesPerRow: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for row in stride(from: bytes.count / bytesPerRow - 1, through: 0, by: -1) {
            result += bytes[row * bytesPerRow..<(row + 1) * bytesPerRow]
        }
        return result
    }
}
