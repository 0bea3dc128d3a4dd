import ConformJudge
import PonsReflection

/// What the judge must know of one play beside its records, as it stands in a recording (topic `/conform/test`).
struct EvidenceFacts: Codable {
    struct Clock: Codable {
        var timeNs: Int64
        var offsetNs: Int64
        var uncertaintyNs: Int64
        var drift: Double
    }

    struct Constant: Codable {
        var value: Double
        var dimension: String
    }

    struct Declared: Codable {
        var subject: String
        var declared: String
        var shown: String
        var agrees: Bool
    }

    struct Answer: Codable {
        var accepts: Bool
        var reason: String
        var meaning: String
        var bytes: String
    }

    struct Exchange: Codable {
        var label: String
        var name: String
        var request: String
        var expected: Answer
        var line: String
        var timeNs: Int64
    }

    struct Recording: Codable {
        var profile: String
        var bareTopics: [String]
        var chunkCount: Int
        var chunksWithoutSum: Int
        var longestChunkNs: Double
        var hasDataEnd: Bool
        var hasSummary: Bool
        var metadata: [String: [String: String]]
        var problems: [String]
        /// Byte, messages in whole chunks before it, messages a reader found.
        var cuts: [[Int]]
    }

    var test: String
    var digest: String
    var startNs: Int64
    var endNs: Int64
    var clocks: [String: [Clock]]
    var constants: [String: Constant]
    /// As text: 64 bits are more than JSON numbers keep.
    var identities: [String: String]
    var hashes: [String: String]
    var marks: [String: Int64]
    var declarations: [String: [Declared]]
    var exchanges: [Exchange]
    var recording: Recording?
    /// Absent where links lose nothing.
    var losesFrames: Bool?
    /// Peers and labels by the number that records use.
    var names: [String]

    init(_ evidence: Evidence, of test: TestDefinition, names: [String]) {
        self.test = test.id
        digest = test.digest
        startNs = evidence.startNs
        endNs = evidence.endNs
        clocks = evidence.clocks.mapValues { readings in
            readings.map {
                Clock(timeNs: $0.timeNs, offsetNs: $0.offsetNs, uncertaintyNs: $0.uncertaintyNs, drift: $0.drift)
            }
        }
        constants = evidence.constants.mapValues { Constant(value: $0.value, dimension: $0.dimension.rawValue) }
        identities = evidence.identities.mapValues { "\($0)" }
        hashes = evidence.hashes.mapValues(Hex.text)
        marks = evidence.marks
        declarations = evidence.declarations.mapValues { facts in
            facts.map { Declared(subject: $0.subject, declared: $0.declared, shown: $0.shown, agrees: $0.agrees) }
        }
        exchanges = evidence.exchanges.map { exchange in
            Exchange(
                label: exchange.label, name: exchange.name, request: exchange.request,
                expected: Answer(
                    accepts: exchange.expected.accepts, reason: exchange.expected.reason,
                    meaning: exchange.expected.meaning, bytes: exchange.expected.bytes),
                line: exchange.line, timeNs: exchange.timeNs)
        }
        recording = evidence.recording.map { facts in
            Recording(
                profile: facts.profile, bareTopics: facts.bareTopics, chunkCount: facts.chunkCount,
                chunksWithoutSum: facts.chunksWithoutSum, longestChunkNs: facts.longestChunkNs,
                hasDataEnd: facts.hasDataEnd, hasSummary: facts.hasSummary, metadata: facts.metadata,
                problems: facts.problems, cuts: facts.cuts.map { [$0.at, $0.whole, $0.read] })
        }
        losesFrames = evidence.losesFrames ? true : nil
        self.names = names
    }
}
