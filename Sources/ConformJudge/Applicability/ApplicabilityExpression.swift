/// When a test applies: items joined by `&&`, `||`, `!` and parentheses; no other logic.
public indirect enum ApplicabilityExpression: Equatable, Sendable {
    case always
    case item(String)
    case not(ApplicabilityExpression)
    case all([ApplicabilityExpression])
    case any([ApplicabilityExpression])

    public struct Malformed: Error, Equatable, Sendable {
        public let message: String
    }

    /// Reads `sensor.imu && !body.legged`. Cost: linear; at most 32 parentheses and negations deep.
    public init(_ text: String) throws(Malformed) {
        var parser = Parser(text)
        self = try parser.expression(depth: 0)
        guard parser.isAtEnd else { throw Malformed(message: "unexpected '\(parser.rest)' in '\(text)'") }
    }

    /// Whether it holds; `nil` where it hangs on an item nobody has answered (Kleene's three values).
    public func holds(_ answer: (String) -> Bool?) -> Bool? {
        switch self {
        case .always: return true
        case .item(let id): return answer(id)
        case .not(let inner): return inner.holds(answer).map { !$0 }
        case .all(let parts):
            let values = parts.map { $0.holds(answer) }
            return values.contains(false) ? false : values.contains(nil) ? nil : true
        case .any(let parts):
            let values = parts.map { $0.holds(answer) }
            return values.contains(true) ? true : values.contains(nil) ? nil : false
        }
    }

    /// Every item it names.
    public var items: [String] {
        switch self {
        case .always: []
        case .item(let id): [id]
        case .not(let inner): inner.items
        case .all(let parts), .any(let parts): parts.flatMap(\.items)
        }
    }

    /// With the value of each item: `sensor.imu (no) && body.legged (yes)`.
    public func text(_ value: (String) -> String = { _ in "" }) -> String {
        func joined(_ parts: [ApplicabilityExpression], _ sign: String) -> String {
            parts.map { part in
                if case .any = part { return "(\(part.text(value)))" }
                return part.text(value)
            }.joined(separator: " \(sign) ")
        }
        switch self {
        case .always: return "always"
        case .item(let id):
            let value = value(id)
            return value.isEmpty ? id : "\(id) (\(value))"
        case .not(let inner):
            if case .item = inner { return "!\(inner.text(value))" }
            return "!(\(inner.text(value)))"
        case .all(let parts): return joined(parts, "&&")
        case .any(let parts): return joined(parts, "||")
        }
    }

    private struct Parser {
        private var text: Substring

        init(_ text: String) { self.text = Substring(text) }

        var rest: String { String(text.prefix(20)) }
        var isAtEnd: Bool { text.allSatisfy(\.isWhitespace) }

        mutating func expression(depth: Int) throws(Malformed) -> ApplicabilityExpression {
            var parts = [try conjunction(depth)]
            while take("||") { parts.append(try conjunction(depth)) }
            return parts.count == 1 ? parts[0] : .any(parts)
        }

        private mutating func conjunction(_ depth: Int) throws(Malformed) -> ApplicabilityExpression {
            var parts = [try factor(depth)]
            while take("&&") { parts.append(try factor(depth)) }
            return parts.count == 1 ? parts[0] : .all(parts)
        }

        private mutating func factor(_ depth: Int) throws(Malformed) -> ApplicabilityExpression {
            guard depth <= 32 else {
                throw Malformed(message: "more than 32 parentheses or negations inside each other")
            }
            if take("!") { return .not(try factor(depth + 1)) }
            if take("(") {
                let inner = try expression(depth: depth + 1)
                guard take(")") else { throw Malformed(message: "a ')' is missing before '\(rest)'") }
                return inner
            }
            let name = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
            guard !name.isEmpty else { throw Malformed(message: "an item is needed before '\(rest)'") }
            text = text.dropFirst(name.count)
            return name == "always" ? .always : .item(String(name))
        }

        private mutating func take(_ sign: String) -> Bool {
            skipSpace()
            guard text.hasPrefix(sign) else { return false }
            text = text.dropFirst(sign.count)
            return true
        }

        private mutating func skipSpace() { text = text.drop(while: \.isWhitespace) }
    }
}
