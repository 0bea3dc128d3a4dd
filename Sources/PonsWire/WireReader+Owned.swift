// Values that own memory. A motor controller's build has none of them: it reads in place.
#if !hasFeature(Embedded)

    extension WireReader {
        /// Keeps an unknown field, or refuses it where it must be understood.
        ///
        /// - Parameter isKnown: the number has a field, but of another wire type: refused where messages are strict.
        public mutating func keepUnknown(
            _ tag: FieldTag, isKnown: Bool, in unknown: inout UnknownFields
        ) throws(WireError) {
            if isKnown && isStrict { throw mismatch(tag) }
            if FieldTag.mustUnderstandNumbers.contains(tag.number) {
                throw WireError(.unknownCritical, path: FieldPath(tag.number), offset: offset)
            }
            let valueStart = offset
            switch tag.type {
            case .varint: _ = try varint()
            case .fixed32: try skip(4, tag)
            case .fixed64: try skip(8, tag)
            case .lengthDelimited: try skip(try length(tag), tag)
            }
            guard unknown.bytes.count + offset - valueStart <= WireLimits.unknownBytes else {
                throw WireError(
                    .limitExceeded, path: FieldPath(tag.number), offset: valueStart, limit: WireLimits.unknownBytes)
            }
            unknown.append(tag, bytes, from: valueStart, to: offset)
        }

        /// A bytes field of at most `limit` bytes.
        public mutating func payload(_ tag: FieldTag, limit: Int) throws(WireError) -> [UInt8] {
            let count = try length(tag)
            try check(count, limit: limit, tag)
            let start = offset
            offset += count
            return bytes.copy(from: start, count: count)
        }

        /// A string field of at most `limit` UTF-8 bytes.
        public mutating func string(_ tag: FieldTag, limit: Int) throws(WireError) -> String {
            let start = offset
            let utf8 = try payload(tag, limit: limit)
            guard let string = String(validating: utf8, as: UTF8.self) else {
                throw WireError(.invalidUTF8, path: FieldPath(tag.number), offset: start)
            }
            return string
        }

        // MARK: Repeated scalars, packed or not (FMT-05)

        public mutating func fixed32s(_ tag: FieldTag, into values: inout [UInt32], limit: Int) throws(WireError) {
            if tag.type == .fixed32 { return try values.append(fixed32(tag), limit: limit, tag, at: offset) }
            let (start, count) = try packed(tag, width: 4, existing: values.count, limit: limit)
            values.reserveCapacity(values.count + count)
            for index in 0..<count { values.append(bytes.littleEndian(at: start + index * 4, as: UInt32.self)) }
        }

        public mutating func fixed64s(_ tag: FieldTag, into values: inout [UInt64], limit: Int) throws(WireError) {
            if tag.type == .fixed64 { return try values.append(fixed64(tag), limit: limit, tag, at: offset) }
            let (start, count) = try packed(tag, width: 8, existing: values.count, limit: limit)
            values.reserveCapacity(values.count + count)
            for index in 0..<count { values.append(bytes.littleEndian(at: start + index * 8, as: UInt64.self)) }
        }

        public mutating func floats(_ tag: FieldTag, into values: inout [Float], limit: Int) throws(WireError) {
            if tag.type == .fixed32 {
                return try values.append(Float(bitPattern: fixed32(tag)), limit: limit, tag, at: offset)
            }
            let (start, count) = try packed(tag, width: 4, existing: values.count, limit: limit)
            values.reserveCapacity(values.count + count)
            for index in 0..<count {
                values.append(Float(bitPattern: bytes.littleEndian(at: start + index * 4, as: UInt32.self)))
            }
        }

        public mutating func doubles(_ tag: FieldTag, into values: inout [Double], limit: Int) throws(WireError) {
            if tag.type == .fixed64 {
                return try values.append(Double(bitPattern: fixed64(tag)), limit: limit, tag, at: offset)
            }
            let (start, count) = try packed(tag, width: 8, existing: values.count, limit: limit)
            values.reserveCapacity(values.count + count)
            for index in 0..<count {
                values.append(Double(bitPattern: bytes.littleEndian(at: start + index * 8, as: UInt64.self)))
            }
        }

        public mutating func varints(_ tag: FieldTag, into values: inout [UInt64], limit: Int) throws(WireError) {
            if tag.type == .varint { return try values.append(varint(tag), limit: limit, tag, at: offset) }
            let count = try length(tag)
            let outerEnd = end
            end = offset + count
            while offset < end {
                let value: UInt64
                do throws(WireError) { value = try varint() } catch { throw error.at(tag) }
                try values.append(value, limit: limit, tag, at: offset)
            }
            end = outerEnd
        }

        private mutating func packed(
            _ tag: FieldTag, width: Int, existing: Int, limit: Int
        ) throws(WireError) -> (start: Int, count: Int) {
            let size = try length(tag)
            guard size % width == 0 else { throw WireError(.raggedArray, path: FieldPath(tag.number), offset: offset) }
            try check(existing + size / width, limit: limit, tag)
            let start = offset
            offset += size
            return (start, size / width)
        }
    }

    extension Array {
        fileprivate mutating func append(
            _ value: Element, limit: Int, _ tag: FieldTag, at offset: Int
        ) throws(WireError) {
            guard count < limit else {
                throw WireError(.limitExceeded, path: FieldPath(tag.number), offset: offset, limit: limit)
            }
            append(value)
        }
    }

    extension RawSpan {
        fileprivate func copy(from start: Int, count: Int) -> [UInt8] {
            var copy: [UInt8] = []
            copy.reserveCapacity(count)
            for offset in start..<start + count { copy.append(byte(at: offset)) }
            return copy
        }
    }

#endif
