/// A cursor over the bytes of one message. Checks before it reads; never reserves memory for a count it only read about.
public struct WireReader: ~Escapable {
    let bytes: RawSpan
    public private(set) var offset: Int
    private var end: Int
    private var depth = 0

    /// Strict messages refuse duplicates, unknown enumeration numbers and unknown critical fields (part FMT).
    public let isStrict: Bool

    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, isStrict: Bool) {
        self.bytes = bytes
        self.isStrict = isStrict
        offset = 0
        end = bytes.byteCount
    }

    // MARK: Tags

    /// The next field's tag, or `nil` at the end of the current message.
    public mutating func nextTag() throws(WireError) -> FieldTag? {
        if offset == end { return nil }
        let start = offset
        let raw = try varint()
        let number = raw >> 3
        guard number > 0, number < 1 << 29 else { throw WireError(.badFieldNumber, offset: start) }
        guard let type = WireType(rawValue: UInt8(raw & 7)) else {
            throw WireError(.badWireType, path: FieldPath(UInt32(number)), offset: start)
        }
        return FieldTag(number: UInt32(number), type: type)
    }

    /// Notes that singular field `bit` of this message was seen; a second time is an error in a strict message.
    public func note(_ tag: FieldTag, bit: Int, in seen: inout UInt64) throws(WireError) {
        let mask = UInt64(1) << UInt64(bit)
        if isStrict && seen & mask != 0 {
            throw WireError(.duplicateField, path: FieldPath(tag.number), offset: offset)
        }
        seen |= mask
    }

    /// Keeps an unknown field, or refuses it where it must be understood.
    public mutating func keepUnknown(_ tag: FieldTag, in unknown: inout UnknownFields) throws(WireError) {
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

    private mutating func skip(_ count: Int, _ tag: FieldTag) throws(WireError) {
        guard count <= end - offset else { throw WireError(.truncated, path: FieldPath(tag.number), offset: offset) }
        offset += count
    }

    // MARK: Scalars

    /// A varint of at most ten bytes and 64 bits; longer than needed is accepted (FMT-05).
    public mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var position = offset
        while true {
            guard position < end else { throw WireError(.truncated, offset: offset) }
            let byte = bytes.byte(at: position)
            position += 1
            if shift == 63 && byte > 1 { throw WireError(.varintOverflow, offset: offset) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
            if shift > 63 { throw WireError(.varintOverflow, offset: offset) }
        }
        offset = position
        return value
    }

    /// A varint field's value.
    public mutating func varint(_ tag: FieldTag) throws(WireError) -> UInt64 {
        guard tag.type == .varint else { throw mismatch(tag) }
        do throws(WireError) { return try varint() } catch { throw error.at(tag) }
    }

    public mutating func fixed32(_ tag: FieldTag) throws(WireError) -> UInt32 {
        guard tag.type == .fixed32 else { throw mismatch(tag) }
        guard end - offset >= 4 else { throw WireError(.truncated, path: FieldPath(tag.number), offset: offset) }
        defer { offset += 4 }
        return bytes.littleEndian(at: offset, as: UInt32.self)
    }

    public mutating func fixed64(_ tag: FieldTag) throws(WireError) -> UInt64 {
        guard tag.type == .fixed64 else { throw mismatch(tag) }
        guard end - offset >= 8 else { throw WireError(.truncated, path: FieldPath(tag.number), offset: offset) }
        defer { offset += 8 }
        return bytes.littleEndian(at: offset, as: UInt64.self)
    }

    // MARK: Length-delimited values

    private mutating func length(_ tag: FieldTag) throws(WireError) -> Int {
        guard tag.type == .lengthDelimited else { throw mismatch(tag) }
        let start = offset
        let count: UInt64
        do throws(WireError) { count = try varint() } catch { throw error.at(tag) }
        guard count <= UInt64(end - offset) else {
            throw WireError(.truncated, path: FieldPath(tag.number), offset: start)
        }
        return Int(count)
    }

    private func check(_ count: Int, limit: Int, _ tag: FieldTag) throws(WireError) {
        guard count <= limit else {
            throw WireError(.limitExceeded, path: FieldPath(tag.number), offset: offset, limit: limit)
        }
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

    /// Enters a nested message; returns the end to give back to ``leave(_:)``.
    public mutating func enter(_ tag: FieldTag) throws(WireError) -> Int {
        let count = try length(tag)
        guard depth < WireLimits.depth else {
            throw WireError(.tooDeep, path: FieldPath(tag.number), offset: offset, limit: WireLimits.depth)
        }
        depth += 1
        let outerEnd = end
        end = offset + count
        return outerEnd
    }

    public mutating func leave(_ outerEnd: Int) {
        depth -= 1
        end = outerEnd
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

    private func mismatch(_ tag: FieldTag) -> WireError {
        WireError(.wireTypeMismatch, path: FieldPath(tag.number), offset: offset)
    }
}

extension WireError {
    fileprivate func at(_ tag: FieldTag) -> WireError {
        var error = self
        error.path = FieldPath(tag.number)
        return error
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
