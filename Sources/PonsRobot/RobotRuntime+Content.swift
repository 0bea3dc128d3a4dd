import PonsMessages
import PonsSession

// Files that the descriptor refers to, by their hash (DSC-09).
extension RobotRuntime {
    mutating func send(_ request: ContentRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let content = adapter.content(sha256: request.sha256) else {
            return .rejected(Rejection(.unknownName, path: "sha256"))
        }
        guard request.offset < UInt64(content.count) || content.isEmpty else {
            return .rejected(Rejection(.outOfRange, path: "offset", limit: Double(content.count)))
        }
        let offset = Int(request.offset)
        var piece = ContentPiece()
        piece.commandID = request.commandID
        piece.sha256 = request.sha256
        piece.totalSize = UInt64(content.count)
        piece.offset = request.offset
        piece.payload = Array(content[offset..<min(offset + pieceSize(of: link), content.count)])
        reply(link, piece, now)
        return .accepted
    }

    /// How much of a file fits into one frame of a link; bytes.
    func pieceSize(of link: LinkID) -> Int { peers[link]?.isDatagram == true ? 1_000 : 32_768 }
}
