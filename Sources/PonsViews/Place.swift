public import PonsWire

/// Where the content of a field stands within its message's bytes.
@frozen
public struct Place: Equatable, Sendable {
    @usableFromInline var start: Int32
    @usableFromInline var size: Int32

    /// Of a field that did not come.
    @inlinable @inline(__always)
    public static var absent: Place { Place(start: -1, size: 0) }

    @inlinable @inline(__always)
    init(start: Int32, size: Int32) {
        self.start = start
        self.size = size
    }

    @inlinable @inline(__always)
    init(_ range: Range<Int>) {
        start = Int32(truncatingIfNeeded: range.lowerBound)
        size = Int32(truncatingIfNeeded: range.upperBound &- range.lowerBound)
    }

    @inlinable @inline(__always)
    public var isAbsent: Bool { start < 0 }

    @inlinable @inline(__always)
    var range: Range<Int> { isAbsent ? 0..<0 : Int(start)..<Int(start) &+ Int(size) }
}

/// Reading at a place; for generated views.
extension RawSpan {
    @inlinable
    @_lifetime(copy self)
    public func content(_ place: Place) -> RawSpan { extracting(place.range) }

    /// A number of fixed width.
    @inlinable @inline(__always)
    public func number<T: BitwiseCopyable>(_ type: T.Type, _ place: Place) -> T { load(type, at: Int(place.start)) }

    /// A varint that was read before.
    @inlinable
    public func varint(_ place: Place) -> UInt64 {
        var reader = WireReader(checked: content(place))
        do throws(WireError) { return try reader.varint() } catch { return 0 }
    }

    /// The text at a place that was found to be UTF-8.
    @inlinable
    @_lifetime(copy self)
    public func text(_ place: Place) -> UTF8Span {
        unsafe UTF8Span(unchecked: Span<UInt8>(_bytes: extracting(place.range)))
    }
}
