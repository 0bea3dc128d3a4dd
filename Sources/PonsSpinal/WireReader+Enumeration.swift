public import PonsVocabulary
public import PonsWire

extension WireReader {
    /// An enumeration. In a strict message a number without a name is refused (FMT-02).
    @inlinable
    public mutating func enumeration<E: WireEnum>(_ tag: FieldTag) throws(WireError) -> E {
        let start = offset
        let value = E(rawValue: Int32(truncatingIfNeeded: try varint(tag)))
        if isStrict && !value.isKnown { throw WireError(.unknownEnum, path: FieldPath(tag.number), offset: start) }
        return value
    }
}
