import PonsWire

/// Nested messages of one field, read in place, one after the other:
///
///     var children = node.children
///     while let child = children.next() { … }
@frozen
public struct RepeatedView<Element: WireView & ~Escapable>: ~Escapable {
    @usableFromInline var occurrences: Occurrences
    public let count: Int

    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, _ run: Run, _ number: UInt32) {
        occurrences = Occurrences(bytes, run, number)
        count = Int(run.count)
    }

    /// The next one, or `nil` after the last. Cost: one pass over the element's own fields, none below them.
    @inlinable
    @_lifetime(copy self)
    public mutating func next() -> Element? {
        guard let place = occurrences.next() else { return nil }
        return unsafe _overrideLifetime(Element(checked: occurrences.bytes.extracting(place)), copying: self)
    }
}
