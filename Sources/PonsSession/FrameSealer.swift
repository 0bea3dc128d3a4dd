public import PonsMessages
public import PonsWire

/// Numbers, addresses and checks the frames one end sends.
public struct FrameSealer: Sendable {
    public var identity = SessionIdentity.none
    public var source: UInt16 = 0
    public var destination: UInt16 = 0
    /// Which of a session's paths.
    public var stream: UInt16 = 0
    public var flags: FrameHeader.Flags = FrameHeader.Flags(rawValue: 0)
    public var echoedNumber: UInt32 = 0
    public private(set) var counter: UInt32
    private var monitoringNumber: UInt32 = 0

    /// - Parameter counter: where numbering starts; any value is legal.
    public init(counter: UInt32 = 0) { self.counter = counter }

    /// Leaves out the next numbers, as if these frames had been lost.
    public mutating func skip(_ frames: UInt32) { counter &+= frames }

    /// The frame of a message, ready to send.
    public mutating func seal<M: FrameMessage>(_ message: M, at now: Int64) -> [UInt8] {
        seal(payload: message.encoded(), type: M.type.rawValue, at: now)
    }

    /// The frame of a payload, ready to send.
    public mutating func seal(payload: [UInt8], type: UInt16, at now: Int64) -> [UInt8] {
        counter &+= 1
        monitoringNumber &+= 1
        var header = FrameHeader(messageType: type, payloadLength: payload.count, sessionID: identity.sessionID)
        header.counter = counter
        header.source = source
        header.destination = destination
        header.stream = stream
        header.flags = flags
        header.sendTimeNs = now
        header.monitoringNumber = monitoringNumber
        header.echoedNumber = echoedNumber
        return Self.frame(header, payload, identity: identity)
    }

    /// A frame with exactly this header; for tests that must send what no correct sender would.
    public static func frame(_ header: FrameHeader, _ payload: [UInt8], identity: SessionIdentity) -> [UInt8] {
        [UInt8](capacity: header.frameSize) { output in
            output.write(header.frameSize) { storage in
                storage.copy(payload.span.bytes, at: FrameHeader.size)
                _ = FrameCheck.seal(header, in: &storage, identity: identity)
            }
        }
    }
}
