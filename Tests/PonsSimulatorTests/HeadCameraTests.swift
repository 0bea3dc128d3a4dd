import Foundation
import PonsMessages
import PonsSimulator
import Testing

/// The head camera's pictures are of the scene, in the declared geometry.
@Suite struct HeadCameraTests {
    private func pictures() throws -> (colour: Image, depth: Image) {
        var plant = try MuJoCoPlant(HumanoidConfiguration(plant: .mujoco))
        var images: [Image] = []
        for cycle in 0..<200 where images.count < 2 { images += plant.takeImages(at: Int64(cycle) * 1_000_000) }
        return (try #require(images.first), try #require(images.last))
    }

    @Test func `colour and depth belong to one capture and fit their description`() throws {
        let (colour, depth) = try pictures()
        #expect(colour.header?.sensorID == "head_camera_colour" && depth.header?.sensorID == "head_camera_depth")
        #expect(colour.header?.syncIndex == depth.header?.syncIndex && colour.header?.syncGroup == 1)
        #expect(colour.header?.captureMidpointNs == depth.header?.captureMidpointNs)
        #expect((colour.header?.publishNs ?? 0) > (colour.header?.captureMidpointNs ?? 0))
        #expect(colour.payload.count == Int(colour.stride * colour.height) && colour.encoding == .rgb8)
        #expect(depth.payload.count == Int(depth.stride * depth.height) && depth.encoding == .depth16)
        try colour.validate(ValidationContext(jointCount: 30))
        try depth.validate(ValidationContext(jointCount: 30))
    }

    /// Where a point of the world falls in the picture, from nothing but the descriptor.
    private func pixel(of point: (Double, Double, Double), head: (Double, Double, Double)) throws -> (Int, Int, Double)
    {
        let descriptor = HumanoidDescriptor.make(plant: "mujoco")
        let sensor = try #require(descriptor.sensors.first { $0.id == "head_camera_colour" })
        let frame = try #require(descriptor.frames.first { $0.name == sensor.frame }?.poseInParent)
        let q = try #require(frame.orientation)
        let (x, y, z, w) = (q.x ?? 0, q.y ?? 0, q.z ?? 0, q.w ?? 0)
        #expect(abs(x * x + y * y + z * z + w * w - 1) < 1e-9)
        let origin = frame.position
        let d = (
            point.0 - head.0 - (origin?.x ?? 0), point.1 - head.1 - (origin?.y ?? 0),
            point.2 - head.2 - (origin?.z ?? 0)
        )
        // Transposed rotation: head to optical frame.
        let right = (1 - 2 * (y * y + z * z)) * d.0 + 2 * (x * y + w * z) * d.1 + 2 * (x * z - w * y) * d.2
        let down = 2 * (x * y - w * z) * d.0 + (1 - 2 * (x * x + z * z)) * d.1 + 2 * (y * z + w * x) * d.2
        let forward = 2 * (x * z + w * y) * d.0 + 2 * (y * z - w * x) * d.1 + (1 - 2 * (x * x + y * y)) * d.2
        let camera = try #require(sensor.intrinsics?.parameters)
        return (Int(camera[2] + camera[0] * right / forward), Int(camera[3] + camera[1] * down / forward), forward)
    }

    @Test func `a thing on the table is where the descriptor's geometry says, at its distance and in its colour`()
        throws
    {
        let (colour, depth) = try pictures()
        // Standing: the head's joints lie 0.14 + 0.44 + 0.05 m above the hip axis at 0.8143 m.
        let head = (0.0, 0.0, 0.8143 + 0.63)
        let (column, row, distance) = try pixel(of: (0.85, 0.28, 0.83), head: head)
        #expect((0..<320).contains(column) && (0..<240).contains(row))
        let at = row * Int(colour.stride) + 3 * column
        let (red, green, blue) = (colour.payload[at], colour.payload[at + 1], colour.payload[at + 2])
        #expect(
            red > 2 * green && red > 2 * blue, "the red box: \(red) \(green) \(blue) at column \(column), row \(row)")
        let place = row * Int(depth.stride) + 2 * column
        let measured = 0.001 * Double(UInt16(depth.payload[place]) | UInt16(depth.payload[place + 1]) << 8)
        #expect(abs(measured - distance) < 0.05, "seen \(measured) m, computed \(distance) m")
    }
}
