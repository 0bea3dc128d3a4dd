public import PonsWire

/// A message read where it lies: nothing is copied and nothing allocated; texts, arrays and nested messages are looked at
/// in the caller's bytes. The compiler sees to it that no view outlives them.
///
/// `try TaskRequestView(bytes)` checks the whole message, nested messages too, just as decoding it would: the same bytes
/// are refused, for the same reason. It is `nil` where the bytes are legal and no view can show them: proto3 lets a sender
/// split an array or a nested message into pieces (and make a message of 2 GiB), which only ``WireMessage/init(decoding:)`` puts together.
public protocol WireView: ~Escapable {
    static var isStrict: Bool { get }

    /// The empty message; what ``read(from:)`` finds lies in `bytes`.
    @_lifetime(copy bytes)
    init(over bytes: RawSpan)

    /// Takes note of the fields up to the end of the reader's message; for generated views.
    mutating func read(from reader: inout WireReader) throws(WireError)
}

extension WireView where Self: ~Escapable {
    /// Checks the message in `bytes` and looks at it. `nil` for a legal message in pieces: decode that.
    ///
    /// - Throws: what decoding the same bytes throws.
    /// - Complexity: one pass over the bytes.
    @inlinable
    @_lifetime(copy bytes)
    public init?(_ bytes: RawSpan) throws(WireError) {
        self.init(over: bytes)
        var reader = WireReader(bytes, isStrict: Self.isStrict)
        try read(from: &reader)
        if reader.isInPieces || bytes.byteCount > Int32.max { return nil }
    }

    /// A nested message whose outermost one was checked: its own fields are passed over once, none below them.
    @inlinable
    @_lifetime(copy bytes)
    init(checked bytes: RawSpan) {
        self.init(over: bytes)
        var reader = WireReader(checked: bytes)
        // It was read to its end before; if it weren't so, the view would show what comes before the error.
        do throws(WireError) { try read(from: &reader) } catch {}
    }

    /// Checks a nested message and keeps nothing but where it stands.
    @inlinable
    static func check(_ tag: FieldTag, in reader: inout WireReader) throws(WireError) -> Range<Int> {
        let outerEnd = try reader.enter(tag)
        let start = reader.offset
        var view = Self(over: RawSpan())
        do throws(WireError) { try view.read(from: &reader) } catch { throw error.inside(tag.number) }
        reader.leave(outerEnd)
        return start..<reader.offset
    }
}
