public import PonsMessages
import PonsWire

/// Frames as datagrams beside a session's TLS link, with keys that only that link has seen (SEC-13).
///
/// ```
///  0  channel, u32      4  sequence, u64     12  the frame …    then 16 bytes of HMAC-SHA-256 over all before
/// ```
/// Little-endian. Each direction has a key of its own; a sequence is taken once, and none that is 64 behind the newest.
/// The frames have counters of their own and say `stream` 1 in their header.
public struct DatagramChannel: Sendable {
    /// HMAC-SHA-256, from outside: the core links no cryptography.
    public typealias Authentication = @Sendable (_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8]

    /// What a datagram may carry: streams, in which the newest is all that counts.
    public static func carries(_ type: MessageType) -> Bool {
        type.streamClass == .setpoint || type.streamClass == .state
    }

    /// Why a datagram is dropped without a word.
    public enum Failure: Error, Equatable {
        case tooShort
        case otherChannel
        case forged
    }

    /// `stream` in the headers of these frames.
    public static let stream: UInt16 = 1
    static let headSize = 12
    static let tagSize = 16
    /// Bytes that a frame grows by.
    public static let overhead = headSize + tagSize

    public let number: UInt32
    private let sendKey: [UInt8]
    private let receiveKey: [UInt8]
    private let authentication: Authentication
    private var nextSequence: UInt64 = 1
    private var window = ReplayWindow()

    public init(number: UInt32, sendKey: [UInt8], receiveKey: [UInt8], authentication: @escaping Authentication) {
        self.number = number
        self.sendKey = sendKey
        self.receiveKey = receiveKey
        self.authentication = authentication
    }

    /// Which channel a datagram says it belongs to.
    public static func number(of datagram: [UInt8]) -> UInt32? {
        guard datagram.count >= 4 else { return nil }
        return datagram.span.bytes.littleEndian(at: 0, as: UInt32.self)
    }

    public mutating func seal(_ frame: [UInt8]) -> [UInt8] {
        var datagram = Self.bytes(of: number) + Self.bytes(of: nextSequence) + frame
        nextSequence += 1
        datagram += authentication(sendKey, datagram).prefix(Self.tagSize)
        return datagram
    }

    /// The frame of a datagram, and whether its sequence was taken before.
    public mutating func open(_ datagram: [UInt8]) throws(Failure) -> (frame: [UInt8], isReplay: Bool) {
        guard datagram.count >= Self.overhead else { throw .tooShort }
        guard Self.number(of: datagram) == number else { throw .otherChannel }
        let end = datagram.count - Self.tagSize
        let tag = authentication(receiveKey, Array(datagram[..<end])).prefix(Self.tagSize)
        // All bytes are compared: the time taken tells nothing of where the first difference is.
        guard zip(tag, datagram[end...]).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 else { throw .forged }
        let sequence = datagram.span.bytes.littleEndian(at: 4, as: UInt64.self)
        return (Array(datagram[Self.headSize..<end]), !window.take(sequence))
    }

    private static func bytes<T: FixedWidthInteger>(of value: T) -> [UInt8] {
        (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> T($0 * 8)) }
    }
}

/// Which of the newest 64 sequence numbers were taken.
struct ReplayWindow: Sendable {
    private var newest: UInt64 = 0
    /// Bit i: `newest` − i was taken.
    private var taken: UInt64 = 0

    /// Takes a number; false where it was taken before, or is too old to know.
    mutating func take(_ number: UInt64) -> Bool {
        if number > newest {
            // A shift by 64 or more leaves nothing.
            taken = taken << (number - newest) | 1
            newest = number
            return true
        }
        let age = newest - number
        guard number > 0, age < 64, taken & 1 << age == 0 else { return false }
        taken |= 1 << age
        return true
    }
}
