/// Writes a message from its last byte to its first, into storage the caller supplies: the length of a nested message is
/// known by the time it is written, so one pass is enough.
///
/// Storage that is too small is noticed, not overrun: ``isFull`` is set and what was written is worthless.
@frozen
public struct BackwardWriter: ~Copyable, ~Escapable {
    @usableFromInline var storage: MutableRawSpan
    /// Where the message written so far begins; it ends with the storage.
    public var start: Int
    public var isFull = false

    @inlinable
    @_lifetime(copy storage)
    public init(_ storage: consuming MutableRawSpan) {
        start = storage.byteCount
        self.storage = storage
    }

    /// Makes room for `count` bytes in front of what is written.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    mutating func reserve(_ count: Int) -> Bool {
        if count <= start {
            start &-= count
            return true
        }
        start = 0
        isFull = true
        return false
    }

    // MARK: Numbers

    @inlinable
    @_lifetime(self: copy self)
    public mutating func varint(_ value: UInt64) {
        if value < 0x80 {
            if reserve(1) { storage.store(UInt8(truncatingIfNeeded: value), at: start) }
            return
        }
        longVarint(value)
    }

    @usableFromInline
    @_lifetime(self: copy self)
    mutating func longVarint(_ value: UInt64) {
        let size = WireSize.varint(value)
        guard reserve(size) else { return }
        var rest = value
        for offset in start..<start &+ size &- 1 {
            storage.store(UInt8(truncatingIfNeeded: rest) | 0x80, at: offset)
            rest &>>= 7
        }
        storage.store(UInt8(truncatingIfNeeded: rest), at: start &+ size &- 1)
    }

    @inlinable
    @_lifetime(self: copy self)
    public mutating func fixed32(_ value: UInt32) {
        if reserve(4) { storage.store(value, at: start) }
    }

    @inlinable
    @_lifetime(self: copy self)
    public mutating func fixed64(_ value: UInt64) {
        if reserve(8) { storage.store(value, at: start) }
    }

    /// The length of what was written since the message began at `end`.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func length(since end: Int) { varint(UInt64(truncatingIfNeeded: end &- start)) }
}

#if !hasFeature(Embedded)

    extension BackwardWriter {
        @inlinable
        @_lifetime(self: copy self)
        public mutating func bytes(_ bytes: [UInt8]) { elements(bytes) }

        @_lifetime(self: copy self)
        public mutating func text(_ text: String) {
            let utf8 = text.utf8Span.span
            guard reserve(utf8.count) else { return }
            unsafe storage.copy(utf8.bytes, at: start)
        }

        /// The elements of a packed array of fixed width, as they stand in memory.
        @inlinable @inline(never)
        @_lifetime(self: copy self)
        public mutating func elements<T: BitwiseCopyable>(_ values: [T]) {
            let bytes = unsafe values.span.bytes
            guard reserve(bytes.byteCount) else { return }
            storage.copy(bytes, at: start)
        }
    }

#endif
