/// Where in a message something was found: field numbers from the outside in, and the element of the innermost array.
///
/// Numbers only, so that an error costs no allocation; names are looked up when a person reads it.
@frozen
public struct FieldPath: Equatable, Sendable {
    @usableFromInline var packed: (UInt64, UInt64)
    @usableFromInline var depth: UInt8
    /// Element of the innermost repeated field, or -1.
    public var index: Int32

    @inlinable
    public init(_ number: UInt32, index: Int32 = -1) {
        packed = (UInt64(UInt16(truncatingIfNeeded: number)), 0)
        depth = 1
        self.index = index
    }

    /// The empty path: the message as a whole.
    @inlinable
    public init() {
        packed = (0, 0)
        depth = 0
        index = -1
    }

    /// Number of fields on the path, at most eight; deeper ones are cut at the inside.
    @inlinable public var count: Int { Int(depth) }

    /// The field number at a position, from the outside in.
    @inlinable
    public subscript(position: Int) -> UInt32 {
        let word = position < 4 ? packed.0 : packed.1
        return UInt32(truncatingIfNeeded: word &>> UInt64((position & 3) * 16)) & 0xFFFF
    }

    /// The same place seen from the message that holds this one in `number`.
    public func inside(_ number: UInt32) -> FieldPath {
        var path = self
        path.packed.1 = packed.1 &<< 16 | packed.0 &>> 48
        path.packed.0 = packed.0 &<< 16 | UInt64(UInt16(truncatingIfNeeded: number))
        path.depth = min(depth + 1, 8)
        return path
    }

    /// The path without its outermost field.
    public func dropFirst() -> FieldPath {
        var path = self
        path.packed.0 = packed.0 &>> 16 | packed.1 &<< 48
        path.packed.1 = packed.1 &>> 16
        path.depth = depth == 0 ? 0 : depth - 1
        return path
    }

    public static func == (left: FieldPath, right: FieldPath) -> Bool {
        left.packed.0 == right.packed.0 && left.packed.1 == right.packed.1 && left.depth == right.depth
            && left.index == right.index
    }
}
