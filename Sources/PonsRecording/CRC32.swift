/// CRC-32 of the MCAP format (polynomial 0xEDB88320, reflected). The safety channel uses another one on purpose.
enum CRC32 {
    static func value(of bytes: [UInt8]) -> UInt32 {
        var state: UInt32 = 0xFFFF_FFFF
        let table = table.span, bytes = bytes.span
        var index = 0
        // Eight bytes at a time: what each contributes lies in a table of its own, by how many bytes follow it.
        while index + 8 <= bytes.count {
            var next: UInt32 = 0
            for place in 0..<8 {
                let mixed =
                    place < 4
                    ? bytes[index + place] ^ UInt8(truncatingIfNeeded: state >> (8 * UInt32(place)))
                    : bytes[index + place]
                next ^= table[(7 - place) * 256 + Int(mixed)]
            }
            state = next
            index += 8
        }
        while index < bytes.count {
            state = state >> 8 ^ table[Int((state ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        return ~state
    }

    /// Eight tables of 256: the k-th says what a byte leaves behind that k more bytes follow.
    private static let table: [UInt32] = {
        var table = (0..<256).map { (index: Int) -> UInt32 in
            (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        for place in 256..<2048 {
            let before = table[place - 256]
            table.append(before >> 8 ^ table[Int(before & 0xFF)])
        }
        return table
    }()
}
