import PonsPort

/// Reads a message from CDR, and rebuilds the C structure that its check sum goes over.
struct StructReader {
    private var reader: CDRReader
    private var image = StructImage()

    init(_ bytes: [UInt8]) throws(CDRReader.Malformed) { reader = try CDRReader(bytes) }

    mutating func number<Number: FixedWidthInteger>() throws(CDRReader.Malformed) -> Number {
        let value: Number = try reader.number()
        image.append(value)
        return value
    }

    mutating func float() throws(CDRReader.Malformed) -> Float { Float(bitPattern: try number()) }

    mutating func floats(_ count: Int) throws(CDRReader.Malformed) -> [Float] {
        var values: [Float] = []
        for _ in 0..<count { values.append(try float()) }
        return values
    }

    mutating func skip<Number: FixedWidthInteger>(_ count: Int, as type: Number.Type) throws(CDRReader.Malformed) {
        for _ in 0..<count { _ = try number() as Number }
    }

    mutating func boundary() { image.fill() }

    /// Whether the check sum that ends the message is that of the structure.
    mutating func isIntact() throws(CDRReader.Malformed) -> Bool {
        let expected = image.crc
        return try reader.number() == expected
    }
}
