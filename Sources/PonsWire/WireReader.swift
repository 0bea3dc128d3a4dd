/// A cursor over the bytes of one message. Checks before it reads; never reserves memory for a count it only read about.
public struct WireReader: ~Escapable {
    let bytes: RawSpan
    public internal(set) var offset: Int
    var end: Int
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
        // Every protobuf reader takes a tag for a number of 32 bits in at most five bytes.
        guard offset - start <= 5, raw <= UInt32.max else { throw WireError(.varintOverflow, offset: start) }
        let number = raw &>> 3
        guard number > 0, number < 1 &<< 29 else { throw WireError(.badFieldNumber, offset: start) }
        guard let type = WireType(rawValue: UInt8(raw & 7)) else {
            throw WireError(.badWireType, path: FieldPath(UInt32(number)), offset: start)
        }
        return FieldTag(number: UInt32(number), type: type)
    }

    /// Notes that singular field `bit` of this message was seen; a second time is an error in a strict message.
    public func note(_ tag: FieldTag, bit: Int, in seen: inout UInt64) throws(WireError) {
        let mask = UInt64(1) &<< UInt64(bit)
        if isStrict && seen & mask != 0 {
            throw WireError(.duplicateField, path: FieldPath(tag.number), offset: offset)
        }
        seen |= mask
    }

    mutating func skip(_ count: Int, _ tag: FieldTag) throws(WireError) {
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
            value |= UInt64(byte & 0x7F) &<< shift
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

    mutating func length(_ tag: FieldTag) throws(WireError) -> Int {
        guard tag.type == .lengthDelimited else { throw mismatch(tag) }
        let start = offset
        let count: UInt64
        do throws(WireError) { count = try varint() } catch { throw error.at(tag) }
        guard count <= UInt64(end - offset) else {
            throw WireError(.truncated, path: FieldPath(tag.number), offset: start)
        }
        return Int(count)
    }

    func check(_ count: Int, limit: Int, _ tag: FieldTag) throws(WireError) {
        guard count <= limit else {
            throw WireError(.limitExceeded, path: FieldPath(tag.number), offset: offset, limit: limit)
        }
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

    func mismatch(_ tag: FieldTag) -> WireError {
        WireError(.wireTypeMismatch, path: FieldPath(tag.number), offset: offset)
    }
}

extension WireError {
    func at(_ tag: FieldTag) -> WireError {
        var error = self
        error.path = FieldPath(tag.number)
        return error
    }
}
