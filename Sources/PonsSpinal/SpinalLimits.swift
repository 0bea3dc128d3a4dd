public import PonsWire

/// What the fixed-size forms hold at most, and the small checks they share.
public enum SpinalLimits {
    /// Words of a joint mask: 256 joints.
    public static let maskWords = 4

    /// Words of a mask for `joints` joints.
    @inlinable @inline(__always)
    public static func words(_ joints: Int) -> Int {
        precondition(joints > 0 && joints <= 256, "fixed-size messages hold 1 to 256 joints")
        return (joints &+ 63) / 64
    }

    /// Whether bit `number` is set in the set of numbers that have a name.
    @inlinable @inline(__always)
    public static func isNamed(_ number: UInt8, in names: UInt64) -> Bool {
        number < 64 && names &>> UInt64(number) & 1 != 0
    }

    /// An array that is there has one element a joint.
    @inlinable
    public static func expect(_ count: Int, _ full: Int, _ number: UInt32, _ offset: Int) throws(WireError) {
        if count != 0 && count != full {
            throw WireError(.wrongCount, path: FieldPath(number), offset: offset, limit: full)
        }
    }
}

/// One bit a joint: bit i of word i / 64 is joint i.
public typealias JointMask = InlineArray<4, UInt64>
