import PonsMessages
import PonsSafety
import PonsSession

// Camera images: in pieces, to those who subscribed, in the rate and size that each asked for.
extension RobotRuntime {
    /// Pictures go only over links that can carry them.
    mutating func publishPictures(_ now: Int64) {
        if tickCount % 1000 == 0 { reportShapes(now) }
        let links = listeners(.image)
        guard !links.isEmpty else { return }
        // A picture of a sensor that the description doesn't know would have no frame, rate or calibration (DSC-11).
        for image in adapter.takeImages(at: now)
        where descriptor.sensors.contains(where: { $0.id == image.header?.sensorID }) {
            publish(seen(image, links.count, now), to: links, now)
        }
    }

    private mutating func publish(_ image: Image, to links: [LinkID], _ now: Int64) {
        let sensor = image.header?.sensorID ?? ""
        let key = descriptor.sensors.firstIndex { $0.id == sensor } ?? 0
        var whole: [[UInt8]]?
        for link in links {
            let session = peers[link]!.sessionID
            guard var shape = pictures.shape(of: sensor, for: session), !faults.breaks(.per15) else {
                let pieces = whole ?? self.pieces(of: image)
                whole = pieces
                peers[link]!.send(bulk: pieces, key: key)
                continue
            }
            if now < shape.dueNs {
                shape.dropped += 1
            } else {
                shape.dueNs = max(shape.dueNs, now - shape.periodNs) + shape.periodNs
                let smaller = image.scaled(toWidth: shape.width, height: shape.height)
                shape.sent += 1
                shape.last = (smaller.width, smaller.height)
                peers[link]!.send(bulk: pieces(of: smaller), key: key)
            }
            pictures.set(shape, of: sensor, for: session)
        }
    }

    private mutating func pieces(of image: Image) -> [[UInt8]] {
        pictures.messageCount += 1
        var pieces = BulkTransfer.pieces(of: image.encoded(), type: .image, id: pictures.messageCount)
        if faults.breaks(.per14) { pieces[pieces.count - 1].payload.removeLast(pieces.last!.payload.count / 2) }
        return pieces.map { $0.encoded() }
    }

    // MARK: Rate and size (PER-15)

    mutating func shape(_ request: StreamRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let sensor = descriptor.sensors.first(where: { $0.id == request.sensorID }) else {
            return .rejected(Rejection(.unknownName, path: "sensor_id"))
        }
        guard sensor.kind.isCamera else {
            return .rejected(Rejection(.unsupported, path: "sensor_id"))
        }
        var shape = PictureStreams.Shape()
        if let rate = request.maxRateHz {
            guard rate > 0.01 else { return .rejected(Rejection(.outOfRange, path: "max_rate_hz", limit: 0.01)) }
            shape.periodNs = Int64(1e9 / rate)
        }
        (shape.width, shape.height) = (request.maxWidth, request.maxHeight)
        pictures.set(shape, of: sensor.id, for: peers[link]!.sessionID)
        return .accepted
    }

    /// Once a second, to each session that asked: what it really gets.
    private mutating func reportShapes(_ now: Int64) {
        for link in peers.links {
            let session = peers[link]!.sessionID
            for (sensor, var shape) in (pictures.shapes[session] ?? [:]).sorted(by: { $0.key < $1.key }) {
                var status = StreamStatus()
                status.sensorID = sensor
                status.actualRateHz = Double(shape.sent)
                (status.width, status.height) = shape.last
                status.dropped = shape.dropped
                status.calibrationSHA256 = calibration(of: sensor)
                reply(link, status, now)
                shape.sent = 0
                pictures.set(shape, of: sensor, for: session)
            }
        }
    }

    // MARK: Calibration (PER-10)

    private func calibration(of sensor: String) -> [UInt8] {
        descriptor.sensors.first { $0.id == sensor }?.calibrationSHA256 ?? []
    }

    /// A changed tool moves the cameras: a new calibration, told before the first picture that was taken with it.
    mutating func recalibrate(_ now: Int64) {
        for index in descriptor.sensors.indices where !descriptor.sensors[index].calibrationSHA256.isEmpty {
            let renewed = hashing(descriptor.sensors[index].calibrationSHA256 + [UInt8(truncatingIfNeeded: now)])
            descriptor.sensors[index].calibrationSHA256 = renewed
            if faults.breaks(.per10) { continue }
            var status = StreamStatus()
            status.sensorID = descriptor.sensors[index].id
            status.calibrationSHA256 = renewed
            broadcast(status, now)
        }
    }

    // MARK: What the camera delivers

    /// The picture as this robot publishes it: with the calibration in force, flagged where it is not fresh (PER-11).
    private mutating func seen(_ image: Image, _ listenerCount: Int, _ now: Int64) -> Image {
        var image = image
        guard var header = image.header else { return image }
        header.calibrationSHA256 = calibration(of: header.sensorID)
        if let (picture, until) = pictures.frozen[header.sensorID] {
            let old = picture ?? image
            pictures.frozen[header.sensorID] = now < until ? (old, until) : nil
            image.payload = old.payload
            if !faults.breaks(.per11) { (header.valid, header.fault) = (false, .frozen) }
        }
        image.header = header
        if Faults.self != NoFaults.self { spoil(&image, listenerCount) }
        return image
    }

    /// What a broken pipeline makes of a picture.
    private mutating func spoil(_ image: inout Image, _ listenerCount: Int) {
        guard var header = image.header, let capture = header.captureMidpointNs, let sequence = header.sequence else {
            return
        }
        let isDepth = image.encoding == .depth16
        if listenerCount > pictures.listenerCount && faults.breaks(.per02) { pictures.rewound = sequence - 1 }
        pictures.listenerCount = listenerCount
        header.sequence = sequence - min(pictures.rewound, sequence - 1)
        if faults.breaks(.per01) { header.captureMidpointNs = capture - 120_000_000 }
        if faults.breaks(.per03) { header.publishNs = capture }
        // A quarter of a period to and fro, the same for all pictures of one moment.
        let scatter = Int64((sequence &* 0x9E37_79B9_7F4A_7C15) >> 32) % 16_000_000 - 16_000_000
        if faults.breaks(.per04) { header.captureMidpointNs = capture + scatter }
        if isDepth && faults.breaks(.per05) { header.captureMidpointNs = capture - 20_000_000 }
        if isDepth && faults.breaks(.per08) { image.depthInvalid = nil }
        if !isDepth && faults.breaks(.per06) { image.stride = image.width }
        image.header = header
    }
}
