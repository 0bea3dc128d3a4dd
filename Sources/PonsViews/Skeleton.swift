public import PonsWire

/// The bytes of a message that say where its fields stand: tags, lengths, and the upper bit of numbers of one byte. Another
/// message with these bytes, and of the same size, has the same fields at the same places, and is as legal.
@frozen
public struct Skeleton: Sendable {
    /// Words of eight bytes; a message that needs more is looked at anew each time.
    static var capacity: Int { 64 }

    /// Bytes of the message, or -1 where none was learned.
    @usableFromInline var size = -1
    @usableFromInline var count = 0
    @usableFromInline var starts = InlineArray<64, Int32>(repeating: 0)
    @usableFromInline var masks = InlineArray<64, UInt64>(repeating: 0)
    @usableFromInline var values = InlineArray<64, UInt64>(repeating: 0)

    @inlinable
    public init() {}

    /// Whether a message is laid out as the one that was learned. Cost: one comparison of eight bytes a word.
    ///
    /// Mutating, although it changes nothing: otherwise the words would be copied first.
    @inlinable @inline(__always)
    public mutating func matches(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount == size else { return false }
        var wrong: UInt64 = 0
        for index in 0..<count {
            wrong |= (bytes.load(UInt64.self, at: Int(starts[index])) ^ values[index]) & masks[index]
        }
        return wrong == 0
    }

    /// What a field's number and wire type make of it.
    public enum Kind: Sendable {
        /// A number of fixed width, or an array of them that came as one element.
        case number
        /// A varint.
        case varint
        /// A varint that must be one of certain numbers.
        case named
        /// A packed array of numbers of fixed width.
        case array
        /// A message, whose content may differ.
        case message
        /// Not a field of this schema.
        case unknown
    }

    /// Learns a message that was found legal, and takes note of where its fields stand: field `n` in `places[n - 1]`.
    ///
    /// Where it can't be learned, the places are still those of this message.
    @_lifetime(places: copy places)
    public mutating func learn(
        _ bytes: RawSpan, into places: inout MutableSpan<Place>, kind: (FieldTag) -> Kind
    ) {
        size = -1
        count = 0
        for index in places.indices { places[index] = .absent }
        var reader = WireReader(checked: bytes)
        var isFixed = bytes.byteCount >= 8
        do throws(WireError) {
            var start = reader.offset
            while let tag = try reader.nextTag() {
                let kind = kind(tag)
                let content: Place
                if tag.type == .lengthDelimited {
                    content = try reader.contentPlace(tag, limit: .max)
                } else {
                    let value = reader.offset
                    try reader.passOver(tag)
                    content = Place(value..<reader.offset)
                }
                isFixed = isFixed && require(bytes, start..<Int(content.start))
                switch kind {
                case .number, .array: break
                case .varint: isFixed = isFixed && content.size == 1 && require(bytes, Int(content.start), mask: 0x80)
                case .named: isFixed = isFixed && content.size == 1 && require(bytes, Int(content.start), mask: 0xFF)
                case .message, .unknown: isFixed = false
                }
                if kind != .unknown {
                    // Of several arrays, one at most holds something: others would be pieces, and have no view.
                    let index = Int(tag.number) - 1
                    if kind != .array || places[index].size <= 0 { places[index] = content }
                }
                start = reader.offset
            }
        } catch { return }
        guard isFixed else { return }
        alignLast(to: bytes.byteCount)
        size = bytes.byteCount
    }

    private mutating func require(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        for offset in range where !require(bytes, offset, mask: 0xFF) { return false }
        return true
    }

    private mutating func require(_ bytes: RawSpan, _ offset: Int, mask: UInt8) -> Bool {
        if count == 0 || offset >= Int(starts[count - 1]) + 8 {
            guard count < Self.capacity else { return false }
            starts[count] = Int32(offset)
            masks[count] = 0
            values[count] = 0
            count += 1
        }
        let shift = UInt64(8 * (offset - Int(starts[count - 1])))
        masks[count - 1] |= UInt64(mask) << shift
        values[count - 1] |= UInt64(bytes.byte(at: offset) & mask) << shift
        return true
    }

    /// The last word may reach beyond the message: it begins earlier then.
    private mutating func alignLast(to size: Int) {
        guard count > 0 else { return }
        let excess = Int(starts[count - 1]) + 8 - size
        guard excess > 0 else { return }
        starts[count - 1] -= Int32(excess)
        masks[count - 1] <<= UInt64(8 * excess)
        values[count - 1] <<= UInt64(8 * excess)
    }

    /// Learns nothing from a message that is refused or in pieces.
    public mutating func forget() { size = -1 }
}
