// Signed numbers whose small values, of either sign, take few bytes as varints (sint32, sint64).

extension Int64 {
    @inlinable
    public init(zigzag value: UInt64) { self = Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1) }

    @inlinable
    public var zigzag: UInt64 { UInt64(bitPattern: self &<< 1 ^ self &>> 63) }
}

extension Int32 {
    @inlinable
    public init(zigzag value: UInt32) { self = Int32(bitPattern: value &>> 1) ^ -Int32(bitPattern: value & 1) }

    @inlinable
    public var zigzag: UInt32 { UInt32(bitPattern: self &<< 1 ^ self &>> 31) }
}
