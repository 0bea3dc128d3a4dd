/// Writes pictures that every viewer opens; not compressed.
public enum PNG {
    /// - Parameter rgb: 3 bytes a pixel, rows from the top.
    public static func encode(rgb: [UInt8], width: Int, height: Int) -> [UInt8] {
        precondition(rgb.count == 3 * width * height)
        let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
            + chunk("IDAT", stored(rows(rgb, 3 * width))) + chunk("IEND", [])
    }

    /// Each row after a filter byte of 0.
    private static func rows(_ rgb: [UInt8], _ stride: Int) -> [UInt8] {
        var rows: [UInt8] = []
        rows.reserveCapacity(rgb.count + rgb.count / stride)
        for start in Swift.stride(from: 0, to: rgb.count, by: stride) { rows += [0] + rgb[start..<start + stride] }
        return rows
    }

    /// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4).
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var (low, high): (UInt32, UInt32) = (1, 0)
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            let (count, isLast) = (UInt16(block.count), start + 65_535 >= bytes.count)
            stream += [isLast ? 1 : 0, UInt8(truncatingIfNeeded: count), UInt8(count >> 8)]
            stream += [UInt8(truncatingIfNeeded: ~count), UInt8(~count >> 8)]
            stream += block
            for byte in block {
                low = (low + UInt32(byte)) % 65_521
                high = (high + low) % 65_521
            }
        }
        return stream + bigEndian(high << 16 | low)
    }

    private static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + bytes
        return bigEndian(UInt32(bytes.count)) + body + bigEndian(CRC32.value(of: body))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}
