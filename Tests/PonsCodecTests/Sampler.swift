import SwiftProtobuf

/// Writes random messages of the schema as bytes: legal, and as odd as protobuf allows.
struct Sampler {
    /// What a sender may do and usually does not.
    struct Oddities: OptionSet {
        let rawValue: Int
        static let order = Oddities(rawValue: 1)
        static let unpacked = Oddities(rawValue: 2)
        static let longVarints = Oddities(rawValue: 4)
        static let unknownFields = Oddities(rawValue: 8)
        /// Singular fields twice: the last wins, messages merge. Refused in command and safety messages.
        static let repeats = Oddities(rawValue: 16)
        static let unknownEnums = Oddities(rawValue: 32)
        /// A sub-message in two parts, which a reader merges.
        static let merges = Oddities(rawValue: 64)

        static let harmless: Oddities = [.order, .unpacked, .longVarints, .unknownFields]
    }

    var random: Random
    let oddities: Oddities
    private let schema = Schema.shared

    init(seed: UInt64, oddities: Oddities) {
        random = Random(seed: seed)
        self.oddities = oddities
    }

    /// A message with about half of its fields.
    mutating func message(_ name: String, depth: Int = 0) -> [UInt8] {
        let fields = schema.messages[name]!.field
        var chosen = fields.filter { _ in random.chance(depth == 0 ? 60 : 40) }
        chosen = onePerOneof(chosen)
        var parts = chosen.flatMap { encode($0, depth) }
        let again = chosen.filter { oddities.contains($0.type == .message ? .merges : .repeats) }
        if let field = again.randomElement(&random), random.chance(30) { parts += encode(field, depth) }
        if oddities.contains(.unknownFields) && random.chance(20) { parts.append(unknown()) }
        if oddities.contains(.order) && random.chance(40) { parts = shuffled(parts) }
        return parts.flatMap { $0 }
    }

    /// One occurrence of a singular field, with its tag.
    mutating func field(_ field: Schema.Field) -> [UInt8] { tagged(field, value(field, 0), isPacked: false) }

    /// A packed array of `count` numbers.
    mutating func packed(_ field: Schema.Field, count: Int) -> [UInt8] {
        let values = (0..<count).flatMap { _ in value(field, 0) }
        return tagged(field, varint(UInt64(values.count)) + values, isPacked: true)
    }

    private mutating func onePerOneof(_ fields: [Schema.Field]) -> [Schema.Field] {
        var seen: Set<Int32> = []
        return fields.filter { field in
            guard field.hasOneofIndex && !field.proto3Optional else { return true }
            return seen.insert(field.oneofIndex).inserted
        }
    }

    /// The occurrences of a field, each with its tag.
    private mutating func encode(_ field: Schema.Field, _ depth: Int) -> [[UInt8]] {
        guard field.label == .repeated else { return [tagged(field, value(field, depth), isPacked: false)] }
        let count = random.below(5)
        if [.string, .bytes, .message].contains(field.type) {
            return (0..<(depth > 2 ? min(count, 1) : count)).map { _ in
                tagged(field, value(field, depth), isPacked: false)
            }
        }
        let values = (0..<count).map { _ in value(field, depth) }
        if oddities.contains(.unpacked) && random.chance(30) {
            return values.map { tagged(field, $0, isPacked: false) }
        }
        if values.isEmpty && random.chance(70) { return [] }
        let split = oddities.contains(.unpacked) && random.chance(20) ? random.below(values.count + 1) : values.count
        return [values[..<split], values[split...]].filter { !$0.isEmpty || split == values.count }.prefix(2).map {
            let bytes = $0.flatMap { $0 }
            return tagged(field, varint(UInt64(bytes.count)) + bytes, isPacked: true)
        }
    }

    private mutating func tagged(_ field: Schema.Field, _ bytes: [UInt8], isPacked: Bool) -> [UInt8] {
        let type: UInt64 = isPacked ? 2 : wireType(field)
        return varint(UInt64(field.number) << 3 | type) + bytes
    }

    private func wireType(_ field: Schema.Field) -> UInt64 {
        switch field.type {
        case .double, .fixed64, .sfixed64: 1
        case .float, .fixed32, .sfixed32: 5
        case .string, .bytes, .message: 2
        default: 0
        }
    }

    private mutating func value(_ field: Schema.Field, _ depth: Int) -> [UInt8] {
        switch field.type {
        case .double, .fixed64, .sfixed64: return littleEndian(interesting64(), 8)
        case .float, .fixed32, .sfixed32: return littleEndian(interesting64(), 4)
        case .bool: return varint(UInt64(random.below(2)))
        case .enum: return enumeration(field)
        case .string: return delimited(Array(text().utf8))
        case .bytes: return delimited((0..<random.below(17)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        case .message: return delimited(depth > 5 ? [] : message(String(field.typeName.dropFirst()), depth: depth + 1))
        default: return varint(interesting64())
        }
    }

    private mutating func enumeration(_ field: Schema.Field) -> [UInt8] {
        if oddities.contains(.unknownEnums) && random.chance(10) { return varint(UInt64(200 + random.below(1000))) }
        return varint(UInt64(random.pick(schema.enums[field.typeName]!)))
    }

    private mutating func interesting64() -> UInt64 {
        switch random.below(6) {
        case 0: 0
        case 1: 1
        case 2: .max
        case 3: (1.5).bitPattern
        case 4: UInt64(Float(-2.25).bitPattern)
        default: random.next() >> UInt64(random.below(64))
        }
    }

    private mutating func text() -> String {
        let letters: [Character] = ["a", "Z", "0", "_", "é", "脑", "🦾", "ß", "桥"]
        return String((0..<random.below(9)).map { _ in random.pick(letters) })
    }

    private mutating func unknown() -> [UInt8] {
        let number = UInt64(random.pick([600, 4_000, 19_000, 300_000]))
        switch random.below(4) {
        case 0: return varint(number << 3) + varint(interesting64())
        case 1: return varint(number << 3 | 1) + littleEndian(random.next(), 8)
        case 2: return varint(number << 3 | 2) + delimited([1, 2, 3])
        default: return varint(number << 3 | 5) + littleEndian(random.next(), 4)
        }
    }

    // MARK: Bytes

    private mutating func delimited(_ bytes: [UInt8]) -> [UInt8] { varint(UInt64(bytes.count)) + bytes }

    private mutating func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        if oddities.contains(.longVarints) && bytes.count < 5 && random.chance(3) {
            bytes[bytes.count - 1] |= 0x80
            bytes.append(0)
        }
        return bytes
    }

    private func littleEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private mutating func shuffled(_ parts: [[UInt8]]) -> [[UInt8]] {
        var parts = parts
        for index in parts.indices.reversed() where index > 0 { parts.swapAt(index, random.below(index + 1)) }
        return parts
    }
}

extension Array {
    fileprivate func randomElement(_ random: inout Random) -> Element? { isEmpty ? nil : random.pick(self) }
}
