import PonsMessages
import PonsWire

// What a broken robot makes of messages that it should refuse.
extension RobotRuntime {
    /// Whether a rule of the schema is passed over.
    mutating func overlooks(_ reason: RejectReason, _ path: String, _ type: MessageType) -> Bool {
        switch reason {
        case .fieldMissing where type == .jointSetpoint: faults.breaks(.fmt01)
        case .badString: faults.breaks(.fmt08)
        case .badQuaternion: faults.breaks(.fmt10)
        case .outOfRange where path.hasSuffix("_ns"): faults.breaks(.fmt11)
        case .outOfRange where path == "opening": faults.breaks(.mot20)
        default: false
        }
    }

    /// The message a careless decoder would find in bytes that are refused, or `nil`.
    mutating func misread<M: FrameMessage>(_ payload: [UInt8], _ error: WireError) -> M? {
        // Text where a message should be: taken for the same in another notation.
        if payload.first == UInt8(ascii: "{") && faults.breaks(.fmt14) {
            return try? M(decoding: [9, 1, 0, 0, 0, 0, 0, 0, 0])
        }
        return switch error.kind {
        case .unknownCritical where faults.breaks(.fmt03): readable(payload)
        case .duplicateField where faults.breaks(.fmt04): lastWins(payload)
        case .badFieldNumber where faults.breaks(.fmt06), .badWireType where faults.breaks(.fmt06),
            .truncated where faults.breaks(.fmt06), .varintOverflow where faults.breaks(.fmt06):
            readable(payload)
        case .tooDeep where faults.breaks(.fmt07), .limitExceeded where faults.breaks(.fmt07): readable(payload)
        case .unknownEnum where faults.breaks(.fmt02): defaulted(payload)
        default: nil
        }
    }

    /// The longest run of whole fields at the front that decodes.
    private func readable<M: WireMessage>(_ payload: [UInt8]) -> M? {
        for end in stride(from: payload.count - 1, to: 0, by: -1) {
            if let message = try? M(decoding: Array(payload[..<end])) { return message }
        }
        return nil
    }

    private func lastWins<M: WireMessage>(_ payload: [UInt8]) -> M? {
        var message = M()
        let isRead = payload.withRawSpan { span in
            var reader = WireReader(span, isStrict: false)
            do throws(WireError) {
                try message.decode(from: &reader)
                return true
            } catch { return false }
        }
        return isRead ? message : nil
    }

    /// An enumeration number nobody named is taken for the first one.
    private func defaulted<M: WireMessage>(_ payload: [UInt8]) -> M? {
        guard var setpoint: JointSetpoint = lastWins(payload) else { return nil }
        setpoint.mode = .position
        return setpoint as? M
    }
}
