/// A C structure in memory, little-endian: every number at a multiple of its size, padding zero.
///
/// The check sum is CRC-32/MPEG-2 over its 32-bit words, most significant bit first: polynomial 0x04C11DB7, start 0xFFFFFFFF, nothing
/// reflected, no final xor.
struct StructImage {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index) << 24
        for _ in 0..<8 { value = value & 0x8000_0000 == 0 ? value << 1 : (value << 1) ^ 0x04C1_1DB7 }
        return value
    }

    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(2096) }

    mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        align(MemoryLayout<Number>.size)
        for byte in 0..<MemoryLayout<Number>.size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }

    /// To a whole word, as a structure of words begins and ends.
    mutating func fill() { align(4) }

    private mutating func align(_ size: Int) {
        while bytes.count % size != 0 { bytes.append(0) }
    }

    /// Of all words so far.
    var crc: UInt32 {
        var image = self
        image.fill()
        var crc: UInt32 = 0xFFFF_FFFF
        for start in stride(from: 0, to: image.bytes.count, by: 4) {
            for place in [3, 2, 1, 0] {
                crc = (crc << 8) ^ Self.table[Int((crc >> 24) ^ UInt32(image.bytes[start + place]))]
            }
        }
        return crc
    }
}
