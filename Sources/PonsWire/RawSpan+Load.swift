// The one place of this module that reads and writes memory without the library's own check. Each function compares the
// offset with the length itself; where a caller compared a whole layout before, the optimiser removes the comparison.
// Unaligned throughout: fields stand wherever the message puts them. The wire is little-endian, and so is the memory of
// every processor the standard is built for.

#if _endian(big)
    #error("Pons reads numbers in place and needs a little-endian processor")
#endif

extension RawSpan {
    @inlinable @inline(__always)
    public func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount)
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    @inlinable @inline(__always)
    public func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        load(type, at: offset)
    }

    /// A value, or a whole array of numbers, as it stands in memory.
    @inlinable @inline(__always)
    public func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        precondition(offset >= 0 && offset <= byteCount &- MemoryLayout<T>.size)
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self)
    }
}

extension RawSpan {
    /// Whether the bytes at `place` are those of `other`, which is as long.
    public func equals(_ other: RawSpan, at place: Range<Int>) -> Bool {
        precondition(other.byteCount == place.count)
        var offset = 0
        while offset &+ 8 <= other.byteCount {
            if load(UInt64.self, at: place.lowerBound &+ offset) != other.load(UInt64.self, at: offset) { return false }
            offset &+= 8
        }
        while offset < other.byteCount {
            if byte(at: place.lowerBound &+ offset) != other.byte(at: offset) { return false }
            offset &+= 1
        }
        return true
    }
}

extension MutableRawSpan {
    /// Stores a value, or a whole array of numbers, as it stands in memory.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset <= byteCount &- MemoryLayout<T>.size)
        unsafe storeBytes(of: value, toUncheckedByteOffset: offset, as: T.self)
    }
}

extension MutableRawSpan {
    /// Copies all of `source` to `offset`.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func copy(_ source: RawSpan, at offset: Int) {
        precondition(offset >= 0 && offset <= byteCount &- source.byteCount)
        if source.isEmpty { return }
        unsafe withUnsafeMutableBytes { target in
            unsafe source.withUnsafeBytes { source in
                unsafe (target.baseAddress! + offset).copyMemory(from: source.baseAddress!, byteCount: source.count)
            }
        }
    }
}

#if !hasFeature(Embedded)

    extension Array where Element: BitwiseCopyable {
        /// Appends the numbers that stand at `place`, a whole count of them.
        @inlinable
        public mutating func append(copying bytes: RawSpan, _ place: Range<Int>) {
            precondition(place.lowerBound >= 0 && place.upperBound <= bytes.byteCount)
            if place.isEmpty { return }
            append(addingCapacity: place.count / MemoryLayout<Element>.stride) { output in
                unsafe output.withUnsafeMutableBufferPointer { target, count in
                    unsafe bytes.withUnsafeBytes { source in
                        let source = unsafe UnsafeRawBufferPointer(rebasing: source[place])
                        unsafe UnsafeMutableRawPointer(target.baseAddress! + count)
                            .copyMemory(from: source.baseAddress!, byteCount: source.count)
                    }
                    count += place.count / MemoryLayout<Element>.stride
                }
            }
        }
    }

    extension Array where Element: BitwiseCopyable {
        /// Holds the numbers that stand at `place`, and nothing else. Cost: one copy where their count is the same as before.
        @inlinable @inline(__always)
        public mutating func replace(copying bytes: RawSpan, _ place: Range<Int>) {
            guard count == place.count / MemoryLayout<Element>.stride else {
                if count > 0 { removeAll(keepingCapacity: true) }
                return append(copying: bytes, place)
            }
            var elements = mutableSpan
            var target = unsafe elements.mutableBytes
            target.copy(bytes.extracting(place), at: 0)
        }
    }

    extension OutputSpan<UInt8> {
        /// Lends `body` the next `count` bytes, zeroed, and keeps what it wrote.
        @inlinable
        @_lifetime(self: copy self)
        public mutating func write(_ count: Int, _ body: (inout MutableRawSpan) -> Void) {
            append(repeating: 0, count: count)
            unsafe withUnsafeMutableBufferPointer { target, initialized in
                let end = unsafe UnsafeMutableBufferPointer(rebasing: target[initialized - count..<initialized])
                var span = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(end))
                body(&span)
            }
        }
    }

    extension [UInt8] {
        /// Calls `body` with the bytes as a raw span.
        @inlinable
        public func withRawSpan<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
            try unsafe body(self.span.bytes)
        }
    }

#endif
