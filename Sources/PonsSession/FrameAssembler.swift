public import PonsWire

/// Cuts a byte stream into frames. Bounded: never holds more than one frame of the declared size and what one read brought.
public struct FrameAssembler: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    private let payloadLimit: Int

    public init(payloadLimit: Int) { self.payloadLimit = payloadLimit }

    public mutating func append(_ bytes: [UInt8]) {
        buffer.removeFirst(start)
        start = 0
        buffer.append(contentsOf: bytes)
    }

    /// Bytes that wait for the rest of their frame.
    public var pendingCount: Int { buffer.count - start }

    /// The next whole frame, or `nil` until more arrives. The header is checked before the payload is waited for, so a
    /// length nobody may send ends the stream at once (LNK-13). Cost: one copy of the frame.
    public mutating func next() throws(FrameError) -> [UInt8]? {
        guard pendingCount >= 4 else { return nil }
        let magic = FrameHeader.magic
        for offset in 0..<4 where buffer[start + offset] != UInt8(truncatingIfNeeded: magic >> UInt32(offset * 8)) {
            throw .badMagic
        }
        guard pendingCount >= FrameHeader.size else { return nil }
        let head = Array(buffer[start..<start + FrameHeader.size])
        let limit = payloadLimit
        let header = try head.withRawSpan { (span) throws(FrameError) in
            try FrameHeader(reading: span, payloadLimit: limit)
        }
        guard pendingCount >= header.frameSize else { return nil }
        let frame = Array(buffer[start..<start + header.frameSize])
        start += header.frameSize
        return frame
    }
}
