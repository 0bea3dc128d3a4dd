public import PonsVocabulary
public import PonsWire

/// What generated decoders are made of, beyond the reader's own.
extension WireReader {
    /// Reads a nested message in place of what is there.
    public mutating func decode<M: WireMessage>(nested tag: FieldTag, _ value: inout M?) throws(WireError) {
        if case nil = value { value = M() }
        try value!.decode(nested: tag, in: &self)
    }

    /// Reads a nested message on top of what is there (proto3: it may come in pieces).
    public mutating func merge<M: WireMessage>(nested tag: FieldTag, _ value: inout M?) throws(WireError) {
        if case nil = value { return try decode(nested: tag, &value) }
        try value!.merge(nested: tag, in: &self)
    }

    public mutating func enumerations<E: WireEnum>(
        _ tag: FieldTag, into values: inout [E], limit: Int
    ) throws(WireError) {
        let before = values.count
        try varints(tag, into: &values, limit: limit) { E(rawValue: Int32(truncatingIfNeeded: $0)) }
        guard isStrict else { return }
        for value in values[before...] where !value.isKnown {
            throw WireError(.unknownEnum, path: FieldPath(tag.number), offset: offset)
        }
    }

    public func append<T>(_ element: T, to values: inout [T], limit: Int, _ tag: FieldTag) throws(WireError) {
        guard values.count < limit else { throw tooMany(tag, limit) }
        values.append(element)
    }

    /// Adds an entry to a map, or takes the place of the entry with the same key.
    public func insert<Key, Value>(
        _ value: Value, for key: Key, into entries: inout [Key: Value], limit: Int, _ tag: FieldTag
    ) throws(WireError) {
        guard entries.count < limit || entries[key] != nil else { throw tooMany(tag, limit) }
        entries[key] = value
    }
}
