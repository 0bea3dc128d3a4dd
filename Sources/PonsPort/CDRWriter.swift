/// Writes XCDR1 little-endian, the encoding of DDS and ROS 2: every number at a multiple of its size after the four bytes
/// of the encapsulation header.
public struct CDRWriter: Sendable {
    /// With the header.
    public var bytes: [UInt8] { buffer }
    @usableFromInline var buffer: [UInt8] = [0, 1, 0, 0]

    /// - Parameter size: of the message, where it is known.
    public init(size: Int = 256) { buffer.reserveCapacity(size + 4) }

    @inlinable
    public mutating func write<Number: FixedWidthInteger>(_ value: Number) {
        align(MemoryLayout<Number>.size)
        for byte in 0..<MemoryLayout<Number>.size { buffer.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }

    @inlinable public mutating func write(_ value: Float) { write(value.bitPattern) }
    @inlinable public mutating func write(_ value: Double) { write(value.bitPattern) }

    /// Length with the closing zero, characters, the zero.
    public mutating func write(_ text: String) {
        write(UInt32(text.utf8.count + 1))
        buffer.append(contentsOf: text.utf8)
        buffer.append(0)
    }

    public mutating func write(_ values: [Double]) {
        count(values.count)
        for value in values { write(value) }
    }

    public mutating func write(_ texts: [String]) {
        count(texts.count)
        for text in texts { write(text) }
    }

    public mutating func write(bytes: [UInt8]) {
        count(bytes.count)
        buffer.append(contentsOf: bytes)
    }

    public mutating func count(_ count: Int) { write(UInt32(count)) }

    @usableFromInline
    mutating func align(_ size: Int) {
        while (buffer.count - 4) % size != 0 { buffer.append(0) }
    }
}
