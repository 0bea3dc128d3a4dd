public import PonsMessages
public import PonsVocabulary
import PonsWire

/// Cuts a message that is larger than one control frame into pieces (PER-14).
public enum BulkTransfer {
    /// Bytes of the message in one piece.
    public static let pieceSize = 32_768

    /// - Parameter id: unique among the messages of a session.
    public static func pieces(of payload: [UInt8], type: MessageType, id: UInt64) -> [BulkChunk] {
        let crc = crc32P4(payload)
        return stride(from: 0, to: max(payload.count, 1), by: pieceSize).map { offset in
            var piece = BulkChunk()
            piece.messageType = UInt32(type.rawValue)
            piece.messageID = id
            piece.totalSize = UInt32(payload.count)
            piece.offset = UInt32(offset)
            piece.crc = crc
            piece.payload = Array(payload[offset..<min(offset + pieceSize, payload.count)])
            return piece
        }
    }

    static func crc32P4(_ bytes: [UInt8]) -> UInt32 {
        var crc = CRC32P4()
        crc.update(bytes.span.bytes, upTo: bytes.count)
        return crc.value
    }
}
