public import ConformDriver
import ConformJudge
public import Foundation
import PonsMessages
import PonsRecording
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

    /// Appends one play as a chunk of its own.
    public func record(_ play: Runner.Play) throws {
        let test = play.result.test
        var bytes = writer.metadata(
            "test",
            [
                "id": test.id, "version": "\(test.version)", "digest": test.digest,
                "verdict": play.result.verdict.rawValue,
                "start_ns": "\(play.evidence.startNs)", "end_ns": "\(play.evidence.endNs)",
            ])
        for record in play.evidence.records {
            // A message put together from pieces has no frame of its own: its pieces are the evidence.
            guard let type = record.type, let header = record.header else { continue }
            let isSent = record.kind == .sent
            // Sent records keep the whole frame; the payload is what MCAP readers decode. Deliberate rubbish stays raw.
            let end = FrameHeader.size + Int(header.payloadLength)
            let isWhole = !isSent || record.bytes.count >= end
            let payload = isSent && isWhole ? Array(record.bytes[FrameHeader.size..<end]) : record.bytes
            writer.add(
                topic: "/\(record.peer)/\(isSent ? "sent" : "received")/\(isWhole ? "\(type.label)" : "raw")",
                schema: isWhole ? "pons.v1.\(type.label)" : "",
                logNs: UInt64(max(0, record.kernelNs ?? record.timeNs)), publishNs: UInt64(max(0, header.sendTimeNs)),
                payload: payload)
        }
        for exchange in play.evidence.exchanges {
            let time = UInt64(max(0, exchange.timeNs))
            for (topic, line) in [("/codec/request", exchange.request), ("/codec/answer", exchange.line)] {
                writer.add(topic: topic, schema: "", logNs: time, publishNs: time, payload: Array(line.utf8))
            }
        }
        bytes += writer.flush()
        try handle.write(contentsOf: Data(bytes))
    }

    public func finish() throws {
        try handle.write(contentsOf: Data(writer.end()))
        try handle.close()
    }
}
