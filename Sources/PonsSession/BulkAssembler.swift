public import PonsMessages
public import PonsVocabulary

/// Puts pieces together again: a message is delivered whole, or not at all (PER-14).
///
/// Pieces of one message come in order, as a stream link delivers them; a gap, a wrong size or a wrong sum drops the message.
public struct BulkAssembler: Sendable {
    public enum Failure: Error, Equatable, Sendable {
        /// More than the receiver takes.
        case tooLarge(Int)
        /// A piece is missing, or belongs elsewhere.
        case gap(messageID: UInt64, offset: Int)
        case sum(messageID: UInt64)
    }

    private struct Partial {
        var id: UInt64
        var type: UInt32
        var total: Int
        var crc: UInt32
        var bytes: [UInt8]
    }

    private let sizeLimit: Int
    private var partial: Partial?

    /// - Parameter sizeLimit: of a whole message, bytes; nothing larger is ever stored.
    public init(sizeLimit: Int) { self.sizeLimit = sizeLimit }

    /// Takes one piece; returns the message that it completes.
    public mutating func receive(_ piece: BulkChunk) throws(Failure) -> (type: MessageType?, payload: [UInt8])? {
        let (offset, total) = (Int(piece.offset), Int(piece.totalSize))
        if offset == 0 {
            guard total <= sizeLimit else { throw Failure.tooLarge(total) }
            partial = Partial(id: piece.messageID, type: piece.messageType, total: total, crc: piece.crc, bytes: [])
        }
        guard var current = partial, current.id == piece.messageID, current.type == piece.messageType,
            current.total == total, current.crc == piece.crc, current.bytes.count == offset,
            piece.payload.count <= total - offset
        else {
            partial = nil
            throw Failure.gap(messageID: piece.messageID, offset: offset)
        }
        partial = nil
        current.bytes += piece.payload
        guard current.bytes.count == total else {
            partial = current
            return nil
        }
        guard BulkTransfer.crc32P4(current.bytes) == current.crc else { throw Failure.sum(messageID: current.id) }
        return (MessageType(rawValue: UInt16(truncatingIfNeeded: current.type)), current.bytes)
    }
}
