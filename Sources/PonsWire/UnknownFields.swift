#if !hasFeature(Embedded)

    /// Fields a newer peer sent and this build does not know, kept byte for byte and sent on (FMT-13).
    @frozen
    public struct UnknownFields: Equatable, Sendable {
        /// Tags and values, in the order they arrived.
        public internal(set) var bytes: [UInt8] = []

        public init() {}

        @inlinable public var isEmpty: Bool { bytes.isEmpty }

        /// Forgets them; their storage is used again.
        public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

        mutating func append(_ tag: FieldTag, _ span: RawSpan, from start: Int, to end: Int) {
            var rest = tag.rawValue
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest &>>= 7
            }
            bytes.append(UInt8(rest))
            bytes.append(copying: span, start..<end)
        }
    }

#endif
