public import PonsWire

/// The occurrences of one repeated field, found one after the other; other fields may stand between them.
@frozen
@usableFromInline
struct Occurrences: ~Escapable {
    @usableFromInline var reader: WireReader
    @usableFromInline let bytes: RawSpan
    @usableFromInline let number: UInt32
    @usableFromInline var isFirst = true
    @usableFromInline var remaining: Int32

    @inlinable
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ run: Run, _ number: UInt32) {
        self.bytes = bytes
        self.number = number
        remaining = run.count
        reader = WireReader(checked: bytes, from: Int(run.start))
    }

    @inlinable
    mutating func next() -> Range<Int>? {
        if remaining == 0 { return nil }
        remaining &-= 1
        let wanted = FieldTag(number: number, type: .lengthDelimited)
        do throws(WireError) {
            if isFirst {
                isFirst = false
                return try reader.content(wanted, limit: .max)
            }
            if reader.take(wanted) { return try reader.content(wanted, limit: .max) }
            while let tag = try reader.nextTag() {
                if tag == wanted { return try reader.content(tag, limit: .max) }
                try reader.passOver(tag)
            }
        } catch {}
        return nil
    }
}
