/// CRC-32/MPEG-2 over 32-bit words, most significant bit first, as Unitree's firmware checks it: polynomial 0x04C11DB7, start
/// 0xFFFFFFFF, nothing reflected, no final xor. The words are those of the C struct, padding included and zero.
enum UnitreeCRC {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index) << 24
        for _ in 0..<8 { value = value & 0x8000_0000 == 0 ? value << 1 : (value << 1) ^ 0x04C1_1DB7 }
        return value
    }

    static func of(_ words: [UInt32]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for word in words {
            for shift: UInt32 in [24, 16, 8, 0] {
                crc = (crc << 8) ^ table[Int((crc >> 24) ^ ((word >> shift) & 0xFF))]
            }
        }
        return crc
    }
}
