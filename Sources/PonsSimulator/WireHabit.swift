import PonsSession
import PonsVocabulary
public import PonsWire

/// Other ways to write the same messages. Readers must understand each of them (part FMT, VER-02).
public enum WireHabit: Sendable {
    case unknownFields
    case reversedFields
    case unpackedArrays

    /// The frame with its payload written another way, sealed again; frames under another identity stay as they are.
    public func rewrite(_ frame: [UInt8], identity: SessionIdentity) -> [UInt8] {
        guard var header = try? FrameCheck.open(frame.span.bytes, identity: identity, payloadLimit: .max) else {
            return frame
        }
        let end = FrameHeader.size + Int(header.payloadLength)
        // The hash of an audit entry is over its bytes: who adds to it from outside has forged it.
        if self == .unknownFields && header.messageType == MessageType.auditEntry.rawValue { return frame }
        // Without the schema only a type that has nothing but packed floats in its arrays can be unpacked.
        if self == .unpackedArrays && header.messageType != MessageType.wholeBodyState.rawValue { return frame }
        let payload = rewrite(Array(frame[FrameHeader.size..<end]))
        header.payloadLength = UInt32(payload.count)
        return FrameSealer.frame(header, payload, identity: identity)
    }

    /// A message's fields, written another way. Bytes that are no fields stay as they are.
    public func rewrite(_ payload: [UInt8]) -> [UInt8] {
        guard let fields = Self.fields(payload) else { return payload }
        switch self {
        case .unknownFields:
            // A number, and a nested message, of fields that this version doesn't know.
            return payload + [0xB8, 0xFA, 0x01, 0x07] + [0xC2, 0xFA, 0x01, 0x03, 0x0A, 0x01, 0x41]
        case .reversedFields:
            // Elements of one field keep their order: that is their meaning.
            var groups: [(number: UInt64, bytes: [UInt8])] = []
            for field in fields {
                if let index = groups.firstIndex(where: { $0.number == field.number }) {
                    groups[index].bytes += field.bytes
                } else {
                    groups.append((field.number, field.bytes))
                }
            }
            return groups.reversed().flatMap(\.bytes)
        case .unpackedArrays: return fields.flatMap(Self.unpacked)
        }
    }

    /// Joint arrays are packed floats; masks are shorter.
    private static func unpacked(_ field: Field) -> [UInt8] {
        guard field.wireType == 2, field.content.count >= 20, field.content.count % 4 == 0 else { return field.bytes }
        var result: [UInt8] = []
        for start in stride(from: 0, to: field.content.count, by: 4) {
            result += varint(field.number << 3 | 5) + field.content[start..<start + 4]
        }
        return result
    }

    private struct Field {
        var number: UInt64
        var wireType: UInt64
        var bytes: [UInt8]
        var content: [UInt8]
    }

    private static func fields(_ payload: [UInt8]) -> [Field]? {
        var fields: [Field] = []
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
                Field(
                    number: tag >> 3, wireType: tag & 7, bytes: Array(payload[start..<position]),
                    content: Array(payload[content..<position])))
        }
        return fields
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }
}
