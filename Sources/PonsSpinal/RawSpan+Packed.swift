public import PonsWire

extension RawSpan {
    /// How the bytes at `offset` differ from a head: 0 where they are the same. The head must fit.
    @inlinable @inline(__always)
    public func difference(from head: PackedHead, at offset: Int) -> UInt32 {
        switch head.size {
        case 2: UInt32(load(UInt16.self, at: offset)) ^ UInt32(truncatingIfNeeded: head.bits)
        case 3:
            (UInt32(load(UInt16.self, at: offset)) ^ UInt32(truncatingIfNeeded: head.bits & 0xFFFF))
                | (UInt32(byte(at: offset &+ 2)) ^ UInt32(truncatingIfNeeded: head.bits &>> 16))
        case 4: load(UInt32.self, at: offset) ^ UInt32(truncatingIfNeeded: head.bits)
        default:
            (load(UInt32.self, at: offset) ^ UInt32(truncatingIfNeeded: head.bits))
                | (UInt32(byte(at: offset &+ 4)) ^ UInt32(truncatingIfNeeded: head.bits &>> 32))
        }
    }

    /// Whether a packed array with this head, and `byteCount` bytes of elements, stands at `offset`.
    @inlinable @inline(__always)
    public func holds(_ head: PackedHead, _ valueByteCount: Int, at offset: Int) -> Bool {
        byteCount &- offset >= head.size &+ valueByteCount && difference(from: head, at: offset) == 0
    }
}

extension MutableRawSpan {
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func store(_ head: PackedHead, at offset: Int) {
        switch head.size {
        case 2: store(UInt16(truncatingIfNeeded: head.bits), at: offset)
        case 3:
            store(UInt16(truncatingIfNeeded: head.bits), at: offset)
            store(UInt8(truncatingIfNeeded: head.bits &>> 16), at: offset &+ 2)
        case 4: store(UInt32(truncatingIfNeeded: head.bits), at: offset)
        default:
            store(UInt32(truncatingIfNeeded: head.bits), at: offset)
            store(UInt8(truncatingIfNeeded: head.bits &>> 32), at: offset &+ 4)
        }
    }

    /// Stores a varint; returns the offset behind it.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func storeVarint(_ value: UInt64, at offset: Int) -> Int {
        var rest = value
        var offset = offset
        while rest >= 0x80 {
            store(UInt8(truncatingIfNeeded: rest) | 0x80, at: offset)
            rest &>>= 7
            offset &+= 1
        }
        store(UInt8(truncatingIfNeeded: rest), at: offset)
        return offset &+ 1
    }
}
