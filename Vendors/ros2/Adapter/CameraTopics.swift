import PonsMessages
import PonsPort
import ROS2Messages

/// Pictures of a robot's cameras, as they come on `sensor_msgs/Image`.
///
/// ROS 2 stamps pictures with its own clock and doesn't number them: when a picture was taken follows from the clock of the joint
/// states, its number from the nominal rate, so that a gap shows. A picture that is not newer than the last, that has another size
/// than the manifest, an encoding that this standard doesn't know, or a mount that `/tf_static` puts elsewhere, is dropped.
struct CameraTopics: Sendable {
    private struct Camera: Sendable {
        let sensor: PortManifest.Sensor
        let optics: PortManifest.Optics
        let topic: String
        var lastStampNs: Int64 = .min
        var sequence: UInt64 = 0
    }

    private var cameras: [Camera]
    private var finished: [Image] = []

    init(_ manifest: PortManifest) {
        cameras = manifest.sensors.compactMap { sensor in
            guard let optics = sensor.optics, let topic = sensor.topic else { return nil }
            return Camera(sensor: sensor, optics: optics, topic: ROS2Topics.wire(topic))
        }
    }

    /// Takes what has come; of each camera the newest waits for ``take()``.
    mutating func advance(_ bus: any NativeBus, _ clock: WallClock, _ mounts: MountCheck, at now: Int64) {
        for index in cameras.indices {
            guard let bytes = bus.take(cameras[index].topic).last else { continue }
            guard let message = try? ImageMessage(cdr: bytes), let offsetNs = clock.offsetNs,
                mounts.isBelieved(cameras[index].sensor, message.header.frame),
                let image = picture(&cameras[index], message, offsetNs: offsetNs, at: now)
            else { continue }
            finished.removeAll { $0.header?.sensorID == cameras[index].sensor.id }
            finished.append(image)
        }
    }

    mutating func take() -> [Image] {
        defer { finished = [] }
        return finished
    }

    private func picture(
        _ camera: inout Camera, _ message: ImageMessage, offsetNs: Int64, at now: Int64
    ) -> Image? {
        let stampNs = message.header.stampNs
        guard stampNs > camera.lastStampNs, message.width == camera.optics.width,
            message.height == camera.optics.height, !message.isBigEndian
        else { return nil }
        var image = Image()
        switch (camera.sensor.kind, message.encoding) {
        case (.colourCamera, "rgb8"): (image.encoding, image.stride) = (.rgb8, 3 * message.width)
        case (.colourCamera, "bgr8"): (image.encoding, image.stride) = (.bgr8, 3 * message.width)
        case (.colourCamera, "mono8"): (image.encoding, image.stride) = (.mono8, message.width)
        case (.depthCamera, "16UC1"):
            // Millimetres, and 0 where nothing was measured (REP 118).
            (image.encoding, image.stride) = (.depth16, 2 * message.width)
            (image.depthScale, image.depthInvalid) = (0.001, 0)
        default: return nil
        }
        guard message.step == image.stride else { return nil }
        let periodNs = 1e9 / camera.sensor.rateHz
        let isFirst = camera.lastStampNs == .min
        camera.sequence += isFirst ? 1 : UInt64(max(1, (Double(stampNs - camera.lastStampNs) / periodNs).rounded()))
        camera.lastStampNs = stampNs
        (image.width, image.height, image.payload) = (message.width, message.height, message.pixels)
        image.header = header(camera, stampNs, offsetNs: offsetNs, at: now)
        return image
    }

    private func header(_ camera: Camera, _ stampNs: Int64, offsetNs: Int64, at now: Int64) -> CaptureHeader {
        var header = CaptureHeader()
        header.sensorID = camera.sensor.id
        header.sequence = camera.sequence
        header.captureMidpointNs = stampNs + offsetNs
        header.exposureNs = camera.optics.exposureNs
        header.publishNs = now
        header.stampSource = .driver
        // Stamps are compared with a clock that is known to the age of a joint state.
        header.uncertaintyNs = 2_000_000
        header.valid = true
        header.fault = .none
        header.frame = camera.sensor.frame
        if camera.optics.isGrouped {
            header.syncGroup = 1
            header.syncIndex = UInt64((Double(stampNs) * camera.sensor.rateHz / 1e9).rounded())
        }
        return header
    }
}
