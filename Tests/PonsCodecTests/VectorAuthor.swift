import SwiftProtobuf

/// Builds vectors from the schema alone: it knows by construction what each of them means and what is wrong with it.
///
/// Vectors are written once and reviewed; `PONS_WRITE_VECTORS=1` writes the files that do not exist yet.
struct VectorAuthor {
    let name: String
    let isStrict: Bool
    private let fields: [Schema.Field]

    init(_ name: String, isStrict: Bool) {
        self.name = name
        self.isStrict = isStrict
        fields = Schema.shared.messages["pons.v1.\(name)"]!.field.sorted { $0.number < $1.number }
    }

    struct Draft {
        var name: String
        var bytes: [UInt8]
        /// `nil` where refused.
        var canonical: [UInt8]?
        var reason: String?
    }

    var drafts: [Draft] { legal + odd + malformed }

    // MARK: Legal

    private enum Richness { case typical, extreme }

    private var legal: [Draft] {
        var drafts = [Draft(name: "minimal", bytes: [], canonical: [])]
        for (label, richness) in [("typical", Richness.typical), ("extreme", .extreme)] {
            let bytes = parts(richness).flatMap { $0 }
            if !bytes.isEmpty { drafts.append(Draft(name: label, bytes: bytes, canonical: bytes)) }
        }
        return drafts
    }

    /// Canonical occurrences of each field: the first of each oneof, all others.
    private func parts(_ richness: Richness) -> [[UInt8]] {
        var seen: Set<Int32> = []
        return fields.compactMap { field in
            if field.hasOneofIndex && !field.proto3Optional && !seen.insert(field.oneofIndex).inserted { return nil }
            return part(field, richness)
        }
    }

    private func part(_ field: Schema.Field, _ richness: Richness) -> [UInt8] {
        let count = field.label == .repeated ? 3 : 1
        let values = (0..<count).map { value(field, richness, $0) }
        if isPackable(field) { return tag(field, 2) + delimited(values.flatMap { $0 }) }
        return values.flatMap { tag(field, wireType(field)) + $0 }
    }

    private func isPackable(_ field: Schema.Field) -> Bool {
        field.label == .repeated && ![.string, .bytes, .message].contains(field.type)
    }

    private func value(_ field: Schema.Field, _ richness: Richness, _ index: Int) -> [UInt8] {
        let isExtreme = richness == .extreme
        switch field.type {
        case .double: return bytes((isExtreme ? -Double.leastNonzeroMagnitude : 0.5 + Double(index)).bitPattern, 8)
        case .float: return bytes(UInt64((isExtreme ? -0.0 : Float(1.25) * Float(index + 1)).bitPattern), 4)
        case .fixed64, .sfixed64: return bytes(isExtreme ? .max : UInt64(field.number) * 1000 + UInt64(index), 8)
        case .fixed32, .sfixed32: return bytes(isExtreme ? .max : UInt64(field.number) + UInt64(index), 4)
        case .bool: return [1]
        case .enum:
            return varint(UInt64(Schema.shared.enums[field.typeName]!.filter { $0 > 0 }[isExtreme ? 0 : index % 1]))
        case .string: return delimited(Array((isExtreme ? "脑桥🦾" : "part_\(index)").utf8))
        case .bytes: return delimited([0, 0xFF, UInt8(index)])
        case .message: return delimited(smallest(of: String(field.typeName.dropFirst("pons.v1.".count + 1))))
        default: return varint(isExtreme ? UInt64(UInt32.max) : UInt64(field.number))
        }
    }

    /// A sub-message with its first scalar, or empty.
    private func smallest(of name: String) -> [UInt8] {
        let inner = VectorAuthor(name, isStrict: false)
        guard let field = inner.fields.first(where: { $0.type != .message && $0.label != .repeated }) else { return [] }
        return inner.part(field, .typical)
    }

    // MARK: Odd, and legal

