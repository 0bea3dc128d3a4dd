import Crypto
import PonsMessages
import PonsWire

/// `transcript`: what the robot heard in a greeting is what the client said (VER-09).
enum TranscriptOracle {
    static func judge(
        _ arguments: StepArgument, _ context: JudgeContext, _ outcome: inout CheckResult
    ) throws(JudgeFailure) {
        outcome.expected = "each Welcome carries the SHA-256 of the Hello that was sent"
        var greetings: [String: [UInt8]] = [:]
        var count = 0
        for record in context.evidence.records where record.peer == arguments["peer"]?.text {
            if record.kind == .sent, record.message is Hello { greetings[record.peer] = payload(of: record) }
            guard record.kind == .received, let welcome = record.message as? Welcome,
                let sent = greetings[record.peer]
            else { continue }
            count += 1
            guard welcome.helloSHA256 != Array(SHA256.hash(data: sent)) else { continue }
            outcome.verdict = .fail
            outcome.fromNs = record.timeNs - context.evidence.startNs
            outcome.seen = "a Welcome vouches for another Hello than the \(sent.count) bytes that were sent"
            return
        }
        (outcome.verdict, outcome.reason) = count > 0 ? (.pass, nil) : (.inconclusive, .observableMissing)
        outcome.seen = "\(count) greetings"
    }

    /// The message's own bytes within the frame as it was sent.
    private static func payload(of record: Evidence.Record) -> [UInt8] {
        let length = Int(record.header?.payloadLength ?? 0)
        return Array(record.bytes.dropFirst(FrameHeader.size).prefix(length))
    }
}
