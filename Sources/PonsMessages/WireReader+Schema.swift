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

    /// Reads nested messages that stand together, in place of those that are there: each keeps its storage.
    public mutating func replace<M: WireMessage>(
        nested tag: FieldTag, _ values: inout [M], limit: Int
    ) throws(WireError) {
        var count = 0
        while take(tag) {
            if count < values.count && count < limit {
                try values[count].decode(nested: tag, in: &self)
            } else {
                try append(try M(nested: tag, in: &self), to: &values, limit: limit, tag)
            }
            count &+= 1
        }
        if count < values.count { values.removeLast(values.count - count) }
    }

    /// Reads texts that stand together, in place of those that are there.
    public mutating func replace(
        texts tag: FieldTag, _ values: inout [String], limit: Int, elementLimit: Int
    ) throws(WireError) {
        var count = 0
        while take(tag) {
            if count < values.count && count < limit {
                try string(tag, limit: elementLimit, into: &values[count])
            } else {
                try append(try string(tag, limit: elementLimit), to: &values, limit: limit, tag)
            }
            count &+= 1
        }
        if count < values.count { values.removeLast(values.count - count) }
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
