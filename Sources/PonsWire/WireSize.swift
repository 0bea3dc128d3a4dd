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
