/// Reads XCDR1 little-endian; bytes are checked before they are believed.
public struct CDRReader: Sendable {
    /// Bytes that are no such message.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    @usableFromInline let bytes: [UInt8]
    @usableFromInline var offset = 4

    /// - Throws: where the encapsulation is not plain CDR, little-endian.
    public init(_ bytes: [UInt8]) throws(Malformed) {
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 1 else {
            throw Malformed(description: "not XCDR1 little-endian: the first two bytes must be 00 01")
        }
        self.bytes = bytes
    }

    @inlinable
    public mutating func number<Number: FixedWidthInteger>() throws(Malformed) -> Number {
        let size = MemoryLayout<Number>.size
        offset += (size - (offset - 4) % size) % size
        guard offset + size <= bytes.count else { throw ended() }
        var value: Number = 0
        for byte in 0..<size { value |= Number(truncatingIfNeeded: bytes[offset + byte]) << (8 * byte) }
        offset += size
        return value
    }

    @inlinable public mutating func float() throws(Malformed) -> Float { Float(bitPattern: try number()) }
    @inlinable public mutating func double() throws(Malformed) -> Double { Double(bitPattern: try number()) }

    public mutating func text(longest: Int = 256) throws(Malformed) -> String {
        let length = Int(try number() as UInt32)
        guard length >= 1, length <= longest + 1 else {
            throw Malformed(description: "a text of \(length) bytes at \(offset), at most \(longest) are allowed")
        }
        guard offset + length <= bytes.count else { throw ended() }
        guard bytes[offset + length - 1] == 0,
            let text = String(validating: bytes[offset..<(offset + length - 1)], as: UTF8.self)
        else { throw Malformed(description: "no UTF-8 text with a closing zero at \(offset)") }
        offset += length
        return text
    }

    public mutating func count(atMost limit: Int) throws(Malformed) -> Int {
        let count = Int(try number() as UInt32)
        guard count <= limit else { throw Malformed(description: "\(count) elements, at most \(limit) are allowed") }
        return count
    }

    public mutating func doubles(atMost limit: Int) throws(Malformed) -> [Double] {
        var values: [Double] = []
        for _ in 0..<(try count(atMost: limit)) { values.append(try double()) }
        return values
    }

    public mutating func texts(atMost limit: Int) throws(Malformed) -> [String] {
        var values: [String] = []
        for _ in 0..<(try count(atMost: limit)) { values.append(try text()) }
        return values
    }

    public mutating func bytes(atMost limit: Int) throws(Malformed) -> [UInt8] {
        let count = try count(atMost: limit)
        guard offset + count <= bytes.count else { throw ended() }
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }

    @usableFromInline
    func ended() -> Malformed { Malformed(description: "ends after \(bytes.count) bytes, in the middle of a field") }
}
