import ConformDriver
public import ConformJudge
import Foundation
import PonsMessages
import PonsRecording
import PonsReflection
import PonsSession

/// Reads the evidence of a run back, test by test: what the judge saw, without the robot.
///
/// Nothing in the file is believed unchecked; what is damaged is named, and the tests before and behind it are still read.
public struct EvidenceReader {
    /// One play as it was recorded.
    public struct Play {
        public let test: String
        /// SHA-256 of the test's definition, hex.
        public let digest: String
        public let evidence: Evidence
    }

    public private(set) var plays: [Play] = []
    public private(set) var binding = TestBinding()
    public private(set) var problems: [String] = []
    /// What the tester's computer added to delays; it was known at the end.
    private var testerDelayNs: Int64?

    /// Cost: linear in the file.
    public init(_ file: [UInt8]) {
        let reader = MCAPReader(file)
        problems = reader.problems
        if var values = reader.metadata["binding"] {
            let tier = values.removeValue(forKey: "tier").flatMap(TestDefinition.Tier.init)
            var has: [String: Bool] = [:]
            for (name, isThere) in [("having", true), ("lacking", false)] {
                let items = (values.removeValue(forKey: name) ?? "").split(separator: " ")
                for item in items { has[String(item)] = isThere }
            }
            binding = TestBinding(values: values, tier: tier ?? .standard, has: has)
        } else {
            problems.append("the recording doesn't say what names stood for (metadata 'binding')")
        }
        testerDelayNs = reader.metadata["calibration"]?["tester_delay_ns"].flatMap { Int64($0) }
        var payloads: [[UInt8]] = []
        var records: [UInt8] = []
        var descriptor: [UInt8]?
        for message in reader.messages {
            switch message.topic {
            case "/conform/records": records = message.payload
            case "/conform/descriptor": descriptor = message.payload
            case "/conform/test":
                read(message.payload, records, payloads, descriptor)
                (payloads, records, descriptor) = ([], [], nil)
            case "/codec/request", "/codec/answer": break
            default: payloads.append(message.payload)
            }
        }
    }

    private mutating func read(_ facts: [UInt8], _ records: [UInt8], _ payloads: [[UInt8]], _ descriptor: [UInt8]?) {
        let told: EvidenceFacts
        do { told = try JSONDecoder().decode(EvidenceFacts.self, from: Data(facts)) } catch {
            return problems.append("a test's facts can't be read: \(error)")
        }
        var evidence = told.evidence
        if let descriptor {
            guard let read = try? Descriptor(decoding: descriptor) else {
                return problems.append("\(told.test): the robot's description does not decode")
            }
            evidence.descriptor = read
        }
        if let testerDelayNs { evidence.constants["tester_delay"] = Quantity(Double(testerDelayNs), .time) }
        guard fill(&evidence, records, payloads, told.names) else {
            return problems.append("\(told.test): its records are damaged, or do not fit its messages")
        }
        plays.append(Play(test: told.test, digest: told.digest, evidence: evidence))
    }

    /// Puts records and messages together again; whether they fit.
    private func fill(
        _ evidence: inout Evidence, _ bytes: [UInt8], _ payloads: [[UInt8]], _ names: [String]
    ) -> Bool {
        var position = 0
        var next = 0
        var assemblers: [String: BulkAssembler] = [:]
        var whole: [String: [UInt8]] = [:]
        while position < bytes.count {
            guard let read = EvidenceRecord(reading: bytes, at: &position, names: names) else { return false }
            var record = read.record
            if read.flags.contains(.payload) {
                guard next < payloads.count else { return false }
                record.bytes = payloads[next]
                next += 1
            } else if read.flags.contains(.assembled) {
                guard let bytes = whole.removeValue(forKey: record.peer) else { return false }
                record.bytes = bytes
            }
            if let type = record.type, !read.flags.isDisjoint(with: [.message, .intended]) {
                var bytes = record.bytes
                if read.flags.contains(.intended) {
                    guard next < payloads.count else { return false }
                    bytes = payloads[next]
                    next += 1
                }
                guard let message = try? MessageCatalogue.message(of: type).init(decoding: bytes) else { return false }
                record.message = message
            }
            if let piece = record.message as? BulkChunk, record.kind == .received {
                let assembled = try? assemblers[record.peer, default: BulkAssembler(sizeLimit: 16 << 20)].receive(piece)
                if let assembled { whole[record.peer] = assembled.payload }
            }
            evidence.append(record)
        }
        return next == payloads.count
    }
}

extension EvidenceFacts {
    /// Everything but the records.
    fileprivate var evidence: Evidence {
        var evidence = Evidence()
        (evidence.startNs, evidence.endNs) = (startNs, endNs)
        evidence.clocks = clocks.mapValues { readings in
            readings.map {
                ClockReading(
                    timeNs: $0.timeNs, offsetNs: $0.offsetNs, uncertaintyNs: $0.uncertaintyNs, drift: $0.drift)
            }
        }
        evidence.constants = constants.mapValues {
            Quantity($0.value, Quantity.Dimension(rawValue: $0.dimension) ?? .one)
        }
        evidence.identities = identities.compactMapValues { UInt64($0) }
        evidence.hashes = hashes.compactMapValues(Hex.bytes)
        evidence.marks = marks
        evidence.declarations = declarations.mapValues { facts in
            facts.map {
                DeclaredFact(subject: $0.subject, declared: $0.declared, shown: $0.shown, agrees: $0.agrees)
            }
        }
        for exchange in exchanges { evidence.append(exchange.exchange) }
        evidence.recording = recording?.facts
        evidence.losesFrames = losesFrames ?? false
        return evidence
    }
}

extension EvidenceFacts.Exchange {
    fileprivate var exchange: CodecExchange {
        var wanted = CodecExchange.Answer(accepts: expected.accepts)
        (wanted.reason, wanted.meaning, wanted.bytes) = (expected.reason, expected.meaning, expected.bytes)
        return CodecExchange(
            label: label, name: name, request: request, expected: wanted, answered: CodecVectors.answer(line),
            line: line, timeNs: timeNs)
    }
}

extension EvidenceFacts.Recording {
    fileprivate var facts: RecordingFacts {
        var facts = RecordingFacts()
        facts.profile = profile
        facts.bareTopics = bareTopics
        (facts.chunkCount, facts.chunksWithoutSum) = (chunkCount, chunksWithoutSum)
        facts.longestChunkNs = longestChunkNs
        (facts.hasDataEnd, facts.hasSummary) = (hasDataEnd, hasSummary)
        facts.metadata = metadata
        facts.problems = problems
        facts.cuts = cuts.filter { $0.count == 3 }.map { (at: $0[0], whole: $0[1], read: $0[2]) }
        return facts
    }
}
