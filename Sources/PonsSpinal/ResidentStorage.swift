#if !hasFeature(Embedded)

    /// The memory of a resident frame: 64-byte aligned, made once, never moved.
    ///
    /// Raw memory because a frame's numbers stand unaligned, and because an inline buffer would be copied where a method
    /// only borrows it. The one place of this module that owns memory by hand.
    @safe
    public struct ResidentStorage: ~Copyable {
        @usableFromInline let base: UnsafeMutableRawPointer
        public let byteCount: Int

        /// Zeroed memory for `byteCount` bytes.
        @inlinable
        public init(byteCount: Int) {
            self.byteCount = byteCount
            unsafe base = .allocate(byteCount: byteCount, alignment: 64)
            unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        }

        deinit { unsafe base.deallocate() }

        @inlinable public var bytes: RawSpan {
            @_lifetime(borrow self) get {
                let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: byteCount)
                return unsafe _overrideLifetime(span, borrowing: self)
            }
        }

        @inlinable @inline(__always)
        public func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
            precondition(offset >= 0 && offset <= byteCount &- MemoryLayout<T>.size)
            return unsafe base.loadUnaligned(fromByteOffset: offset, as: T.self)
        }

        @inlinable @inline(__always)
        public mutating func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
            precondition(offset >= 0 && offset <= byteCount &- MemoryLayout<T>.size)
            unsafe base.storeBytes(of: value, toByteOffset: offset, as: T.self)
        }

        @inlinable
        public mutating func store(_ head: PackedHead, at offset: Int) {
            for index in 0..<head.size {
                store(UInt8(truncatingIfNeeded: head.bits &>> UInt64(index * 8)), at: offset + index)
            }
        }

        /// Takes over `bytes`, which are as many as this memory holds.
        @inlinable
        public mutating func copy(_ bytes: RawSpan) {
            precondition(bytes.byteCount == byteCount)
            unsafe bytes.withUnsafeBytes { source in
                unsafe base.copyMemory(from: source.baseAddress!, byteCount: byteCount)
            }
        }
    }

#endif
