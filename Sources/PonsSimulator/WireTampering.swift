import PonsRobot
import PonsSession
public import PonsWire

/// A robot whose messages are well formed and mean nonsense now and then: numbers at the ends of their range, lost fields,
/// repeated ones. For tests of those who read them: whatever a robot says, a reader answers with an error.
public struct WireTampering: Equatable, Sendable {
    /// One message in so many is changed.
    public var interval: UInt64
    private var state: UInt64

    public init(seed: UInt64, interval: UInt64 = 8) {
        (state, self.interval) = (seed, interval)
    }

    /// The frame, or another one under the same header, sealed again.
    public mutating func rewrite(_ frame: [UInt8], identity: SessionIdentity) -> [UInt8] {
        guard next(below: interval) == 0,
            var header = try? FrameCheck.open(frame.span.bytes, identity: identity, payloadLimit: .max)
        else { return frame }
        let end = FrameHeader.size + Int(header.payloadLength)
        var payload = Array(frame[FrameHeader.size..<end])
        for _ in 0...next(below: 3) { payload = changed(payload, depth: 0) }
        if next(below: 8) == 0 { header.sendTimeNs = Int64(bitPattern: extreme()) }
        header.payloadLength = UInt32(payload.count)
        return FrameSealer.frame(header, payload, identity: identity)
    }

    private mutating func changed(_ payload: [UInt8], depth: Int) -> [UInt8] {
        guard let fields = WireField.fields(of: payload), !fields.isEmpty else { return payload }
        let chosen = Int(next(below: UInt64(fields.count)))
        var result: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index != chosen {
                result += field.bytes
                continue
            }
            switch next(below: 10) {
            case 0: break
            case 1: result += field.bytes + field.bytes
            default: result += changed(field, depth)
            }
        }
        return result
    }

    private mutating func changed(_ field: WireField, _ depth: Int) -> [UInt8] {
        let tag = WireField.varint(field.number << 3 | field.wireType)
        switch field.wireType {
        case 0: return tag + WireField.varint(next(below: 2) == 0 ? next(below: 40) : extreme())
        case 1: return tag + WireField.littleEndian(extreme(), count: 8)
        case 5: return tag + WireField.littleEndian(extreme(), count: 4)
        default:
            var content = field.content
            if depth < 6, WireField.fields(of: content) != nil, next(below: 4) > 0 {
                content = changed(content, depth: depth + 1)
            } else if content.count >= 4, next(below: 2) == 0 {
                // A number of a packed array, or a letter.
                let start = Int(next(below: UInt64(content.count / 4))) * 4
                content.replaceSubrange(start..<start + 4, with: WireField.littleEndian(extreme(), count: 4))
            } else {
                content = next(below: 2) == 0 ? content + content : Array(content.prefix(content.count / 2))
            }
            return tag + WireField.varint(UInt64(content.count)) + content
        }
    }

    /// The ends of integers and floating-point numbers, and what lies near zero.
    private mutating func extreme() -> UInt64 {
        let values: [UInt64] = [
            0, 1, 2, .max, .max - 1, 1 << 63, (1 << 63) - 1, 1 << 62, UInt64(UInt32.max), 1 << 31, (1 << 31) - 1,
            Double.greatestFiniteMagnitude.bitPattern, (-Double.greatestFiniteMagnitude).bitPattern,
            Double.leastNonzeroMagnitude.bitPattern, Double.infinity.bitPattern, Double.nan.bitPattern,
            (1e18).bitPattern, (-1e18).bitPattern, UInt64(Float.greatestFiniteMagnitude.bitPattern),
            UInt64((-Float.greatestFiniteMagnitude).bitPattern), UInt64(Float(1e9).bitPattern),
        ]
        return values[Int(next(below: UInt64(values.count)))]
    }

    private mutating func next(below bound: UInt64) -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) % max(bound, 1)
    }
}
