/// Why bytes are not a frame.
public enum FrameError: Error, Equatable, Sendable {
    /// Fewer bytes than the header, or than the header announces.
    case truncated
    /// Bytes follow the frame in the same datagram.
    case trailingBytes
    case badMagic
    case badVersion(UInt8)
    case oversize(Int, limit: Int)
    case reservedNotZero
    /// The check sequence is wrong: corruption, or another session's identity.
    case badCheck
    /// Nothing but zeros: a dead line, ignored and counted (BCH-04).
    case allZero
}
