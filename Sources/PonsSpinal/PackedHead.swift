/// Tag and length of a packed array whose size is known: at most two bytes of tag and three of length.
@frozen
public struct PackedHead: Sendable {
    /// The bytes, first one lowest.
    public let bits: UInt64
    public let size: Int

    /// - Parameter tag: field number and wire type 2, as one number.
    @inlinable @inline(__always)
    public init(tag: UInt32, byteCount: Int) {
        let tagBits = tag < 0x80 ? UInt64(tag) : UInt64(tag & 0x7F | 0x80) | UInt64(tag &>> 7) &<< 8
        let tagSize = tag < 0x80 ? 1 : 2
        let count = UInt64(byteCount)
        let lengthBits: UInt64
        let lengthSize: Int
        if count < 0x80 {
            (lengthBits, lengthSize) = (count, 1)
        } else if count < 0x4000 {
            (lengthBits, lengthSize) = (count & 0x7F | 0x80 | (count &>> 7) &<< 8, 2)
        } else {
            lengthBits = count & 0x7F | 0x80 | (count &>> 7 & 0x7F | 0x80) &<< 8 | (count &>> 14) &<< 16
            lengthSize = 3
        }
        bits = tagBits | lengthBits &<< UInt64(tagSize * 8)
        size = tagSize + lengthSize
    }
}
