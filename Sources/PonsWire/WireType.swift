/// How a field's value is laid out on the wire (protobuf encoding, wire types). Groups are refused.
@frozen
public enum WireType: UInt8, Sendable {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
}

/// A field number together with its wire type.
@frozen
public struct FieldTag: Equatable, Sendable {
    public let number: UInt32
    public let type: WireType

    @inlinable
    public init(number: UInt32, type: WireType) {
        self.number = number
        self.type = type
    }

    /// The tag as it stands on the wire, before varint encoding.
    @inlinable public var rawValue: UInt32 { number &<< 3 | UInt32(type.rawValue) }

    /// Bytes of the tag in its shortest form.
    @inlinable public var size: Int { WireSize.varint(UInt64(rawValue)) }

    /// Field numbers in this range must be understood: a receiver that does not know one refuses the message (FMT-03).
    public static let mustUnderstandNumbers: ClosedRange<UInt32> = 10_000...10_999
}
