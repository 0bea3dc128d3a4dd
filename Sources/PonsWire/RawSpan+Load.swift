// The one place of this module that reads memory without a check. Every caller has compared the offset with the
// length of the span first; the loads are unaligned because fields stand wherever the message puts them.

extension RawSpan {
    @inlinable @inline(__always)
    public func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount)
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    @inlinable @inline(__always)
    public func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        precondition(offset >= 0 && offset <= byteCount - MemoryLayout<T>.size)
        return T(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
    }
}

#if !hasFeature(Embedded)

    extension [UInt8] {
        /// Calls `body` with the bytes as a raw span.
        @inlinable
        public func withRawSpan<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
            try unsafe body(self.span.bytes)
        }
    }

#endif
