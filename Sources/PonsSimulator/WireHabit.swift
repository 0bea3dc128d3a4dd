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
        guard let fields = WireField.fields(of: payload) else { return payload }
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
    private static func unpacked(_ field: WireField) -> [UInt8] {
        guard field.wireType == 2, field.content.count >= 20, field.content.count % 4 == 0 else { return field.bytes }
        var result: [UInt8] = []
        for start in stride(from: 0, to: field.content.count, by: 4) {
            result += WireField.varint(field.number << 3 | 5) + field.content[start..<start + 4]
        }
        return result
    }
}
