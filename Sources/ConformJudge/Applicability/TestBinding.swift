/// What a run gives to a test: the tier that was asked for, and a value for each `$name`.
///
/// Names come from the test's parameters (IXIT: which joint may move, which camera is looked at) and from the limits of
/// the bundle that is claimed. Binding happens before anything is played; the bound test is what the judge sees.
public struct TestBinding: Equatable, Sendable {
    public var values: [String: String]
    public var tier: TestDefinition.Tier
    /// Which items the product has; absent where nobody has said.
    public var has: [String: Bool]

    public init(
        values: [String: String] = [:], tier: TestDefinition.Tier = .standard, has: [String: Bool] = [:]
    ) {
        self.values = values
        self.tier = tier
        self.has = has
    }

    /// The test with every `$name` replaced, every `let` of several tiers settled, and no check of what the product lacks.
    public func applied(to test: TestDefinition) -> TestDefinition {
        var bound = test
        bound.lets = test.lets.map { (name: $0.name, value: applied(to: settled($0.value))) }
        func bind(_ step: TestDefinition.Step) -> TestDefinition.Step {
            TestDefinition.Step(verb: step.verb, arguments: applied(to: step.arguments))
        }
        bound.stimulus = test.stimulus.map(bind)
        bound.finally = test.finally.map(bind)
        bound.checks = test.checks.filter { $0.applies.holds { has[$0] } != false }.map {
            TestDefinition.Check(
                id: $0.id, oracle: $0.oracle, arguments: applied(to: $0.arguments), isControl: $0.isControl,
                applies: $0.applies)
        }
        return bound
    }

    /// The names a test needs.
    public static func names(in test: TestDefinition) -> Set<String> {
        var names: Set<String> = []
        let arguments =
            (test.stimulus + test.finally).map(\.arguments) + test.checks.map(\.arguments) + test.lets.map(\.value)
        for argument in arguments { collect(argument, &names) }
        return names
    }

    /// `{quick: 3, full: 59}` is 3 below the full tier: the largest tier not above the one asked for.
    private func settled(_ value: StepArgument) -> StepArgument {
        guard case .map(let entries) = value.value else { return value }
        let fitting = TestDefinition.Tier.allCases.filter { $0 <= tier }.reversed()
        for tier in fitting {
            if let entry = entries.first(where: { $0.key == tier.rawValue }) { return entry.value }
        }
        return entries.first?.value ?? value
    }

    private func applied(to argument: StepArgument) -> StepArgument {
        let value: StepArgument.Value =
            switch argument.value {
            case .scalar(let text): .scalar(replaced(text))
            case .list(let elements): .list(elements.map(applied(to:)))
            case .map(let entries):
                .map(entries.map { StepArgument.Entry(key: replaced($0.key), value: applied(to: $0.value)) })
            }
        return StepArgument(value, line: argument.line, column: argument.column)
    }

    private func replaced(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let sign = rest.firstIndex(of: "$") {
            let name = Self.name(after: sign, in: rest)
            result += rest[..<sign] + (values[String(name)] ?? "$\(name)")
            rest = rest[name.endIndex...]
        }
        return result + rest
    }

    private static func collect(_ argument: StepArgument, _ names: inout Set<String>) {
        switch argument.value {
        case .scalar(let text): collect(text, &names)
        case .list(let elements): for element in elements { collect(element, &names) }
        case .map(let entries):
            for entry in entries {
                collect(entry.key, &names)
                collect(entry.value, &names)
            }
        }
    }

    private static func collect(_ text: String, _ names: inout Set<String>) {
        var rest = Substring(text)
        while let sign = rest.firstIndex(of: "$") {
            let name = name(after: sign, in: rest)
            names.insert(String(name))
            rest = rest[name.endIndex...]
        }
    }

    private static func name(after sign: Substring.Index, in text: Substring) -> Substring {
        text[text.index(after: sign)...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    }
}
