public import PonsVocabulary
public import PonsWire

/// What generated views are made of: each passes over a field and takes note of where it stands.
extension WireReader {
    @inlinable
    public mutating func textPlace(_ tag: FieldTag, limit: Int) throws(WireError) -> Place {
        Place(isChecked ? try content(tag, limit: limit) : try text(tag, limit: limit))
    }

    @inlinable
    public mutating func contentPlace(_ tag: FieldTag, limit: Int) throws(WireError) -> Place {
        Place(try content(tag, limit: limit))
    }

    /// A nested message; `previous` is where an earlier piece of it stands.
    @inlinable
    public mutating func nested<View: WireView & ~Escapable>(
        _ tag: FieldTag, as view: View.Type, after previous: Place
    ) throws(WireError) -> Place {
        if !previous.isAbsent { isInPieces = true }
        return Place(try message(tag, as: view))
    }

    /// One of several nested messages.
    @inlinable
    public mutating func element<View: WireView & ~Escapable>(
        _ tag: FieldTag, as view: View.Type, of run: inout Run, limit: Int
    ) throws(WireError) {
        let start = offset
        _ = try message(tag, as: view)
        try count(&run, start, limit, tag)
    }

    /// One of several texts.
    @inlinable
    public mutating func element(
        _ tag: FieldTag, textOf run: inout Run, limit: Int, elementLimit: Int
    ) throws(WireError) {
        let start = offset
        _ = try textPlace(tag, limit: elementLimit)
        try count(&run, start, limit, tag)
    }

    /// A number of fixed width, or a packed array of them.
    @inlinable
    public mutating func packed<T: BitwiseCopyable>(
        _ tag: FieldTag, of type: T.Type, into place: inout Place, limit: Int
    ) throws(WireError) {
        let width = MemoryLayout<T>.size
        let before = max(0, Int(place.size))
        let range = try array(tag, width: width, room: limit &- before / width, excess: .limitExceeded)
        note(range, after: before, in: &place)
    }

    /// An enumeration, or a packed array of them; `count` is how many came so far.
    public mutating func packed<E: WireEnum>(
        _ tag: FieldTag, of type: E.Type, into place: inout Place, count: inout Int, limit: Int
    ) throws(WireError) {
        let before = Int(place.size)
        var isNamed = true
        let range = try varints(tag, count: &count, limit: limit) {
            isNamed = isNamed && E(rawValue: Int32(truncatingIfNeeded: $0)).isKnown
        }
        if isStrict && !isNamed { throw WireError(.unknownEnum, path: FieldPath(tag.number), offset: offset) }
        note(range, after: before, in: &place)
    }

    // MARK: Parts

    @inlinable
    mutating func message<View: WireView & ~Escapable>(
        _ tag: FieldTag, as view: View.Type
    ) throws(WireError) -> Range<Int> {
        if isChecked { return try content(tag, limit: .max) }
        return try View.check(tag, in: &self)
    }

    @inlinable
    func count(_ run: inout Run, _ start: Int, _ limit: Int, _ tag: FieldTag) throws(WireError) {
        guard run.count < limit else {
            throw WireError(.limitExceeded, path: FieldPath(tag.number), offset: start, limit: limit)
        }
        if run.count == 0 { run.start = Int32(truncatingIfNeeded: start) }
        run.count &+= 1
    }

    /// Pieces of one array are counted together; shown are they only where there is one.
    @inlinable
    mutating func note(_ range: Range<Int>, after before: Int, in place: inout Place) {
        if before > 0 && !range.isEmpty { isInPieces = true }
        place =
            before > 0
            ? Place(start: place.start, size: Int32(truncatingIfNeeded: before &+ range.count)) : Place(range)
    }
}
