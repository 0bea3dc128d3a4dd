import PonsMessages
import PonsReflection

/// What expressions of a test can refer to while it is judged. Times are ns since the start of the test.
struct JudgeContext {
    let test: TestDefinition
    let evidence: Evidence
    /// Times checks have named, by name.
    var named: [String: Double] = [:]

    /// A name's value: a `let`, a constant of the robot, the time of a step or of an earlier check.
    func lookup(_ name: String) -> Quantity? { test.value(of: name, known: known) }

    private func known(_ name: String) -> Quantity? {
        if name == "start" { return Quantity(0, .time) }
        if name == "end" { return Quantity(Double(evidence.endNs - evidence.startNs), .time) }
        if let time = named[name] { return Quantity(time, .time) }
        if let constant = evidence.constants[name] { return constant }
        let parts = name.split(separator: ".")
        guard let step = parts.first, let sent = evidence.sent(String(step)) else {
            return evidence.marks[name].map { Quantity(Double($0 - evidence.startNs), .time) }
        }
        let record = parts.count > 1 && parts[1] == "last" ? sent.last : sent.first
        return Quantity(Double(record.timeNs - evidence.startNs), .time)
    }

    func quantity(_ argument: StepArgument?) throws(JudgeFailure) -> Quantity? {
        guard let argument else { return nil }
        guard let text = argument.text else { throw JudgeFailure("line \(argument.line): a value is needed here") }
        do throws(Formula.Failure) { return try Formula.value(of: text, lookup: lookup) } catch {
            if let name = unreachedName(in: text) { throw JudgeFailure(unreached: name) }
            throw JudgeFailure("line \(argument.line): \(error.message)")
        }
    }

    /// A step or an event the test names but the play never came to.
    private func unreachedName(in text: String) -> String? {
        let names = test.stimulus.compactMap(\.label) + test.checks.compactMap { $0.arguments["as"]?.text }
        return names.first { name in
            // A stream that was refused to begin has a beginning, and no last message.
            [name, "\(name).last"].contains { text.contains($0) && lookup($0) == nil }
        }
    }

    /// A time of the tester's clock, ns since the start of the test.
    func time(_ argument: StepArgument?, default fallback: Double) throws(JudgeFailure) -> Double {
        guard let quantity = try quantity(argument) else { return fallback }
        guard quantity.dimension == .time else {
            throw JudgeFailure("line \(argument?.line ?? 0): a time is needed here, not \(quantity.dimension.rawValue)")
        }
        return quantity.value
    }

    var duration: Double { Double(evidence.endNs - evidence.startNs) }

    // MARK: Messages

    /// When a record happened, and how surely: by the robot's own stamp where a field is named, by arrival otherwise.
    func time(of record: Evidence.Record, stamp: String?) -> (at: Double, uncertainty: Double) {
        if let stamp, let robot = record.message?.value(at: stamp)?.asInteger, robot != 0,
            let clock = evidence.clocks[record.peer]?.min(by: {
                abs($0.timeNs - record.timeNs) < abs($1.timeNs - record.timeNs)
            })
        {
            let drifted = Double(abs(clock.timeNs - record.timeNs)) * clock.drift
            return (Double(robot.since(clock.offsetNs).since(evidence.startNs)), Double(clock.uncertaintyNs) + drifted)
        }
        return (Double(record.timeNs - evidence.startNs), 0)
    }

    /// Received messages of a type, of one peer or of all.
    func received(_ arguments: StepArgument) throws(JudgeFailure) -> [Evidence.Record] {
        guard let name = arguments["message"]?.text else {
            throw JudgeFailure("line \(arguments.line): 'message' is missing")
        }
        let peer = arguments["peer"]?.text
        return evidence.records.filter {
            $0.kind == .received && (peer == nil || $0.peer == peer) && $0.type.map { "\($0.label)" } == name
        }
    }

    /// Whether a message has every value that `where` names.
    func matches(_ record: Evidence.Record, _ conditions: StepArgument?) throws(JudgeFailure) -> Bool {
        guard let message = record.message else { return false }
        return try matches(message, conditions)
    }

    private func matches(_ message: any Reflective, _ conditions: StepArgument?) throws(JudgeFailure) -> Bool {
        for entry in conditions?.entries ?? [] {
            guard let expected = named(entry.value, in: message),
                try matches(message.value(at: entry.key), expected)
            else { return false }
        }
        return true
    }

