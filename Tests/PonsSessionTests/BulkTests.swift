import PonsMessages
import PonsSession
import PonsVocabulary
import Testing

/// Large messages: whole or not at all (PER-14).
@Suite struct BulkTests {
    private let message = (0..<100_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    private func assemble(_ pieces: [BulkChunk], limit: Int = 1 << 20) throws -> [[UInt8]] {
        var assembler = BulkAssembler(sizeLimit: limit)
        var whole: [[UInt8]] = []
        for piece in pieces {
            if let done = try assembler.receive(piece) { whole.append(done.payload) }
        }
        return whole
    }

    @Test(arguments: [0, 1, 32_767, 32_768, 32_769, 100_001]) func `pieces make the message again`(size: Int) throws {
        let part = Array(message.prefix(size))
        let pieces = BulkTransfer.pieces(of: part, type: .image, id: 7)
        #expect(pieces.count == max(1, (size + 32_767) / 32_768))
        #expect(try assemble(pieces) == [part])
        #expect(pieces.allSatisfy { $0.messageType == UInt32(MessageType.image.rawValue) && $0.messageID == 7 })
    }

    @Test func `a message as large as the receiver takes is delivered, with its type`() throws {
        var assembler = BulkAssembler(sizeLimit: 100_001)
        let done = try BulkTransfer.pieces(of: message, type: .image, id: 7).compactMap { try assembler.receive($0) }
        #expect(done.count == 1 && done[0].type == .image)
    }

    @Test func `nothing of a message may change from piece to piece`() throws {
        let pieces = BulkTransfer.pieces(of: message, type: .image, id: 1)
        let changes: [(inout BulkChunk) -> Void] = [
            { $0.messageType += 1 }, { $0.totalSize += 1 }, { $0.crc += 1 }, { $0.offset += 1 }, { $0.messageID += 1 },
            { $0.payload += Array(repeating: 0, count: 40_000) },
        ]
        for change in changes {
            var assembler = BulkAssembler(sizeLimit: 1 << 20)
            for piece in pieces.prefix(2) { #expect(try assembler.receive(piece) == nil) }
            var bent = pieces[2]
            change(&bent)
            let gap = BulkAssembler.Failure.gap(messageID: bent.messageID, offset: Int(bent.offset))
            #expect(throws: gap) { try assembler.receive(bent) }
            // What was begun is dropped with it: the right piece comes too late.
            let late = BulkAssembler.Failure.gap(messageID: 1, offset: 65_536)
            #expect(throws: late) { try assembler.receive(pieces[2]) }
        }
    }

    @Test func `a message is delivered once`() throws {
        let pieces = BulkTransfer.pieces(of: message, type: .image, id: 1)
        var assembler = BulkAssembler(sizeLimit: 1 << 20)
        for piece in pieces { _ = try assembler.receive(piece) }
        #expect(throws: BulkAssembler.Failure.self) { try assembler.receive(pieces[pieces.count - 1]) }
    }

    @Test func `a missing, repeated or foreign piece drops the whole message, and the next one is delivered`() throws {
        let first = BulkTransfer.pieces(of: message, type: .image, id: 1)
        let second = BulkTransfer.pieces(of: message, type: .image, id: 2)
        for broken in [
            [first[0], first[2]], [first[0], first[0], first[1], first[1]], [first[0], second[1]], [first[1]],
        ] {
            var assembler = BulkAssembler(sizeLimit: 1 << 20)
            #expect(throws: BulkAssembler.Failure.self) {
                for piece in broken { if try assembler.receive(piece) != nil { Issue.record("delivered in parts") } }
            }
            var whole: [UInt8]?
            for piece in second { whole = try assembler.receive(piece)?.payload ?? whole }
            #expect(whole == message)
        }
    }

    @Test func `a changed byte and a size beyond the limit are refused`() throws {
        var pieces = BulkTransfer.pieces(of: message, type: .image, id: 1)
        #expect(throws: BulkAssembler.Failure.tooLarge(100_001)) { try assemble(pieces, limit: 100_000) }
        pieces[1].payload[5] ^= 1
        #expect(throws: BulkAssembler.Failure.sum(messageID: 1)) { try assemble(pieces) }
        pieces[0].totalSize = 10
        #expect(throws: BulkAssembler.Failure.self) { try assemble(pieces) }
    }

    @Test func `a waiting picture is replaced as a whole, one of another camera is not`() {
        var outbox = Outbox()
        outbox.push(bulk: [[1], [2]], type: .bulkChunk, key: 0)
        outbox.push(bulk: [[9]], type: .bulkChunk, key: 1)
        outbox.push(bulk: [[3], [4]], type: .bulkChunk, key: 0)
        outbox.push([5], type: .stopRequest)
        outbox.push([6], type: .gripperState, key: 0)
        outbox.push([7], type: .gripperState, key: 1)
        #expect(outbox.droppedCount == 1)
        let items = outbox.drain()
        #expect(items.map(\.payload) == [[5], [6], [7], [3], [4], [9]])
        #expect(outbox.drain().isEmpty && outbox.isEmpty)
    }

    @Test func `on a link that is behind, of each stream only the newest waits, and nothing else`() {
        var outbox = Outbox()
        for number in 1...50 as ClosedRange<UInt8> { outbox.push([number], type: .wholeBodyState) }
        outbox.push([100], type: .ack)
        outbox.push([101], type: .safetyStatus)
        #expect(outbox.drain(isCongested: true).map(\.payload) == [[101], [100]])
        #expect(!outbox.hasReliable && !outbox.isEmpty && outbox.droppedCount == 49)
        outbox.push([51], type: .wholeBodyState)
        #expect(outbox.drain().map(\.payload) == [[51]])
        #expect(outbox.isEmpty && outbox.droppedCount == 50)
    }
}
