/// Arithmetic of test definitions: numbers with units, names, `+ - * /`, parentheses (32 deep). No loops, no calls.
public struct Formula {
    public struct Failure: Error, Equatable, Sendable {
        public let message: String
    }

    private let text: [Character]
    private var position = 0
    private var depth = 0
    private let lookup: (String) -> Quantity?

    /// The value of `text`; names are looked up by `lookup`.
    public static func value(
        of text: String, lookup: @escaping (String) -> Quantity?
    ) throws(Failure) -> Quantity {
        var formula = Formula(text: text, lookup: lookup)
        let value = try formula.sum()
        guard formula.position == formula.text.count else {
            throw Failure(message: "unexpected '\(formula.text[formula.position])' in '\(text)'")
        }
        return value
    }

    private init(text: String, lookup: @escaping (String) -> Quantity?) {
        self.text = Array(text)
        self.lookup = lookup
    }

    private mutating func sum() throws(Failure) -> Quantity {
        var left = try product()
        while let sign = take("+", "-") {
            let right = try product()
            guard left.dimension == right.dimension else {
                throw Failure(
                    message: "'\(String(text))' adds \(left.dimension.rawValue) and \(right.dimension.rawValue)")
            }
            left.value += sign == "+" ? right.value : -right.value
        }
        return left
    }

    private mutating func product() throws(Failure) -> Quantity {
        var left = try factor()
        while let sign = take("*", "/") {
            let right = try factor()
            if sign == "*" {
                guard left.dimension == .one || right.dimension == .one else {
                    throw Failure(message: "'\(String(text))' multiplies two quantities that both have a unit")
                }
                left = Quantity(left.value * right.value, left.dimension == .one ? right.dimension : left.dimension)
            } else {
                guard right.value != 0 else { throw Failure(message: "'\(String(text))' divides by zero") }
                let dimension: Quantity.Dimension = left.dimension == right.dimension ? .one : left.dimension
                guard right.dimension == .one || left.dimension == right.dimension else {
                    throw Failure(message: "'\(String(text))' divides by a quantity of another unit")
                }
                left = Quantity(left.value / right.value, dimension)
            }
        }
        return left
    }

    private mutating func factor() throws(Failure) -> Quantity {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 33 else {
            throw Failure(
                message: "more than 32 parentheses or signs inside each other in '\(String(text.prefix(40)))…'")
        }
        skipSpace()
        guard position < text.count else { throw Failure(message: "'\(String(text))' ends where a value is needed") }
        if take("-") != nil {
            var value = try factor()
            value.value.negate()
            return value
        }
        if take("(") != nil {
            let value = try sum()
            guard take(")") != nil else { throw Failure(message: "'\(String(text))' lacks ')'") }
            return value
        }
        if text[position].isNumber { return try number() }
        let name = word { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        guard !name.isEmpty else { throw Failure(message: "unexpected '\(text[position])' in '\(String(text))'") }
        guard let value = lookup(name) else { throw Failure(message: "unknown name '\(name)'") }
        return value
    }

    private mutating func number() throws(Failure) -> Quantity {
        var digits = word { $0.isNumber || $0 == "." || $0 == "_" }
        if position < text.count, text[position] == "e" || text[position] == "E" {
            position += 1
            digits += "e"
            if position < text.count, text[position] == "-" || text[position] == "+" {
                digits.append(text[position])
                position += 1
            }
            digits += word(\.isNumber)
        }
        guard let value = Double(digits.filter { $0 != "_" }) else {
            throw Failure(message: "'\(digits)' is not a number")
        }
        skipSpace()
        if position < text.count, text[position] == "%" {
            position += 1
            return Quantity(value * 0.01)
        }
        let unit = word { $0.isLetter }
        if unit.isEmpty { return Quantity(value) }
        var name = unit
        if unit == "rad", position + 1 < text.count, text[position] == "/", text[position + 1] == "s" {
            position += 2
            name = "rad/s"
        }
        guard let scale = Quantity.units[name] else {
            throw Failure(
                message: "unknown unit '\(name)'; known: \(Quantity.units.keys.sorted().joined(separator: ", "))")
        }
        return Quantity(value * scale.value, scale.dimension)
    }

    private mutating func word(_ belongs: (Character) -> Bool) -> String {
        let start = position
        while position < text.count, belongs(text[position]) { position += 1 }
        return String(text[start..<position])
    }

    private mutating func skipSpace() { while position < text.count, text[position].isWhitespace { position += 1 } }

    private mutating func take(_ characters: Character...) -> Character? {
        skipSpace()
        guard position < text.count, characters.contains(text[position]) else { return nil }
        defer { position += 1 }
        return text[position]
    }
}
