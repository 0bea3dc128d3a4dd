/// A value of a test definition with the place it stands at.
public struct StepArgument: Equatable, Sendable {
    public indirect enum Value: Equatable, Sendable {
        case scalar(String)
        case list([StepArgument])
        case map([Entry])
    }

    public struct Entry: Equatable, Sendable {
        public let key: String
        public let value: StepArgument

        public init(key: String, value: StepArgument) {
            self.key = key
            self.value = value
        }
    }

    public let value: Value
    public let line: Int
    public let column: Int

    public init(_ value: Value, line: Int = 0, column: Int = 0) {
        self.value = value
        self.line = line
        self.column = column
    }

    public subscript(key: String) -> StepArgument? {
        guard case .map(let entries) = value else { return nil }
        return entries.first { $0.key == key }?.value
    }

    public var text: String? {
        guard case .scalar(let text) = value else { return nil }
        return text
    }

    public var elements: [StepArgument] {
        if case .list(let elements) = value { return elements }
        return [self]
    }

    public var entries: [Entry] {
        guard case .map(let entries) = value else { return [] }
        return entries
    }

    public var flag: Bool? { text == "true" || text == "yes" ? true : text == "false" || text == "no" ? false : nil }
}
