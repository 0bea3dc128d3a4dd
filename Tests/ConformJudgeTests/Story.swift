import ConformJudge
import PonsMessages
import PonsReflection
import PonsVocabulary
import PonsWire

/// Evidence told in a few words: what was sent and received, by milliseconds since the start of a test that takes a second.
struct Story {
    var evidence = Evidence()

    init() {
        evidence.startNs = 5_000_000_000
        evidence.endNs = 6_000_000_000
    }

    private func ns(_ ms: Double) -> Int64 { evidence.startNs + Int64((ms * 1e6).rounded()) }

    mutating func note(_ kind: Evidence.Kind, at ms: Double, peer: String = "A", _ text: String = "") {
        evidence.append(Evidence.Record(kind, at: ns(ms), peer: peer, note: text))
    }

    mutating func sent<M: FrameMessage & Reflective>(
        _ message: M, at ms: Double, peer: String = "A", as label: String? = nil, counter: UInt32 = 1,
        due: Double? = nil
    ) {
        var record = self.record(.sent, message, ms, peer, counter, sentNs: 0)
        record.label = label
        record.dueNs = due.map(ns)
        evidence.append(record)
    }

    mutating func received<M: FrameMessage & Reflective>(
        _ message: M, at ms: Double, peer: String = "A", counter: UInt32 = 1, session: UInt64 = 7, sentNs: Int64 = 0,
        stream: UInt16 = 0, kernel: Double? = nil
    ) {
        var record = self.record(.received, message, ms, peer, counter, sentNs: sentNs)
        record.header?.stream = stream
        record.header?.sessionID = session
        record.kernelNs = kernel.map(ns)
        evidence.append(record)
    }

    /// Raw bytes of a step, without a message.
    mutating func sentBytes(_ type: UInt16, at ms: Double, as label: String, counter: UInt32 = 1) {
        var record = Evidence.Record(.sent, at: ns(ms), peer: "A")
        (record.label, record.header) = (label, FrameHeader(messageType: type, payloadLength: 0, sessionID: 7))
        record.header?.counter = counter
        evidence.append(record)
    }

    private func record<M: FrameMessage & Reflective>(
        _ kind: Evidence.Kind, _ message: M, _ ms: Double, _ peer: String, _ counter: UInt32, sentNs: Int64
    ) -> Evidence.Record {
        var record = Evidence.Record(kind, at: ns(ms), peer: peer)
        let payload = message.encoded()
        var header = FrameHeader(messageType: M.type.rawValue, payloadLength: payload.count, sessionID: 7)
        (header.counter, header.sendTimeNs) = (counter, sentNs)
        (record.type, record.message, record.header) = (M.type, message, header)
        record.bytes = Array(repeating: 0, count: FrameHeader.size) + payload
        return record
    }
}

/// A message with some of its fields.
func make<M>(_ message: M, _ change: (inout M) -> Void) -> M {
    var message = message
    change(&message)
    return message
}

/// Arguments of a check, as YAML would have them.
struct Given: Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    let argument: StepArgument

    init(stringLiteral text: String) { argument = StepArgument(.scalar(text), line: 3, column: 1) }

    init(arrayLiteral elements: Given...) {
        argument = StepArgument(.list(elements.map(\.argument)), line: 3, column: 1)
    }

    init(dictionaryLiteral entries: (String, Given)...) {
        let entries = entries.map { StepArgument.Entry(key: $0.0, value: $0.1.argument) }
        argument = StepArgument(.map(entries), line: 3, column: 1)
    }
}

/// One check of a test without a stimulus, judged: `PASS 0…1000 ms, expected …: seen`.
func judged(_ oracle: String, _ arguments: Given, _ story: Story, lets: [(String, Given)] = []) -> String {
    var test = TestDefinition(id: "part/test", file: "part/test.yaml")
    test.lets = lets.map { (name: $0.0, value: $0.1.argument) }
    test.target = .codec  // no monitors: they have tests of their own
    test.checks = [TestDefinition.Check(id: "it", oracle: oracle, arguments: arguments.argument, isControl: false)]
    return text(of: Judge.judge(test, story.evidence).checks[0])
}

func text(of check: CheckResult) -> String {
    func ms(_ ns: Int64?) -> String { ns.map { "\(Double($0) / 1e6)" } ?? "–" }
    return
        "\(check.verdict.rawValue)\(check.reason.map { " \($0.rawValue)" } ?? "") [\(ms(check.fromNs)) … \(ms(check.untilNs)) ms] \(check.expected) → \(check.seen)"
}
