/// Sizes of encoded values, in bytes.
public enum WireSize {
    @inlinable
    public static func varint(_ value: UInt64) -> Int {
        let bits = 64 - (value | 1).leadingZeroBitCount
        return (bits + 6) / 7
    }

    /// A length-delimited value of `count` bytes, without its tag.
    @inlinable
    public static func delimited(_ count: Int) -> Int { varint(UInt64(count)) + count }
}

/// Writing frame headers. Overflowing the storage is a programmer's mistake and traps.
extension OutputSpan<UInt8> {
    @inlinable
    public mutating func writeFixed32(_ value: UInt32) {
        for shift in 0..<4 { append(UInt8(truncatingIfNeeded: value &>> UInt32(shift * 8))) }
    }

    @inlinable
    public mutating func writeFixed64(_ value: UInt64) {
        for shift in 0..<8 { append(UInt8(truncatingIfNeeded: value &>> UInt64(shift * 8))) }
    }
}
