import PonsWire

/// Texts of one field, read in place, one after the other.
@frozen
public struct RepeatedTextView: ~Escapable {
    @usableFromInline var occurrences: Occurrences
    public let count: Int

    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, _ run: Run, _ number: UInt32) {
        occurrences = Occurrences(bytes, run, number)
        count = Int(run.count)
    }

    /// The next one, or `nil` after the last.
    @inlinable
    @_lifetime(copy self)
    public mutating func next() -> UTF8Span? {
        guard let place = occurrences.next() else { return nil }
        return occurrences.bytes.text(Place(place))
    }
}
