/// A question, field by field; little-endian.
struct Question {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next<Number: FixedWidthInteger>() -> Number {
        let size = MemoryLayout<Number>.size
        guard offset + size <= bytes.count else { giveUp("a question ends after \(bytes.count) bytes") }
        defer { offset += size }
        return (0..<size).reduce(0) { $0 | Number(truncatingIfNeeded: bytes[offset + $1]) << (8 * $1) }
    }

    mutating func float() -> Float { Float(bitPattern: next()) }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        for index in 0..<MemoryLayout<Number>.size { append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    mutating func append(_ value: Double) { append(Float(value).bitPattern) }
}
