/// A cursor over the bytes of one message. Checks before it reads; never reserves memory for a count it only read about.
@frozen
public struct WireReader: ~Escapable {
    @usableFromInline let bytes: RawSpan
    @usableFromInline var cursor: Int
    @usableFromInline var end: Int
    @usableFromInline var depth = 0

    /// Strict messages refuse duplicates, unknown enumeration numbers and unknown critical fields (part FMT).
    public let isStrict: Bool

    /// The bytes were read to their end before: texts and nested messages are passed over, not checked again.
    public let isChecked: Bool

    /// Whether a field was met that no view can show: an array or a nested message that came in several pieces.
    public var isInPieces = false

    /// Byte offset of what is read next.
    @inlinable public var offset: Int { cursor }

    /// Whether the current message has been read to its end.
    @inlinable public var isAtEnd: Bool { cursor == end }

    /// - Parameter start: where the next field begins; fields before it were read by other means.
    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, isStrict: Bool, from start: Int = 0) {
        self.bytes = bytes
        self.isStrict = isStrict
        isChecked = false
        cursor = start
        end = bytes.byteCount
    }

    /// Reads bytes that were checked before, as a nested message for instance.
    ///
    /// - Parameter start: where to begin.
    @inlinable
    @_lifetime(copy bytes)
    public init(checked bytes: RawSpan, from start: Int = 0) {
        self.bytes = bytes
        isStrict = false
        isChecked = true
        cursor = start
        end = bytes.byteCount
    }

    // MARK: Tags

    /// Passes over a tag if it is the next thing to read, in its shortest form: the sender's usual order, predicted.
    @inlinable @inline(__always)
    public mutating func take(_ tag: FieldTag) -> Bool {
        let raw = tag.rawValue
        if raw < 0x80 {
            guard cursor < end, bytes.byte(at: cursor) == UInt8(truncatingIfNeeded: raw) else { return false }
            cursor &+= 1
            return true
        }
        let both = UInt16(truncatingIfNeeded: raw & 0x7F | 0x80 | (raw &>> 7) &<< 8)
        guard raw < 0x4000, cursor < end &- 1, bytes.load(UInt16.self, at: cursor) == both else { return false }
        cursor &+= 2
        return true
    }

    /// The next field's tag, or `nil` at the end of the current message.
    @inlinable
    public mutating func nextTag() throws(WireError) -> FieldTag? {
        if cursor == end { return nil }
        let first = bytes.byte(at: cursor)
        if first < 0x80, first >= 8, let type = WireType(rawValue: first & 7) {
            cursor &+= 1
            return FieldTag(number: UInt32(first &>> 3), type: type)
        }
        #if !hasFeature(Embedded)  // flash counts for more there
            // Two bytes, in their shortest form: fields 16 to 2047.
            if first >= 0x80, end &- cursor >= 2, let type = WireType(rawValue: first & 7) {
                let second = bytes.byte(at: cursor &+ 1)
                if second &- 1 < 0x7F {
                    cursor &+= 2
                    return FieldTag(number: UInt32(first & 0x7F) &>> 3 | UInt32(second) &<< 4, type: type)
                }
            }
        #endif
        return try longTag()
    }

    @usableFromInline
    mutating func longTag() throws(WireError) -> FieldTag {
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
    @inlinable
    public func note(_ tag: FieldTag, bit: Int, in seen: inout UInt64) throws(WireError) {
        let mask = UInt64(1) &<< UInt64(bit)
        if isStrict && seen & mask != 0 {
            throw WireError(.duplicateField, path: FieldPath(tag.number), offset: offset)
        }
        seen |= mask
    }

    /// Passes over an unknown field, or refuses it where it must be understood (FMT-03).
    ///
    /// - Parameters:
    ///   - isKnown: the number has a field, but of another wire type: refused where messages are strict.
    ///   - total: bytes of unknown values of this message so far, kept by the caller.
    public mutating func skipUnknown(_ tag: FieldTag, isKnown: Bool, total: inout Int) throws(WireError) {
        if isKnown && isStrict { throw mismatch(tag) }
        if FieldTag.mustUnderstandNumbers.contains(tag.number) {
            throw WireError(.unknownCritical, path: FieldPath(tag.number), offset: offset)
        }
        let start = offset
        try passOver(tag)
        total += offset - start + tag.size
        guard total <= WireLimits.unknownBytes else {
            throw WireError(.limitExceeded, path: FieldPath(tag.number), offset: start, limit: WireLimits.unknownBytes)
        }
    }

    /// Passes over a field's value, whatever it is.
    public mutating func passOver(_ tag: FieldTag) throws(WireError) {
        switch tag.type {
        case .varint: _ = try varint()
        case .fixed32: try skip(4, tag)
        case .fixed64: try skip(8, tag)
        case .lengthDelimited: try skip(try length(tag), tag)
        }
    }

    mutating func skip(_ count: Int, _ tag: FieldTag) throws(WireError) {
        guard count <= end - offset else { throw WireError(.truncated, path: FieldPath(tag.number), offset: offset) }
        cursor += count
    }

    // MARK: Scalars

    /// Passes over the next byte if it is a whole varint; nearly every length and small number is.
    @inlinable @inline(__always)
    mutating func oneByte() -> UInt8? {
        guard cursor < end else { return nil }
        let byte = bytes.byte(at: cursor)
        guard byte < 0x80 else { return nil }
        cursor &+= 1
        return byte
    }

    /// A varint of at most ten bytes and 64 bits; longer than needed is accepted (FMT-05).
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    @inlinable
    public mutating func varint() throws(WireError) -> UInt64 {
        if let byte = oneByte() { return UInt64(byte) }
        return try longVarint()
    }

    @usableFromInline
    mutating func longVarint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var position = cursor
        while true {
            guard position < end else { throw WireError(.truncated, offset: cursor) }
            let byte = bytes.byte(at: position)
            position += 1
            // The tenth byte holds the last bit, and is the last.
            if shift == 63 && byte > 1 { throw WireError(.varintOverflow, offset: cursor) }
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { break }
            shift += 7
        }
        cursor = position
        return value
    }

    @usableFromInline
    mutating func longVarint(_ tag: FieldTag) throws(WireError) -> UInt64 {
        guard tag.type == .varint else { throw mismatch(tag) }
        do throws(WireError) { return try longVarint() } catch { throw error.at(tag) }
    }

    /// A varint field's value.
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    @inlinable
    public mutating func varint(_ tag: FieldTag) throws(WireError) -> UInt64 {
        if tag.type == .varint, let byte = oneByte() { return UInt64(byte) }
        return try longVarint(tag)
    }

    #if hasFeature(Embedded)
        @inline(never)
    #endif
    @inlinable
    public mutating func fixed32(_ tag: FieldTag) throws(WireError) -> UInt32 {
        guard tag.type == .fixed32 else { throw mismatch(tag) }
        guard end &- cursor >= 4 else { throw truncated(tag) }
        let value = bytes.load(UInt32.self, at: cursor)
        cursor &+= 4
        return value
    }

    #if hasFeature(Embedded)
        @inline(never)
    #endif
    @inlinable
    public mutating func fixed64(_ tag: FieldTag) throws(WireError) -> UInt64 {
        guard tag.type == .fixed64 else { throw mismatch(tag) }
        guard end &- cursor >= 8 else { throw truncated(tag) }
        let value = bytes.load(UInt64.self, at: cursor)
        cursor &+= 8
        return value
    }

    // MARK: Numbers that stand together

    /// Whether a whole number of fixed width stands at `place`, with this tag in its shortest form.
    @inlinable @inline(__always)
    public func holds(_ tag: FieldTag, at place: Int) -> Bool {
        let raw = tag.rawValue
        let size = tag.type == .fixed64 ? 8 : 4
        if raw < 0x80 {
            return end &- place > size && bytes.byte(at: place) == UInt8(truncatingIfNeeded: raw)
        }
        let both = UInt16(truncatingIfNeeded: raw & 0x7F | 0x80 | (raw &>> 7) &<< 8)
        return raw < 0x4000 && end &- place >= size &+ 2 && bytes.load(UInt16.self, at: place) == both
    }

    /// The number behind a tag that ``holds(_:at:)`` found, and the place behind it.
    @inlinable @inline(__always)
    public func number<T: BitwiseCopyable>(_ type: T.Type, _ tag: FieldTag, at place: inout Int) -> T {
        let start = place &+ (tag.rawValue < 0x80 ? 1 : 2)
        place = start &+ MemoryLayout<T>.size
        return bytes.load(T.self, at: start)
    }

    /// Goes on at `place`, where a caller found fields to end.
    @inlinable @inline(__always)
    public mutating func seek(to place: Int) { cursor = place }

    // MARK: Length-delimited values

    #if hasFeature(Embedded)
        @inline(never)  // flash counts for more there
    #else
        @inline(__always)
    #endif
    @inlinable
    mutating func length(_ tag: FieldTag) throws(WireError) -> Int {
        if tag.type == .lengthDelimited, let byte = oneByte() {
            if Int(byte) <= end &- cursor { return Int(byte) }
            cursor &-= 1
        }
        return try longLength(tag)
    }

    @usableFromInline
    mutating func longLength(_ tag: FieldTag) throws(WireError) -> Int {
        guard tag.type == .lengthDelimited else { throw mismatch(tag) }
        let start = offset
        let count: UInt64
        do throws(WireError) { count = try varint() } catch { throw error.at(tag) }
        guard count <= UInt64(truncatingIfNeeded: end &- cursor) else {
            throw WireError(.truncated, path: FieldPath(tag.number), offset: start)
        }
        return Int(truncatingIfNeeded: count)
    }

    /// Passes over a string or bytes field of at most `limit` bytes; returns where its content stands.
    @inlinable
    public mutating func content(_ tag: FieldTag, limit: Int) throws(WireError) -> Range<Int> {
        let count = try length(tag)
        try check(count, limit: limit, tag)
        cursor &+= count
        return cursor &- count..<cursor
    }

    /// Passes over a string field of at most `limit` bytes of valid UTF-8; returns where its content stands.
    public mutating func text(_ tag: FieldTag, limit: Int) throws(WireError) -> Range<Int> {
        let start = cursor
        let place = try content(tag, limit: limit)
        guard bytes.isUTF8(place) else {
            throw WireError(.invalidUTF8, path: FieldPath(tag.number), offset: start)
        }
        return place
    }

    /// Adds a repeated number of fixed width, packed or not (FMT-05), to elements of which `count` are already there.
    ///
    /// - Parameter excess: what more elements than the storage has room for mean.
    @inlinable @inline(never)
    @_lifetime(storage: copy storage)
    public mutating func elements<T: BitwiseCopyable>(
        _ tag: FieldTag, into storage: inout MutableSpan<T>, count: inout Int, excess: WireError.Kind
    ) throws(WireError) {
        let width = MemoryLayout<T>.size
        let place = try array(tag, width: width, room: storage.count &- count, excess: excess)
        for index in 0..<place.count / width {
            storage[count &+ index] = bytes.load(T.self, at: place.lowerBound &+ index &* width)
        }
        count &+= place.count / width
    }

    /// Passes over one element, or a packed array, of numbers of fixed width; returns where they stand.
    #if hasFeature(Embedded)
        @inline(never)
    #else
        @inline(__always)
    #endif
    @inlinable
    public mutating func array(
        _ tag: FieldTag, width: Int, room: Int, excess: WireError.Kind
    ) throws(WireError) -> Range<Int> {
        // The width is a constant where this is inlined: no division is left.
        let size = tag.type == .lengthDelimited ? try length(tag) : width
        guard size <= end &- cursor, size % width == 0, size / width <= room else {
            throw unfit(tag, size: size, width: width, room: room, excess: excess)
        }
        cursor &+= size
        return cursor &- size..<cursor
    }

    @usableFromInline @inline(never)
    func unfit(_ tag: FieldTag, size: Int, width: Int, room: Int, excess: WireError.Kind) -> WireError {
        if size > end - cursor { return truncated(tag) }
        if size % width != 0 { return WireError(.raggedArray, path: FieldPath(tag.number), offset: cursor) }
        return WireError(excess, path: FieldPath(tag.number), offset: cursor, limit: room)
    }

    /// Passes over a number of variable width, or a packed array of them, and hands each to `take`; returns where they
    /// stand. `count` is how many came so far.
    @inlinable
    public mutating func varints(
        _ tag: FieldTag, count: inout Int, limit: Int, take: (UInt64) -> Void
    ) throws(WireError) -> Range<Int> {
        let outerEnd = end
        let isPacked = tag.type != .varint
        if isPacked {
            let size = try length(tag)
            end = cursor &+ size
        }
        let start = cursor
        repeat {
            if isPacked && cursor == end { break }
            let value: UInt64
            do throws(WireError) { value = try varint() } catch { throw error.at(tag) }
            guard count < limit else { throw tooMany(tag, limit) }
            count &+= 1
            take(value)
        } while isPacked
        end = outerEnd
        return start..<cursor
    }

    /// More elements than the field may have.
    public func tooMany(_ tag: FieldTag, _ limit: Int) -> WireError {
        WireError(.limitExceeded, path: FieldPath(tag.number), offset: offset, limit: limit)
    }

    @inlinable @inline(__always)
    func check(_ count: Int, limit: Int, _ tag: FieldTag) throws(WireError) {
        guard count <= limit else { throw tooMany(tag, limit) }
    }

    /// Enters a nested message; returns the end to give back to ``leave(_:)``.
    public mutating func enter(_ tag: FieldTag) throws(WireError) -> Int {
        let count = try length(tag)
        guard depth < WireLimits.depth else {
            throw WireError(.tooDeep, path: FieldPath(tag.number), offset: offset, limit: WireLimits.depth)
        }
        depth += 1
        let outerEnd = end
        end = cursor &+ count
        return outerEnd
    }

    @inlinable
    public mutating func leave(_ outerEnd: Int) {
        depth -= 1
        end = outerEnd
    }

    @usableFromInline @inline(never)
    func truncated(_ tag: FieldTag) -> WireError {
        WireError(.truncated, path: FieldPath(tag.number), offset: cursor)
    }

    @usableFromInline @inline(never)
    func mismatch(_ tag: FieldTag) -> WireError {
        WireError(.wireTypeMismatch, path: FieldPath(tag.number), offset: offset)
    }
}

extension WireError {
    @usableFromInline
    func at(_ tag: FieldTag) -> WireError {
        var error = self
        error.path = FieldPath(tag.number)
        return error
    }
}
