public import PonsMessages
public import PonsWire

/// A frame whose check sequence was right: its header and its payload, not yet decoded.
public struct OpenedFrame: Sendable {
    public let header: FrameHeader
    public let payload: [UInt8]

    /// Opens a whole frame.
    public init(_ frame: [UInt8], identity: SessionIdentity, payloadLimit: Int) throws(FrameError) {
        header = try frame.withRawSpan { (span) throws(FrameError) in
            try FrameCheck.open(span, identity: identity, payloadLimit: payloadLimit)
        }
        payload = Array(frame[FrameHeader.size..<FrameHeader.size + Int(header.payloadLength)])
    }

    /// A frame whose check sequence nobody looked at; only a broken robot takes one.
    public init(unchecked frame: [UInt8], _ header: FrameHeader) {
        self.header = header
        payload = Array(frame[FrameHeader.size..<FrameHeader.size + Int(header.payloadLength)])
    }

    public var type: MessageType? { MessageType(rawValue: header.messageType) }

    /// The header of a frame, whatever its check sequence says.
    public static func peek(_ frame: [UInt8], payloadLimit: Int) -> FrameHeader? {
        frame.withRawSpan { span in
            do throws(FrameError) { return try FrameHeader(reading: span, payloadLimit: payloadLimit) } catch {
                return nil
            }
        }
    }
}
