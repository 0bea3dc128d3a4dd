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

/// Writing into storage the caller supplies. Overflowing it is a programmer's mistake and traps: size it with `encodedSize`.
extension OutputSpan<UInt8> {
    @inlinable
    public mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        append(UInt8(rest))
    }

    @inlinable
    public mutating func writeFixed32(_ value: UInt32) {
        for shift in 0..<4 { append(UInt8(truncatingIfNeeded: value &>> UInt32(shift * 8))) }
    }

    @inlinable
    public mutating func writeFixed64(_ value: UInt64) {
        for shift in 0..<8 { append(UInt8(truncatingIfNeeded: value &>> UInt64(shift * 8))) }
    }
}

#if !hasFeature(Embedded)

    extension OutputSpan<UInt8> {
        @inlinable
        public mutating func writeBytes(_ bytes: [UInt8]) {
            for byte in bytes { append(byte) }
        }

        @inlinable
        public mutating func writeString(_ string: String) {
            for byte in string.utf8 { append(byte) }
        }
    }

#endif
