/// The fixed 48-byte, little-endian header of every frame on every binding.
///
/// ```
///  0  magic "PONS"          4  version  5  flags  6  message type
///  8  payload length       12  counter
/// 16  session id
/// 24  source       26  destination      28  stream       30  zero
/// 32  send time, ns, robot monotonic domain
/// 40  monitoring number    44  monitoring number echoed
/// 48  payload …            then the check sequence: CRC-32P4 up to 4 KiB of payload, CRC-64 above
/// ```
/// The check sequence covers the session identity (not sent), the header and the payload as sent (BCH-01, BCH-02).
@frozen
public struct FrameHeader: Equatable, Sendable {
    public static let size = 48
    public static let magic: UInt32 = 0x534E_4F50
    public static let majorVersion: UInt8 = 1
    /// Payloads up to this size carry CRC-32P4, larger ones CRC-64.
    public static let shortPayloadBytes = 4096

    public var version: UInt8
    public var flags: Flags
    public var messageType: UInt16
    public var payloadLength: UInt32
    public var counter: UInt32
    public var sessionID: UInt64
    public var source: UInt16
    public var destination: UInt16
    public var stream: UInt16
    /// Nanoseconds of the robot's monotonic clock; a sender that does not know it yet sends 0.
    public var sendTimeNs: Int64
    /// The sender's monitoring number: the receiver echoes the newest one it saw (BCH-08).
    public var monitoringNumber: UInt32
    public var echoedNumber: UInt32

    @frozen
    public struct Flags: Equatable, Sendable {
        public var rawValue: UInt8
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The robot is in TEST mode (CNF-02).
        public static var testActive: Flags { Flags(rawValue: 1) }
        /// The link is clear text (SEC-01).
        public static var insecure: Flags { Flags(rawValue: 2) }

        @inlinable public func contains(_ other: Flags) -> Bool { rawValue & other.rawValue == other.rawValue }
        @inlinable public mutating func insert(_ other: Flags) { rawValue |= other.rawValue }
    }

    public init(messageType: UInt16, payloadLength: Int, sessionID: UInt64 = 0) {
        version = Self.majorVersion
        flags = Flags(rawValue: 0)
        self.messageType = messageType
        self.payloadLength = UInt32(payloadLength)
        counter = 0
        self.sessionID = sessionID
        source = 0
        destination = 0
        stream = 0
        sendTimeNs = 0
        monitoringNumber = 0
        echoedNumber = 0
    }

    /// Bytes of the check sequence.
    public var checkSize: Int { Int(payloadLength) <= Self.shortPayloadBytes ? 4 : 8 }

    /// Bytes of the whole frame.
    public var frameSize: Int { Self.size + Int(payloadLength) + checkSize }

    /// Reads a header from the first 48 bytes. Checks what can be checked before the payload has arrived.
    public init(reading bytes: RawSpan, payloadLimit: Int) throws(FrameError) {
        guard bytes.byteCount >= Self.size else { throw .truncated }
        guard bytes.littleEndian(at: 0, as: UInt32.self) == Self.magic else { throw .badMagic }
        version = bytes.byte(at: 4)
        guard version == Self.majorVersion else { throw .badVersion(version) }
        flags = Flags(rawValue: bytes.byte(at: 5))
        messageType = bytes.littleEndian(at: 6, as: UInt16.self)
        payloadLength = bytes.littleEndian(at: 8, as: UInt32.self)
        guard Int(payloadLength) <= payloadLimit else { throw .oversize(Int(payloadLength), limit: payloadLimit) }
        counter = bytes.littleEndian(at: 12, as: UInt32.self)
        sessionID = bytes.littleEndian(at: 16, as: UInt64.self)
        source = bytes.littleEndian(at: 24, as: UInt16.self)
        destination = bytes.littleEndian(at: 26, as: UInt16.self)
        stream = bytes.littleEndian(at: 28, as: UInt16.self)
        guard bytes.littleEndian(at: 30, as: UInt16.self) == 0 else { throw .reservedNotZero }
        sendTimeNs = bytes.littleEndian(at: 32, as: Int64.self)
        monitoringNumber = bytes.littleEndian(at: 40, as: UInt32.self)
        echoedNumber = bytes.littleEndian(at: 44, as: UInt32.self)
    }

    /// Writes the 48 bytes to the front of `storage`, which must have room for them.
    @_lifetime(storage: copy storage)
    public func write(to storage: inout MutableRawSpan) {
        storage.store(Self.magic, at: 0)
        storage.store(version, at: 4)
        storage.store(flags.rawValue, at: 5)
        storage.store(messageType, at: 6)
        storage.store(payloadLength, at: 8)
        storage.store(counter, at: 12)
        storage.store(sessionID, at: 16)
        storage.store(source, at: 24)
        storage.store(destination, at: 26)
        storage.store(stream, at: 28)
        storage.store(UInt16(0), at: 30)
        storage.store(sendTimeNs, at: 32)
        storage.store(monitoringNumber, at: 40)
        storage.store(echoedNumber, at: 44)
    }
}