    private var odd: [Draft] {
        let parts = parts(.typical)
        let canonical = parts.flatMap { $0 }
        guard !canonical.isEmpty else { return [] }
        let unknown: [UInt8] = [0xA2, 0x1F, 3, 1, 2, 3, 0xA8, 0x1F, 5]  // fields 500 and 501
        var drafts = [
            Draft(name: "fields in reverse order", bytes: parts.reversed().flatMap { $0 }, canonical: canonical),
            Draft(name: "unknown fields in front", bytes: unknown + canonical, canonical: canonical + unknown),
        ]
        if let field = fields.first(where: isPackable) {
            let unpacked = (0..<3).flatMap { tag(field, wireType(field)) + value(field, .typical, $0) }
            drafts.append(Draft(name: "array not packed", bytes: unpacked, canonical: part(field, .typical)))
            let halves = (0..<3).flatMap { tag(field, 2) + delimited(value(field, .typical, $0)) }
            drafts.append(Draft(name: "array packed in three pieces", bytes: halves, canonical: part(field, .typical)))
        }
        if let field = fields.first(where: { $0.number < 16 && !isPackable($0) }) {
            let whole = part(field, .typical)
            if whole[0] & 7 != 2 || field.label != .repeated {
                let long = [whole[0] | 0x80, 0] + whole.dropFirst()
                drafts.append(Draft(name: "tag longer than needed", bytes: long, canonical: whole))
            }
        }
        if !isStrict, let field = fields.first(where: { $0.label != .repeated && wireType($0) == 1 }) {
            let twice = tag(field, 1) + bytes(7, 8) + tag(field, 1) + bytes(9, 8)
            drafts.append(
                Draft(name: "field twice, the last wins", bytes: twice, canonical: tag(field, 1) + bytes(9, 8)))
        }
        return drafts
    }

    // MARK: Malformed

    private var malformed: [Draft] {
        let canonical = parts(.typical).flatMap { $0 }
        func refused(_ name: String, _ bytes: [UInt8], _ reason: String = "MALFORMED") -> Draft {
            Draft(name: name, bytes: bytes, canonical: nil, reason: reason)
        }
        var drafts = [
            refused("field number 0", [0x00, 0x00]), refused("group", [0xFB, 0x3E]), refused("wire type 7", [0x0F]),
            refused("varint of eleven bytes", varint(1000 << 3) + Array(repeating: 0xFF, count: 10) + [1]),
            refused("length beyond the end", varint(1000 << 3 | 2) + [5, 1, 2]),
            refused("tag without value", varint(1000 << 3 | 1)),
            refused("critical field", varint(10_000 << 3) + [1], "UNSUPPORTED_CRITICAL"),
        ]
        if canonical.count > 1 { drafts.append(refused("last byte missing", Array(canonical.dropLast()))) }
        if let field = fields.first(where: { isPackable($0) && [1, 5].contains(wireType($0)) }) {
            drafts.append(refused("ragged array", tag(field, 2) + delimited([1, 2, 3])))
        }
        if let field = fields.first(where: { $0.type == .string }) {
            drafts.append(refused("overlong UTF-8", tag(field, 2) + delimited([0xC0, 0x80]), "BAD_STRING"))
            drafts.append(refused("UTF-8 surrogate", tag(field, 2) + delimited([0xED, 0xA0, 0x80]), "BAD_STRING"))
        }
        return drafts + (isStrict ? strictly(refused) : [])
    }

    private func strictly(_ refused: (String, [UInt8], String) -> Draft) -> [Draft] {
        var drafts: [Draft] = []
        if let field = fields.first(where: { $0.label != .repeated && $0.type != .message }) {
            let once = part(field, .typical)
            drafts.append(refused("field twice", once + once, "MALFORMED"))
            let other: [UInt8] = wireType(field) == 0 ? tag(field, 5) + bytes(1, 4) : tag(field, 0) + [1]
            drafts.append(refused("another wire type", other, "MALFORMED"))
        }
        if let field = fields.first(where: { $0.type == .enum && $0.label != .repeated }) {
            drafts.append(refused("enumeration number without a name", tag(field, 0) + varint(9999), "UNKNOWN_ENUM"))
        }
        return drafts
    }

    // MARK: Bytes

    private func wireType(_ field: Schema.Field) -> UInt64 {
        switch field.type {
        case .double, .fixed64, .sfixed64: 1
        case .float, .fixed32, .sfixed32: 5
        case .string, .bytes, .message: 2
        default: 0
        }
    }

    private func tag(_ field: Schema.Field, _ type: UInt64) -> [UInt8] { varint(UInt64(field.number) << 3 | type) }
    private func delimited(_ bytes: [UInt8]) -> [UInt8] { varint(UInt64(bytes.count)) + bytes }
    private func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
