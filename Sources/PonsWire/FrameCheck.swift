/// What both ends know and neither sends: mixed into every check sequence, so that a frame of another session or another
/// boot of the robot cannot pass (BCH-02).
@frozen
public struct SessionIdentity: Equatable, Sendable {
    /// Boot id of the robot, as two words.
    public var bootID: (UInt64, UInt64)
    public var sessionID: UInt64

    public init(bootID: (UInt64, UInt64), sessionID: UInt64) {
        self.bootID = bootID
        self.sessionID = sessionID
    }

    /// Before a session is open.
    public static var none: SessionIdentity { SessionIdentity(bootID: (0, 0), sessionID: 0) }

    public static func == (left: SessionIdentity, right: SessionIdentity) -> Bool {
        left.bootID == right.bootID && left.sessionID == right.sessionID
    }
}

/// Check sequences of frames. A computed 0 is sent as 1, so that a line stuck at zero never carries a valid frame (BCH-04).
public enum FrameCheck {
    /// Check sequence of the first `end` bytes of a frame, in the low `width` bytes.
    public static func value(_ frame: RawSpan, upTo end: Int, identity: SessionIdentity, width: Int) -> UInt64 {
        if width == 4 {
            var crc = CRC32P4()
            crc.update(word: identity.bootID.0)
            crc.update(word: identity.bootID.1)
            crc.update(word: identity.sessionID)
            crc.update(frame, upTo: end)
            return crc.value == 0 ? 1 : UInt64(crc.value)
        }
        var crc = CRC64()
        crc.update(word: identity.bootID.0)
        crc.update(word: identity.bootID.1)
        crc.update(word: identity.sessionID)
        crc.update(frame, upTo: end)
        return crc.value == 0 ? 1 : crc.value
    }

    /// Reads the header of a complete frame and checks its length and check sequence.
    ///
    /// - Parameter exact: a datagram holds exactly one frame; a stream buffer may hold more.
    public static func open(
        _ frame: RawSpan, identity: SessionIdentity, payloadLimit: Int, exact: Bool = true
    ) throws(FrameError) -> FrameHeader {
        if isAllZero(frame) { throw .allZero }
        let header = try FrameHeader(reading: frame, payloadLimit: payloadLimit)
        guard frame.byteCount >= header.frameSize else { throw .truncated }
        guard !exact || frame.byteCount == header.frameSize else { throw .trailingBytes }
        let end = FrameHeader.size + Int(header.payloadLength)
        let sent =
            header.checkSize == 4
            ? UInt64(frame.littleEndian(at: end, as: UInt32.self)) : frame.littleEndian(at: end, as: UInt64.self)
        guard sent == value(frame, upTo: end, identity: identity, width: header.checkSize) else { throw .badCheck }
        return header
    }

    /// Completes a frame whose payload already stands behind the place of its header: writes header and check sequence.
    ///
    /// - Parameter storage: at least `header.frameSize` bytes, the payload from byte 48 on. Returns that size.
    @_lifetime(storage: copy storage)
    public static func seal(
        _ header: FrameHeader, in storage: inout MutableRawSpan, identity: SessionIdentity
    ) -> Int {
        header.write(to: &storage)
        let end = FrameHeader.size + Int(header.payloadLength)
        let check = value(storage.bytes, upTo: end, identity: identity, width: header.checkSize)
        if header.checkSize == 4 {
            storage.store(UInt32(truncatingIfNeeded: check), at: end)
        } else {
            storage.store(check, at: end)
        }
        return header.frameSize
    }

    private static func isAllZero(_ frame: RawSpan) -> Bool {
        for offset in 0..<frame.byteCount where frame.byte(at: offset) != 0 { return false }
        return true
    }
}
