import PonsMessages
import PonsReflection

/// Pictures: whether their bytes are what their fields say, their pieces complete, their calibration announced, and what is
/// said to belong together was taken together.
enum PictureOracle {
    /// `pictures`: encoding, size and stride describe the payload exactly (PER-06); depth says its unit and its blind
    /// pixels (PER-08).
    static func pictures(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected =
            "encoding, size and stride describe the bytes of every picture; depth says its unit and its blind pixels"
        try judgeEach(arguments, context, &outcome) { (_: Evidence.Record, image: Image) in defect(of: image) }
    }

    private static func defect(of image: Image) -> String? {
        let (width, height, stride) = (Int(image.width), Int(image.height), Int(image.stride))
        let name = image.header?.sensorID ?? "a picture"
        func size(_ bytes: Int, _ rows: Int) -> String? {
            if stride < width * bytes { return "\(name): stride \(stride) for \(width) pixels of \(bytes) bytes" }
            if image.payload.count == stride * rows { return nil }
            return "\(name): \(image.payload.count) bytes, where stride and height make \(stride * rows)"
        }
        switch image.encoding {
        case .rgb8, .bgr8: return size(3, height)
        case .mono8: return size(1, height)
        case .nv12:
            if width % 2 != 0 || height % 2 != 0 { return "\(name): NV12 of odd size \(width) × \(height)" }
            return size(1, height + height / 2)
        case .depth16: return size(2, height) ?? depthDefect(of: image, name)
        case .depth32f: return size(4, height) ?? depthDefect(of: image, name)
        case .jpeg, .h264, .h265: return image.payload.isEmpty ? "\(name): no bytes" : nil
        default: return "\(name): unknown encoding \(image.encoding.rawValue)"
        }
    }

    private static func depthDefect(of image: Image, _ name: String) -> String? {
        if image.encoding == .depth16 && image.depthScale ?? 0 <= 0 { return "\(name): no depth_scale" }
        return image.depthInvalid == nil ? "\(name): does not say which value means no measurement" : nil
    }

    /// `together`: pictures of one group and index were taken together (PER-05).
    static func together(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        let most = try context.time(arguments["within"], default: 5_000_000)
        outcome.expected = "pictures of one sync_group and sync_index taken within \(Quantity(most, .time).text)"
        var first: [String: Double] = [:]
        var pairs = 0
        var worst = 0.0
        try judgeEach(arguments, context, &outcome) { (record: Evidence.Record, image: Image) in
            guard let header = image.header, header.syncGroup != 0, let capture = header.captureMidpointNs else {
                return nil
            }
            let key = "\(record.peer) \(header.syncGroup) \(header.syncIndex)"
            guard let other = first.updateValue(Double(capture), forKey: key) else { return nil }
            pairs += 1
            worst = max(worst, abs(Double(capture) - other))
            return worst <= most ? nil : "\(Quantity(worst, .time).text) apart in index \(header.syncIndex)"
        }
        guard outcome.verdict == .pass else { return }
        outcome.seen = "\(pairs) pairs, at most \(Quantity(worst, .time).text) apart"
        if pairs < 3 { (outcome.verdict, outcome.reason) = (.inconclusive, .observableMissing) }
    }

    /// `calibrated`: every picture names a calibration announced before it, the description's or a StreamStatus's, and none
    /// older than the picture before it did (PER-10). A picture taken before a change may come after its announcement.
    static func calibrated(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected = "every picture with the calibration that was announced before it"
        var announced: [String: [[UInt8]]] = [:]
        for sensor in context.evidence.descriptor?.sensors ?? [] { announced[sensor.id] = [sensor.calibrationSHA256] }
        let peer = arguments["peer"]?.text
        var count = 0
        for record in context.evidence.records where record.kind == .received && record.peer == peer {
            if let status = record.message as? StreamStatus, !status.calibrationSHA256.isEmpty {
                announced[status.sensorID, default: []].append(status.calibrationSHA256)
            }
            guard let image = record.message as? Image, let header = image.header else { continue }
            count += 1
            if let index = announced[header.sensorID]?.lastIndex(of: header.calibrationSHA256) {
                // What was in force before the one that is used now does not come back.
                announced[header.sensorID]?.removeFirst(index)
                continue
            }
            outcome.verdict = .fail
            outcome.seen =
                "picture \(header.sequence ?? 0) of \(header.sensorID) names a calibration that nobody announced, or one that was over"
            return
        }
        settle(count, &outcome)
    }

    /// `pieces`: every message that came in pieces came whole, and with the sum it says (PER-14).
    static func pieces(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected = "every message in pieces whole: in order, without gap, with the sum it says"
        var open: (id: UInt64, have: Int, total: Int)?
        try judgeEach(arguments, context, &outcome) { (_: Evidence.Record, piece: BulkChunk) in
            let (offset, size) = (Int(piece.offset), piece.payload.count)
            if let unfinished = open, unfinished.id != piece.messageID {
                return "message \(unfinished.id) ends after \(unfinished.have) of \(unfinished.total) bytes"
            }
            guard offset == open?.have ?? 0 else {
                return "a piece of message \(piece.messageID) starts at \(offset), after \(open?.have ?? 0) bytes"
            }
            let have = offset + size
            if have > Int(piece.totalSize) {
                return "message \(piece.messageID) has \(have) bytes of \(piece.totalSize)"
            }
            open = have < Int(piece.totalSize) ? (piece.messageID, have, Int(piece.totalSize)) : nil
            return nil
        }
    }

    /// Judges every message of a type that a client received in the window, by what is wrong with it.
    private static func judgeEach<M: FrameMessage>(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult,
        _ defect: (Evidence.Record, M) -> String?
    ) throws(JudgeFailure) {
        let after = try context.time(arguments["after"], default: 0)
        let until = try context.time(arguments["until"], default: context.duration)
        (outcome.fromNs, outcome.untilNs) = (Int64(ns: after), Int64(ns: until))
        let peer = arguments["peer"]?.text
        var count = 0
        for record in context.evidence.records where record.kind == .received && record.peer == peer {
            let at = Double(record.timeNs - context.evidence.startNs)
            guard at >= after, at <= until, let message = record.message as? M else { continue }
            count += 1
            guard let problem = defect(record, message) else { continue }
            outcome.verdict = .fail
            outcome.seen = problem
            outcome.fromNs = Int64(ns: at) - 50_000_000
            return
        }
        settle(count, &outcome)
    }

    private static func settle(_ count: Int, _ outcome: inout CheckResult) {
        outcome.seen = "\(count) messages, all as required"
        outcome.verdict = count >= 3 ? .pass : .inconclusive
        if count < 3 { outcome.reason = .observableMissing }
    }
}
