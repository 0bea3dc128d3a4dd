import PonsMessages

/// Turns the head camera's pictures into Image messages: colour and depth of one capture, 15 times a second.
struct CameraFeed: Sendable {
    /// ns between captures.
    static let periodNs: Int64 = 66_666_667
    /// From capture to publication in virtual time, ns; in real time it is what rendering takes.
    private static let latencyNs: Int64 = 20_000_000
    static let colourSensor = "head_camera_colour"
    static let depthSensor = "head_camera_depth"

    private let camera = HeadCamera()
    /// In virtual time the clock waits for the picture, so that the seed decides everything.
    private let isRealTime: Bool
    private var nextNs: Int64?
    private var sequence: UInt64 = 0
    private var dueNs: Int64?

    init(isRealTime: Bool) { self.isRealTime = isRealTime }

    /// One cycle: captures when it is time, returns what is finished.
    mutating func advance(to now: Int64, _ coordinates: @autoclosure () -> [Double]) -> [Image] {
        let slot = nextNs ?? now
        if now >= slot {
            nextNs = now - slot > Self.periodNs ? now + Self.periodNs : slot + Self.periodNs
            sequence += 1
            if camera.capture(coordinates(), sequence: sequence, at: now) { dueNs = now + Self.latencyNs }
        }
        if !isRealTime {
            guard let dueNs, now >= dueNs else { return [] }
            self.dueNs = nil
        }
        return camera.takeFinished(waiting: !isRealTime).flatMap { images($0, at: now) }
    }

    private func images(_ shot: HeadCamera.Shot, at now: Int64) -> [Image] {
        var colour = Image()
        colour.header = header(shot, Self.colourSensor, HumanoidDescriptor.colourCalibration, at: now)
        colour.encoding = .rgb8
        colour.width = UInt32(SceneRenderer.width)
        colour.height = UInt32(SceneRenderer.height)
        colour.stride = UInt32(3 * SceneRenderer.width)
        colour.payload = shot.picture.colour
        var depth = colour
        depth.header = header(shot, Self.depthSensor, HumanoidDescriptor.depthCalibration, at: now)
        depth.encoding = .depth16
        depth.stride = UInt32(2 * SceneRenderer.width)
        depth.depthScale = 0.001
        depth.depthInvalid = 0
        depth.payload = shot.picture.depth
        return [colour, depth]
    }

    private func header(_ shot: HeadCamera.Shot, _ sensor: String, _ calibration: [UInt8], at now: Int64)
        -> CaptureHeader
    {
        var header = CaptureHeader()
        header.sensorID = sensor
        header.sequence = shot.sequence
        header.captureMidpointNs = shot.captureNs
        header.exposureNs = 0
        header.publishNs = now
        header.stampSource = .sensor
        header.uncertaintyNs = 1000
        header.calibrationSHA256 = calibration
        header.valid = true
        header.fault = .none
        header.syncGroup = 1
        header.syncIndex = shot.sequence
        header.frame = "head_camera_optical"
        return header
    }
}
