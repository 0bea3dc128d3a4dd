// Writing a message from its last byte to its first: the length of a nested message is known by the time it is written, so
// one pass is enough. Each function writes in front of `start` and returns where that begins; where the storage has no
// room, that is negative, and whatever is written in front of it stays so. No position is kept in memory: the processor
// need not wait for the last store before it knows where the next one goes.

extension MutableRawSpan {
    /// What stands for "did not fit".
    @usableFromInline static var full: Int { -1 }

    // MARK: Numbers

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func varint(_ value: UInt64, before start: Int) -> Int {
        guard value < 0x80, start > 0 else { return longVarint(value, before: start) }
        store(UInt8(truncatingIfNeeded: value), at: start &- 1)
        return start &- 1
    }

    @usableFromInline
    @_lifetime(self: copy self)
    mutating func longVarint(_ value: UInt64, before start: Int) -> Int {
        let begin = start &- WireSize.varint(value)
        guard begin >= 0 else { return Self.full }
        var rest = value
        for offset in begin..<start &- 1 {
            store(UInt8(truncatingIfNeeded: rest) | 0x80, at: offset)
            rest &>>= 7
        }
        store(UInt8(truncatingIfNeeded: rest), at: start &- 1)
        return begin
    }

    /// A tag: field number and wire type as one number, a constant of the caller's.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func tag(_ tag: UInt32, before start: Int) -> Int {
        guard tag >= 0x80, tag < 0x4000 else { return varint(UInt64(tag), before: start) }
        guard start >= 2 else { return Self.full }
        store(UInt16(truncatingIfNeeded: tag & 0x7F | 0x80 | (tag &>> 7) &<< 8), at: start &- 2)
        return start &- 2
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func fixed<T: BitwiseCopyable>(_ value: T, before start: Int) -> Int {
        guard start >= MemoryLayout<T>.size else { return Self.full }
        store(value, at: start &- MemoryLayout<T>.size)
        return start &- MemoryLayout<T>.size
    }

    /// A field of fixed width.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func fixed<T: BitwiseCopyable>(_ value: T, _ tag: UInt32, before start: Int) -> Int {
        self.tag(tag, before: fixed(value, before: start))
    }

    // MARK: Content

    /// Bytes as they are.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func block(_ bytes: RawSpan, before start: Int) -> Int {
        guard start >= bytes.byteCount else { return Self.full }
        copy(bytes, at: start &- bytes.byteCount)
        return start &- bytes.byteCount
    }

    /// A field of bytes, text or elements that stand together.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func delimited(_ bytes: RawSpan, _ tag: UInt32, before start: Int) -> Int {
        head(tag, of: start, before: block(bytes, before: start))
    }

    /// Length and tag of the content that stands between `start` and `end`.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func head(_ tag: UInt32, of end: Int, before start: Int) -> Int {
        head(tag, ofBytes: end &- start, before: start)
    }

    /// Length and tag of content of `count` bytes, which need not stand here.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func head(_ tag: UInt32, ofBytes count: Int, before start: Int) -> Int {
        self.tag(tag, before: varint(UInt64(truncatingIfNeeded: count), before: start))
    }
}

#if !hasFeature(Embedded)

    extension MutableRawSpan {
        /// A packed array of numbers of fixed width, as it stands in memory; or a field of bytes.
        @inlinable @inline(__always)
        @_lifetime(self: copy self)
        public mutating func array<T: BitwiseCopyable>(_ values: [T], _ tag: UInt32, before start: Int) -> Int {
            unsafe delimited(values.span.bytes, tag, before: start)
        }

        @_lifetime(self: copy self)
        public mutating func text(_ text: String, _ tag: UInt32, before start: Int) -> Int {
            unsafe delimited(text.utf8Span.span.bytes, tag, before: start)
        }

        /// Fields that were kept as they came.
        @inlinable @inline(__always)
        @_lifetime(self: copy self)
        public mutating func unknown(_ fields: UnknownFields, before start: Int) -> Int {
            unsafe fields.isEmpty ? start : block(fields.bytes.span.bytes, before: start)
        }
    }

#endif
