import PonsSpinal
import PonsVocabulary
import PonsWire

extension WireReader {
    mutating func enumerations<E: WireEnum>(_ tag: FieldTag, into values: inout [E], limit: Int) throws(WireError) {
        var numbers: [UInt64] = []
        try varints(tag, into: &numbers, limit: limit - values.count)
        for number in numbers {
            let value = E(rawValue: Int32(truncatingIfNeeded: number))
            if isStrict && !value.isKnown { throw WireError(.unknownEnum, path: FieldPath(tag.number), offset: offset) }
            values.append(value)
        }
    }

    func append<T>(_ element: T, to values: inout [T], limit: Int, _ tag: FieldTag) throws(WireError) {
        guard values.count < limit else {
            throw WireError(.limitExceeded, path: FieldPath(tag.number), offset: offset, limit: limit)
        }
        values.append(element)
    }
}
