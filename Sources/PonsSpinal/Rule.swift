public import PonsVocabulary
public import PonsWire

/// The checks validators are made of. Each throws the reason of its rule, at the field's number.
public enum Rule {
    @inlinable
    public static func present(_ isPresent: Bool, _ number: UInt32) throws(Violation) {
        if !isPresent { throw Violation(.fieldMissing, FieldPath(number)) }
    }

    @inlinable
    public static func count(_ actual: Int, _ expected: Int, _ number: UInt32) throws(Violation) {
        if actual != expected { throw Violation(.wrongCount, FieldPath(number), limit: Double(expected)) }
    }

    /// NaN and infinities are refused; −0.0 and subnormal numbers are numbers (MOT-08).
    @inlinable
    public static func finite<F: BinaryFloatingPoint>(_ value: F, _ number: UInt32, index: Int = -1) throws(Violation) {
        if !value.isFinite { throw Violation(.notFinite, FieldPath(number, index: Int32(index))) }
    }

    @inlinable
    public static func atLeast<T: Comparable & Bound>(
        _ bound: T, _ value: T, _ number: UInt32, index: Int = -1
    ) throws(Violation) {
        if value < bound {
            throw Violation(.outOfRange, FieldPath(number, index: Int32(index)), limit: bound.asDouble)
        }
    }

    @inlinable
    public static func atMost<T: Comparable & Bound>(
        _ bound: T, _ value: T, _ number: UInt32, index: Int = -1
    ) throws(Violation) {
        if value > bound {
            throw Violation(.outOfRange, FieldPath(number, index: Int32(index)), limit: bound.asDouble)
        }
    }
}

/// A number a limit can be reported as.
public protocol Bound {
    var asDouble: Double { get }
}
extension Double: Bound { @inlinable public var asDouble: Double { self } }
extension Float: Bound { @inlinable public var asDouble: Double { Double(self) } }
extension Int64: Bound { @inlinable public var asDouble: Double { Double(self) } }
extension UInt64: Bound { @inlinable public var asDouble: Double { Double(self) } }
extension UInt32: Bound { @inlinable public var asDouble: Double { Double(self) } }
extension Int32: Bound { @inlinable public var asDouble: Double { Double(self) } }
