public import ConformDriver
public import ConformJudge
public import Foundation
import PonsMessages
import PonsRecording
import PonsReflection
import PonsWire

/// Writes the evidence of each test to `recording.mcap` as soon as it is played: what was recorded survives a crash.
public final class EvidenceRecorder {
    private var writer: MCAPWriter
    private let handle: FileHandle

    /// - Parameters:
    ///   - url: the file; replaced when it exists.
    ///   - schemaSet: serialised FileDescriptorSet of the schema.
    public init(url: URL, schemaSet: [UInt8]) throws {
        try Data().write(to: url)
        handle = try FileHandle(forWritingTo: url)
        writer = MCAPWriter(schemaSet: schemaSet)
        try handle.write(contentsOf: Data(writer.begin(library: "pons conform")))
    }

    /// Appends what every test of a run shares: which names stood for what, and which tier was played.
    public func record(_ binding: TestBinding) throws {
        var values = binding.values
        values["tier"] = binding.tier.rawValue
        for (name, isThere) in [("having", true), ("lacking", false)] {
            values[name] = binding.has.filter { $0.value == isThere }.map(\.key).sorted().joined(separator: " ")
        }
        try handle.write(contentsOf: Data(writer.metadata("binding", values)))
    }

    /// Appends one play as a chunk of its own: every message, then what the judge must know of them.
    public func record(_ play: Runner.Play) throws {
        let test = play.result.test
        let evidence = play.evidence
        var bytes = writer.metadata(
            "test",
            [
                "id": test.id, "version": "\(test.version)", "digest": test.digest,
                "verdict": play.result.verdict.rawValue,
                "start_ns": "\(evidence.startNs)", "end_ns": "\(evidence.endNs)",
            ])
        var names = [""]
        var records: [UInt8] = []
        for record in evidence.records {
            let isWhole = record.type != nil && (record.header != nil || evidence.recording != nil)
            let entry = EvidenceRecord(record, isWhole: isWhole)
            entry.write(to: &records, names: &names)
            guard isWhole, let type = record.type else { continue }
            add(record, type)
            if entry.flags.contains(.intended), let message = record.message {
                add(Self.intended(message, type), of: record, type, "intended")
            }
        }
        let end = UInt64(max(0, evidence.endNs))
        for exchange in evidence.exchanges {
            let time = UInt64(max(0, exchange.timeNs))
            for (topic, line) in [("/codec/request", exchange.request), ("/codec/answer", exchange.line)] {
                writer.add(topic: topic, schema: "", logNs: time, publishNs: time, payload: Array(line.utf8))
            }
        }
        if let descriptor = evidence.descriptor {
            writer.add(
                topic: "/conform/descriptor", schema: "pons.v1.Descriptor", logNs: end, publishNs: end,
                payload: descriptor.encoded())
        }
        writer.add(topic: "/conform/records", schema: "", logNs: end, publishNs: end, payload: records)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let facts = try encoder.encode(EvidenceFacts(evidence, of: test, names: names))
        writer.add(topic: "/conform/test", schema: "", logNs: end, publishNs: end, payload: Array(facts))
        bytes += writer.flush()
        try handle.write(contentsOf: Data(bytes))
    }

    /// Deliberate rubbish stays raw; everything else is what MCAP readers decode.
    private func add(_ record: Evidence.Record, _ type: MessageType) {
        let isSent = record.kind == .sent
        let isFrame = record.bytes.count >= FrameHeader.size + Int(record.header?.payloadLength ?? 0)
        let isMessage = isFrame || !isSent
        add(EvidenceRecord.payload(record), of: record, isMessage ? type : nil, isSent ? "sent" : "received")
    }

    /// What a spoilt frame was made from. One beyond the limits of every decoder keeps the number it is answered by.
    private static func intended(_ message: any FrameMessage & Reflective, _ type: MessageType) -> [UInt8] {
        let bytes = message.encoded()
        let kind = MessageCatalogue.message(of: type)
        if (try? kind.init(decoding: bytes)) != nil { return bytes }
        var bare = kind.init()
        try? bare.set("command_id", to: message.value(at: "command_id"))
        return bare.encoded()
    }

    private func add(_ payload: [UInt8], of record: Evidence.Record, _ type: MessageType?, _ way: String) {
        let name = type.map { "\($0.label)" }
        writer.add(
            topic: "/\(record.peer)/\(way)/\(name ?? "raw")", schema: name.map { "pons.v1.\($0)" } ?? "",
            logNs: UInt64(max(0, record.kernelNs ?? record.timeNs)),
            publishNs: UInt64(max(0, record.header?.sendTimeNs ?? record.timeNs)), payload: payload)
    }

    /// What this computer added to delays, as it counted in the end; ns.
    public func record(testerDelayNs: Int64) throws {
        let bytes = writer.metadata("calibration", ["tester_delay_ns": "\(testerDelayNs)"])
        try handle.write(contentsOf: Data(bytes))
    }

    public func finish() throws {
        try handle.write(contentsOf: Data(writer.end()))
        try handle.close()
    }
}
