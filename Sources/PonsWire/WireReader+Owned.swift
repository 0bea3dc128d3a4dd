// Values that own memory. A motor controller's build has none of them: it reads in place.
#if !hasFeature(Embedded)

    extension WireReader {
        /// Keeps an unknown field, or refuses it where it must be understood.
        ///
        /// - Parameter isKnown: the number has a field, but of another wire type: refused where messages are strict.
        public mutating func keepUnknown(
            _ tag: FieldTag, isKnown: Bool, in unknown: inout UnknownFields
        ) throws(WireError) {
            let valueStart = offset
            var total = unknown.bytes.count
            try skipUnknown(tag, isKnown: isKnown, total: &total)
            unknown.append(tag, bytes, from: valueStart, to: offset)
        }

        /// A bytes field of at most `limit` bytes, into storage that is used again.
        public mutating func payload(_ tag: FieldTag, limit: Int, into value: inout [UInt8]) throws(WireError) {
            let place = try content(tag, limit: limit)
            value.removeAll(keepingCapacity: true)
            value.append(copying: bytes, place)
        }

        /// A bytes field of at most `limit` bytes.
        public mutating func payload(_ tag: FieldTag, limit: Int) throws(WireError) -> [UInt8] {
            var value: [UInt8] = []
            value.append(copying: bytes, try content(tag, limit: limit))
            return value
        }

        /// A string field of at most `limit` UTF-8 bytes.
        public mutating func string(_ tag: FieldTag, limit: Int) throws(WireError) -> String {
            string(at: try text(tag, limit: limit))
        }

        /// A string field of at most `limit` UTF-8 bytes, in place of an older text. The same text costs no allocation: names
        /// of frames and skills come again and again.
        public mutating func string(_ tag: FieldTag, limit: Int, into value: inout String) throws(WireError) {
            let place = try text(tag, limit: limit)
            // A string of up to 15 bytes is stored in place.
            if place.count > 15, value.utf8.count == place.count,
                unsafe bytes.equals(value.utf8Span.span.bytes, at: place)
            {
                return
            }
            value = string(at: place)
        }

        private func string(at place: Range<Int>) -> String {
            if place.isEmpty { return "" }
            return unsafe bytes.extracting(place).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }

        // MARK: Repeated scalars, packed or not (FMT-05)

        /// Numbers of fixed width.
        @inlinable @inline(never)
        public mutating func elements<T: BitwiseCopyable>(
            _ tag: FieldTag, into values: inout [T], limit: Int
        ) throws(WireError) {
            let width = MemoryLayout<T>.size
            values.append(
                copying: bytes, try array(tag, width: width, room: limit - values.count, excess: .limitExceeded))
        }

        /// A packed array of fixed width, in place of an older one; without the field, the array is emptied.
        @inlinable @inline(__always)
        public mutating func replace<T: BitwiseCopyable>(
            _ values: inout [T], _ tag: FieldTag, limit: Int
        ) throws(WireError) {
            guard take(tag) else {
                if !values.isEmpty { values.removeAll(keepingCapacity: true) }
                return
            }
            values.replace(
                copying: bytes, try array(tag, width: MemoryLayout<T>.size, room: limit, excess: .limitExceeded))
        }

        /// Numbers of variable width.
        @inlinable
        public mutating func varints<T>(
            _ tag: FieldTag, into values: inout [T], limit: Int, as convert: (UInt64) -> T
        ) throws(WireError) {
            var count = values.count
            _ = try varints(tag, count: &count, limit: limit) { values.append(convert($0)) }
        }
    }

#endif
