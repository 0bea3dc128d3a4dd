/// Bounds that hold before any memory is reserved (FMT-07). A field's own rule may only be smaller.
public enum WireLimits {
    /// Nested messages.
    public static let depth = 16
    /// UTF-8 bytes of a string without a rule of its own.
    public static let stringBytes = 1024
    /// Bytes of a bytes field without a rule of its own.
    public static let payloadBytes = 1200
    /// Bytes of a string or bytes field of a schema that is not the standard's, and has no rules: what a frame can carry.
    public static let foreignBytes = 65_536
    /// Elements of a repeated field without a rule of its own.
    public static let elements = 4096
    /// Bytes of unknown fields one message keeps.
    public static let unknownBytes = 65_536
    /// Bytes of a varint.
    public static let varintBytes = 10
    /// Bytes of a datagram frame: avoids IP fragmentation (F_MAX).
    public static let datagramFrameBytes = 1200
    /// Payload bytes of a control frame (F_MAX).
    public static let controlPayloadBytes = 65_536
}
