/// A field of a message as it stands on the wire, without its schema.
struct WireField {
    var number: UInt64
    var wireType: UInt64
    /// With its tag.
    var bytes: [UInt8]
    /// Without tag and length.
    var content: [UInt8]

    /// The fields of a message, or `nil` where the bytes are none.
    static func fields(of payload: [UInt8]) -> [WireField]? {
        var fields: [WireField] = []
        var position = 0
        func number() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 70, by: 7) {
                guard position < payload.count else { return nil }
                let byte = payload[position]
                position += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        while position < payload.count {
            let start = position
            guard let tag = number() else { return nil }
            var content = position
            switch tag & 7 {
            case 0: guard number() != nil else { return nil }
            case 1: position += 8
            case 5: position += 4
            case 2:
                guard let length = number(), length <= UInt64(payload.count) else { return nil }
                content = position
                position += Int(length)
            default: return nil
            }
            guard position <= payload.count else { return nil }
            fields.append(
                WireField(
                    number: tag >> 3, wireType: tag & 7, bytes: Array(payload[start..<position]),
                    content: Array(payload[content..<position])))
        }
        return fields
    }

    static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    static func littleEndian(_ value: UInt64, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }
}
