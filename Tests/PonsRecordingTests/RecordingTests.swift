import PonsMessages
import PonsRecording
import PonsRobot
import Testing

/// What one writes the other reads, whole or damaged.
@Suite struct RecordingTests {
    private func recording(
        seconds: Int, fault: RecordingFault? = nil
    ) -> (bytes: [UInt8], count: Int) {
        var writer = RecordingWriter(schemaSet: [10, 1, 65], fault: fault)
        var control = RecordingControl()
        control.episodeID = "episode"
        control.taskText = "wave"
        var bytes = writer.carryOut(.begin(control, descriptor: Descriptor(), bootID: Array(repeating: 7, count: 16)))
        var count = 0
        for step in 0..<seconds * 100 {
            var ack = Ack()
            ack.commandID = UInt64(step + 1)
            let recorded = Recorded(
                topic: "verdicts", message: "Ack", timeNs: Int64(step) * 10_000_000, payload: ack.encoded())
            bytes += writer.carryOut(.message(recorded))
            count += 1
        }
        return (bytes + writer.carryOut(.end(outcome: "completed")), count)
    }

    @Test func `a recording is read as it was written`() throws {
        let (bytes, count) = recording(seconds: 5)
        let reader = MCAPReader(bytes)
        #expect(reader.problems.isEmpty && reader.hasDataEnd && reader.hasSummary)
        #expect(reader.profile == "pons/1" && reader.bareTopics.isEmpty)
        #expect(reader.messages.count == count)
        #expect(reader.metadata["episode"]?["task_text"] == "wave")
        #expect(reader.metadata["outcome"]?["outcome"] == "completed")
        #expect(reader.chunks.allSatisfy { $0.hasCheckSum && $0.untilNs - $0.fromNs <= 500_000_000 })
        for (index, message) in reader.messages.enumerated() {
            #expect(message.topic == "/pons/verdicts/Ack" && message.schema == "pons.v1.Ack")
            #expect(try Ack(decoding: message.payload).commandID == UInt64(index + 1))
        }
    }

    @Test func `a file cut at any byte gives every whole chunk before it`() {
        let (bytes, _) = recording(seconds: 2)
        let chunks = MCAPReader(bytes).chunks
        for cut in stride(from: 0, to: bytes.count, by: 7) {
            let reader = MCAPReader(Array(bytes[..<cut]))
            let whole = chunks.filter { $0.end <= cut }.reduce(0) { $0 + $1.messageCount }
            #expect(reader.messages.count == whole, "cut at \(cut)")
            #expect(!reader.hasSummary && !reader.problems.isEmpty, "cut at \(cut)")
        }
    }

    /// Random damage, from a seed that a failure names.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func `a damaged file never passes for a whole one`(seed: UInt64) {
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let (bytes, count) = recording(seconds: 1)
        let first = MCAPReader(bytes).chunks[0]
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0...random(3) { damaged[random(damaged.count)] ^= UInt8(1 << random(8)) }
            if damaged == bytes { continue }
            let reader = MCAPReader(damaged)
            #expect(reader.messages.count <= count)
            let isInChunk = damaged[..<first.end] != bytes[..<first.end]
            let says = !reader.problems.isEmpty || !reader.hasSummary || reader.metadata != MCAPReader(bytes).metadata
            let changed = reader.profile != "pons/1" || reader.chunks.count != MCAPReader(bytes).chunks.count
            // Times of a chunk's own head are covered by no sum of the format.
            let isOnlyHead = reader.messages.count == count
            #expect(!isInChunk || says || changed || isOnlyHead, "seed \(seed)")
        }
    }

    @Test func `what is no recording says so`() {
        for bytes in [[], [0x89], Array("hello, world".utf8), Array(repeating: 0, count: 4096)] as [[UInt8]] {
            #expect(MCAPReader(bytes).problems == ["the file does not begin with the magic of MCAP"])
        }
    }
}
