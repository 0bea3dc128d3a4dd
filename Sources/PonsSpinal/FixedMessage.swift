public import PonsWire

/// A message of joint streams in one block of memory: no heap, and a size known when the program is built.
public protocol FixedMessage: Sendable {
    /// Bytes that every message of this type fits in.
    static var maximumSize: Int { get }

    init()

    /// Reads a message in place of what the value held.
    mutating func decode(_ bytes: RawSpan) throws(WireError)

    /// Writes the message to the front of `storage`, which must hold ``maximumSize`` bytes; returns the bytes written.
    @_lifetime(storage: copy storage)
    mutating func encode(into storage: inout MutableRawSpan) -> Int

    /// Checks every rule of the schema.
    func validate() throws(Violation)
}