    /// `message.X` in a comparison stands for field X of the same message; `nil` where it has none.
    private func named(_ expected: StepArgument, in message: any Reflective) -> StepArgument? {
        guard var text = expected.text else { return expected }
        while let start = text.firstRange(of: "message.") {
            let name = text[start.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
            guard let number = message.value(at: String(name))?.asInteger else {
                // A name that the schema doesn't know is the test's fault, and said where it is calculated.
                let isKnown = type(of: message).field(named: String(name.prefix { $0 != "." })) != nil
                return isKnown ? nil : expected
            }
            let unit = name.hasSuffix("_ns") ? " ns" : ""
            text = "\(text[..<start.lowerBound])\(number)\(unit)\(text[start.upperBound...].dropFirst(name.count))"
        }
        return StepArgument(.scalar(text), line: expected.line, column: expected.column)
    }

    private func matches(_ value: FieldValue?, _ expected: StepArgument) throws(JudgeFailure) -> Bool {
        switch expected.value {
        case .list(let options):
            for option in options where try matches(value, option) { return true }
            return false
        case .map: return try matchesElements(value, expected)
        case .scalar(let text): return try matches(value, text, expected)
        }
    }

    /// Whether the robot's description has every value that `where` names.
    func describes(_ conditions: StepArgument?) throws(JudgeFailure) -> Bool {
        guard let descriptor = evidence.descriptor else { return false }
        return try matches(descriptor, conditions)
    }

    /// `any: {…}`, `each: {…}`, `none: {…}`, `count: N` over a list.
    private func matchesElements(_ value: FieldValue?, _ expected: StepArgument) throws(JudgeFailure) -> Bool {
        var elements: [FieldValue] = []
        if case .list(let list)? = value { elements = list }
        for entry in expected.entries {
            if entry.key == "count" {
                if try !matches(.integer(Int64(elements.count)), entry.value) { return false }
                continue
            }
            if entry.key == "each" {
                for case .message(let element) in elements where try !matches(element, entry.value) { return false }
                if elements.isEmpty { return false }
                continue
            }
            var found = false
            for case .message(let element) in elements where try matches(element, entry.value) { found = true }
            if found != (entry.key == "any") { return false }
        }
        return true
    }

    private func matches(_ value: FieldValue?, _ text: String, _ expected: StepArgument) throws(JudgeFailure) -> Bool {
        if text == "absent" { return value == nil }
        guard let value else { return false }
        // An empty text or no bytes are what a field has that was not set.
        if text == "present" { return value != .text("") && value != .bytes([]) }
        if text.hasPrefix("contains ") {
            guard case .list(let elements) = value else { return false }
            for wanted in text.dropFirst(9).split(separator: " and ") {
                guard try contains(elements, String(wanted), expected) else { return false }
            }
            return true
        }
        switch value {
        case .name(let label, _): return label == text
        case .flag(let flag): return text == (flag ? "true" : "false")
        case .text(let string): return string == text
        default: break
        }
        if let hash = evidence.hashes[text], case .bytes(let bytes) = value { return bytes == hash }
        if let identity = evidence.identities[text], case .unsigned(let number) = value { return number == identity }
        return try compares(value, text, expected)
    }

    private func contains(
        _ elements: [FieldValue], _ wanted: String, _ expected: StepArgument
    ) throws(JudgeFailure) -> Bool {
        for element in elements where try matches(element, wanted, expected) { return true }
        return false
    }

    private func compares(_ value: FieldValue, _ text: String, _ expected: StepArgument) throws(JudgeFailure) -> Bool {
        guard let number = value.asDouble else { return false }
        for (symbol, holds) in Self.comparisons where text.hasPrefix(symbol) {
            let bound = try quantity(StepArgument(.scalar(String(text.dropFirst(symbol.count))), line: expected.line))
            return holds(number, bound?.value ?? .nan)
        }
        if let range = text.firstRange(of: "...") {
            func bound(_ part: Substring) throws(JudgeFailure) -> Double {
                try quantity(StepArgument(.scalar(String(part)), line: expected.line))?.value ?? .nan
            }
            let lowest = try bound(text[..<range.lowerBound])
            let highest = try bound(text[range.upperBound...])
            return number >= lowest && number <= highest
        }
        return abs(number - (try quantity(expected)?.value ?? .nan)) < 1e-9
    }

    private static let comparisons: [(String, @Sendable (Double, Double) -> Bool)] = [
        (">=", { $0 >= $1 }), ("<=", { $0 <= $1 }), ("!=", { $0 != $1 }), (">", { $0 > $1 }), ("<", { $0 < $1 }),
    ]

    /// `cause = COMMAND_TIMEOUT, to = STOPPING`
    func text(_ conditions: StepArgument?) -> String {
        (conditions?.entries ?? []).map { "\($0.key) = \(Self.text($0.value))" }.joined(separator: ", ")
    }

    static func text(_ argument: StepArgument) -> String {
        switch argument.value {
        case .scalar(let text): text
        case .list(let elements): elements.map(text).joined(separator: " or ")
        case .map(let entries): entries.map { "\($0.key) (\(text($0.value)))" }.joined(separator: ", ")
        }
    }
}

/// The test itself is wrong, or the suite: never the robot's fault (verdict ERROR).
struct JudgeFailure: Error {
    let message: String
    /// The situation was never reached: inconclusive, not an error.
    let isUnreached: Bool

    init(_ message: String) {
        self.message = message
        isUnreached = false
    }

    init(unreached name: String) {
        message = "'\(name)' was never reached"
        isUnreached = true
    }
}
