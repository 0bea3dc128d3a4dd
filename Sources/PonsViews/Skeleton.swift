public import PonsWire

/// The bytes of a message that say where its fields stand: tags, lengths, and the upper bit of numbers of one byte. Another
/// message with these bytes, and of the same size, has the same fields at the same places, and is as legal.
@frozen
public struct Skeleton: Sendable {
    /// Words; a message that needs more is looked at anew each time.
    static var capacity: Int { 48 }

    /// Sixteen bytes: the tags of two numbers that stand together.
    @usableFromInline typealias Word = SIMD2<UInt64>
    static var width: Int { 16 }

    /// Bytes of the message, or -1 where none was learned.
    @usableFromInline var size = -1
    @usableFromInline var count = 0
    @usableFromInline var starts = InlineArray<48, UInt32>(repeating: 0)
    @usableFromInline var masks = InlineArray<48, Word>(repeating: Word())
    @usableFromInline var values = InlineArray<48, Word>(repeating: Word())

    @inlinable
    public init() {}

    /// Whether a message is laid out as the one that was learned. Cost: one comparison of sixteen bytes for about two fields.
    ///
    /// Mutating, although it changes nothing: otherwise the words would be copied first.
    @inlinable @inline(__always)
    public mutating func matches(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount == size else { return false }
        var wrong = Word()
        for index in 0..<count {
            wrong |= (bytes.load(Word.self, at: Int(starts[index])) ^ values[index]) & masks[index]
        }
        return wrong == Word()
    }

    /// What a field's number and wire type make of it.
    public enum Kind: Sendable {
        /// A number of fixed width.
        case number
        /// A varint.
        case varint
        /// A varint that must be one of certain numbers.
        case named
        /// An array of numbers of fixed width, packed or as one element by itself.
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
        var isFixed = bytes.byteCount >= Self.width
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
        size = bytes.byteCount
    }

    private mutating func require(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        for offset in range where !require(bytes, offset, mask: 0xFF) { return false }
        return true
    }

    private mutating func require(_ bytes: RawSpan, _ offset: Int, mask: UInt8) -> Bool {
        if count == 0 || offset >= Int(starts[count - 1]) + Self.width {
            guard count < Self.capacity else { return false }
            // The last word ends with the message.
            starts[count] = UInt32(min(offset, bytes.byteCount - Self.width))
            masks[count] = Word()
            values[count] = Word()
            count += 1
        }
        let place = offset - Int(starts[count - 1])
        let shift = UInt64(8 * (place % 8))
        masks[count - 1][place / 8] |= UInt64(mask) << shift
        values[count - 1][place / 8] |= UInt64(bytes.byte(at: offset) & mask) << shift
        return true
    }

    /// Learns nothing from a message that is refused or in pieces.
    public mutating func forget() { size = -1 }
}
