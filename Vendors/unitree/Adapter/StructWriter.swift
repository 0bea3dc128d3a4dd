import PonsPort

/// Writes a message twice at once: as CDR, and as the C structure in memory that the firmware's check sum goes over.
struct StructWriter {
    private var writer: CDRWriter
    private var image = StructImage()

    init(size: Int) { writer = CDRWriter(size: size) }

    mutating func write<Number: FixedWidthInteger>(_ value: Number) {
        writer.write(value)
        image.append(value)
    }

    mutating func write(_ value: Float) { write(value.bitPattern) }

    mutating func write(_ values: [Float]) { for value in values { write(value) } }

    /// What nobody has explained, or nobody uses.
    mutating func zeros<Number: FixedWidthInteger>(_ count: Int, as type: Number.Type) {
        for _ in 0..<count { write(0 as Number) }
    }

    /// Where a structure of words begins or ends: memory is filled up, CDR isn't.
    mutating func boundary() { image.fill() }

    /// The whole message, its check sum last.
    mutating func sealed() -> [UInt8] {
        writer.write(image.crc)
        return writer.bytes
    }
}
