/// Why bytes are not a message. Always the sender's fault; the receiver drops the whole message.
@frozen
public struct WireError: Error, Equatable, Sendable {
    @frozen
    public enum Kind: UInt8, Sendable {
        /// The bytes end inside a value.
        case truncated
        /// A varint of more than ten bytes, or more than 64 bits.
        case varintOverflow
        /// Field number 0, or one above 2^29 − 1.
        case badFieldNumber
        /// A group, or a wire type that does not exist.
        case badWireType
        /// A known field with a wire type its declaration does not allow.
        case wireTypeMismatch
        /// A packed array whose length is not a multiple of its element.
        case raggedArray
        case invalidUTF8
        /// More than ``WireLimits/depth`` nested messages.
        case tooDeep
        /// A string, bytes or repeated field above its bound; found before memory was reserved.
        case limitExceeded
        /// An array for a robot of another joint count, where the count is fixed.
        case wrongCount
        /// A singular field twice in a strict message (FMT-04).
        case duplicateField
        /// An enumeration number without a name in a strict message (FMT-02).
        case unknownEnum
        /// A field that must be understood and is not known here (FMT-03).
        case unknownCritical
    }

    public var kind: Kind
    public var path: FieldPath
    /// Byte offset in the payload at which it was found.
    public var offset: Int
    /// The bound that was exceeded, for ``Kind/limitExceeded``.
    public var limit: Int

    @inlinable
    public init(_ kind: Kind, path: FieldPath = FieldPath(), offset: Int, limit: Int = 0) {
        self.kind = kind
        self.path = path
        self.offset = offset
        self.limit = limit
    }

    /// The error as seen from the message that holds the failing one in field `number`.
    public func inside(_ number: UInt32) -> WireError {
        var error = self
        error.path = path.inside(number)
        return error
    }
}
