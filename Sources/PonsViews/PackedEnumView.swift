public import PonsVocabulary
public import PonsWire

/// An array of enumerations, read in place, one after the other: each takes one to ten bytes.
@frozen
public struct PackedEnumView<Element: WireEnum>: ~Escapable {
    @usableFromInline var reader: WireReader
    public let count: Int

    @inlinable public var isEmpty: Bool { count == 0 }

    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, _ place: Place, _ count: Int) {
        reader = WireReader(checked: bytes.extracting(place.range))
        self.count = count
    }

    /// The next one, or `nil` after the last.
    @inlinable
    public mutating func next() -> Element? {
        if reader.isAtEnd { return nil }
        do throws(WireError) { return Element(rawValue: Int32(truncatingIfNeeded: try reader.varint())) } catch {}
        return nil
    }
}
