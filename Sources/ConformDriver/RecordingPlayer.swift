import ConformJudge
import PonsMessages
import PonsRecording
import PonsReflection
import PonsTransport
import PonsWire

/// Plays the stimulus of a recording's test: reads the file, and reads it again after cutting it.
struct RecordingPlayer {
    let test: TestDefinition
    let file: [UInt8]
    /// Of the whole file.
    let reader: MCAPReader
    let seed: UInt64

    func play() -> Evidence {
        var evidence = Evidence()
        var facts = facts
        for (index, step) in test.stimulus.enumerated() {
            switch step.verb {
            case "read": read(into: &evidence)
            case "cut":
                let times = step.arguments["times"]?.text.flatMap { Int($0) } ?? 100
                facts.cuts = cuts(times)
            default:
                var record = Evidence.Record(.stepFailed, at: evidence.startNs, peer: "")
                record.note =
                    "step \(index + 1) (\(step.verb), line \(step.arguments.line)): a recording is read or cut"
                evidence.append(record)
            }
        }
        evidence.recording = facts
        return evidence
    }

    /// The robot that wrote a recording.
    static func descriptor(in reader: MCAPReader) -> Descriptor? {
        reader.messages.first { $0.schema == "pons.v1.Descriptor" }.flatMap { try? Descriptor(decoding: $0.payload) }
    }

    private static let types = Dictionary(
        MessageType.allCases.map { ("\($0.label)", $0) }, uniquingKeysWith: { first, _ in first })

    private var facts: RecordingFacts {
        var facts = RecordingFacts()
        facts.profile = reader.profile
        facts.bareTopics = reader.bareTopics.sorted()
        facts.chunkCount = reader.chunks.count
        facts.chunksWithoutSum = reader.chunks.count { !$0.hasCheckSum }
        facts.longestChunkNs = reader.chunks.reduce(0) { max($0, Double($1.untilNs &- $1.fromNs)) }
        facts.hasDataEnd = reader.hasDataEnd
        facts.hasSummary = reader.hasSummary
        facts.metadata = reader.metadata
        facts.problems = reader.problems
        return facts
    }

    /// Messages as if they had come just now; who they came from is their topic: `commands`, `state`.
    private func read(into evidence: inout Evidence) {
        evidence.descriptor = Self.descriptor(in: reader)
        evidence.startNs = Int64(clamping: reader.messages.first?.logNs ?? 0)
        evidence.endNs = evidence.startNs
        for message in reader.messages {
            let name = message.schema.split(separator: ".").last.map(String.init) ?? ""
            let parts = message.topic.split(separator: "/").map(String.init)
            let time = Int64(clamping: message.logNs)
            evidence.endNs = max(evidence.endNs, time)
            var record = Evidence.Record(.received, at: time, peer: parts.count > 1 ? parts[1] : message.topic)
            record.bytes = message.payload
            record.note = message.topic
            if let type = Self.types[name] {
                record.type = type
                decode(type, message.payload, &record)
            }
            evidence.append(record)
        }
    }

    private func decode(_ type: MessageType, _ payload: [UInt8], _ record: inout Evidence.Record) {
        do throws(WireError) { record.message = try MessageCatalogue.message(of: type).init(decoding: payload) } catch {
            // A command is kept as it came, whatever it was; what the robot itself wrote must decode.
            if record.peer == "commands" { return }
            record.kind = .damaged
            record.note = "\(type.label) does not decode: \(error.kind) at byte \(error.offset)"
        }
    }

    /// Cuts the file at random bytes: what is read must be all that stands in chunks before the cut.
    private func cuts(_ times: Int) -> [(at: Int, whole: Int, read: Int)] {
        var generator = SplitMix64(seed: seed)
        return (0..<times).map { _ in
            let at = Int(generator.next() % UInt64(max(1, file.count)))
            let whole = reader.chunks.filter { $0.end <= at }.reduce(0) { $0 + $1.messageCount }
            return (at, whole, MCAPReader(Array(file[..<at])).messages.count)
        }
    }
}
