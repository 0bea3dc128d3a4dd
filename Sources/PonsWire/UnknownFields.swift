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

        /// - Parameter start: where the value begins, behind its tag.
        mutating func append(_ tag: FieldTag, _ span: RawSpan, from start: Int, to end: Int) {
            let first = start - tag.size
            if span.isShortest(tag, at: first) { return bytes.append(copying: span, first..<end) }
            var rest = tag.rawValue
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest &>>= 7
            }
            bytes.append(UInt8(rest))
            bytes.append(copying: span, start..<end)
        }
    }

    extension RawSpan {
        /// Whether the tag stands at `place` in as few bytes as it needs.
        fileprivate func isShortest(_ tag: FieldTag, at place: Int) -> Bool {
            guard place >= 0 else { return false }
            var (rest, offset) = (tag.rawValue, place)
            while rest >= 0x80 {
                guard byte(at: offset) == UInt8(truncatingIfNeeded: rest) | 0x80 else { return false }
                rest &>>= 7
                offset += 1
            }
            return byte(at: offset) == UInt8(rest)
        }
    }

#endif
