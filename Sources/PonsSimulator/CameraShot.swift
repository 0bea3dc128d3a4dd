import PonsMessages

/// Colour and depth of one moment, as both plants deliver them.
struct CameraShot: Sendable {
    static let colourSensor = "head_camera_colour"
    static let depthSensor = "head_camera_depth"
    let captureNs: Int64
    let exposureNs: Int64
    let sequence: UInt64
    let width: Int
    let height: Int
    /// RGB, three bytes a pixel.
    let colour: [UInt8]
    /// Millimetres, little-endian, two bytes a pixel; 0 where nothing was measured.
    let depth: [UInt8]

    func images(publishedAt now: Int64) -> [Image] {
        var colour = Image()
        colour.header = header(Self.colourSensor, at: now)
        colour.encoding = .rgb8
        colour.width = UInt32(width)
        colour.height = UInt32(height)
        colour.stride = UInt32(3 * width)
        colour.payload = self.colour
        var depth = colour
        depth.header = header(Self.depthSensor, at: now)
        depth.encoding = .depth16
        depth.stride = UInt32(2 * width)
        depth.depthScale = 0.001
        depth.depthInvalid = 0
        depth.payload = self.depth
        return [colour, depth]
    }

    private func header(_ sensor: String, at now: Int64) -> CaptureHeader {
        var header = CaptureHeader()
        header.sensorID = sensor
        header.sequence = sequence
        header.captureMidpointNs = captureNs
        header.exposureNs = exposureNs
        header.publishNs = now
        header.stampSource = .sensor
        header.uncertaintyNs = 1000
        header.valid = true
        header.fault = .none
        header.syncGroup = 1
        header.syncIndex = sequence
        header.frame = "head_camera_optical"
        return header
    }
}
