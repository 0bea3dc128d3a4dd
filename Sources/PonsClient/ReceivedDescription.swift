import PonsMessages

/// The descriptor as it comes, piece by piece.
struct ReceivedDescription {
    private var bytes: [UInt8] = []
    private(set) var descriptor: Descriptor?

    mutating func take(_ payload: [UInt8]) {
        guard descriptor == nil, let reply = try? DescribeReply(decoding: payload), Int(reply.offset) == bytes.count
        else { return }
        bytes += reply.descriptorBytes
        if bytes.count >= Int(reply.totalSize) { descriptor = try? Descriptor(decoding: bytes) }
    }
}
