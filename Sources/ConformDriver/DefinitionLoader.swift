public import ConformJudge
import Foundation
import Yams

/// Reads test definitions and checks them against the vocabulary before anything is played.
public enum DefinitionLoader {
    /// The test of a file.
    public static func test(file: String, source: String) throws(DefinitionError) -> TestDefinition {
        let document = Document(file: file, source: source)
        let root = try document.parse()
        try document.check(
            keys: root,
            allowed: [
                "schema", "id", "version", "status", "since", "requirements", "target", "level", "title", "motion",
                "let", "stimulus", "finally", "checks", "mutants", "explain", "aliases", "applies", "despite", "tier",
                "amplitude",
            ])
        guard root["schema"]?.text == "pons.test/1" else {
            throw document.error(root["schema"] ?? root, "schema must be pons.test/1")
        }
        var test = TestDefinition(id: try document.text(root, "id"), file: file)
        test.version = Int(root["version"]?.text ?? "1") ?? 1
        test.requirements = (root["requirements"]?.elements ?? []).compactMap(\.text)
        if let level = root["level"] {
            guard let known = TestDefinition.Level(rawValue: level.text ?? "") else {
                throw document.error(level, "level must be MUST, SHOULD or MAY")
            }
            test.level = known
        }
        if let target = root["target"] {
            guard let known = TestDefinition.Target(rawValue: target.text ?? "") else {
                let names = TestDefinition.Target.allCases.map(\.rawValue).joined(separator: " or ")
                throw document.error(target, "target must be \(names)")
            }
            test.target = known
        }
        if let tier = root["tier"] {
            guard let known = TestDefinition.Tier(rawValue: tier.text ?? "") else {
                throw document.error(tier, "tier must be quick, standard or full")
            }
            test.tier = known
        }
        test.applies = try document.applicability(root)
        test.despite = root.names("despite")
        if let amplitude = root["amplitude"] {
            guard amplitude.text == "whole" else { throw document.error(amplitude, "amplitude must be whole") }
            test.needsWholeAmplitude = true
        }
        for entry in root["title"]?.entries ?? [] { test.title[entry.key] = entry.value.text ?? "" }
        test.motion = root["motion"]?.text ?? "M0"
        test.lets = (root["let"]?.entries ?? []).map { (name: $0.key, value: $0.value) }
        test.mutants = (root["mutants"]?.elements ?? []).compactMap(\.text)
        test.stimulus = try (root["stimulus"]?.elements ?? []).map { step throws(DefinitionError) in
            try document.step(step)
        }
        test.finally = try (root["finally"]?.elements ?? []).map { step throws(DefinitionError) in
            try document.step(step)
        }
        test.checks = try (root["checks"]?.elements ?? []).map { check throws(DefinitionError) in
            try document.check(check)
        }
        test.explanation = explanations(root["explain"])
        test.digest = Digest.text(of: source)
        try lint(test, root, document)
        return test
    }

    /// What kind of file it is: pons.test/1, pons.ics/1, pons.ixit/1.
    public static func schema(file: String, source: String) throws(DefinitionError) -> String {
        try Document(file: file, source: source).parse()["schema"]?.text ?? ""
    }

    static func explanations(_ argument: StepArgument?) -> [String: TestDefinition.Explanation] {
        var result: [String: TestDefinition.Explanation] = [:]
        for entry in argument?.entries ?? [] {
            var explanation = TestDefinition.Explanation()
            explanation.why = entry.value["why"]?.text ?? ""
            explanation.causes = lines(entry.value["causes"])
            explanation.fixes = lines(entry.value["fix"])
            result[entry.key] = explanation
        }
        return result
    }

    private static func lines(_ argument: StepArgument?) -> [String] {
        (argument?.elements ?? []).compactMap(\.text).filter { !$0.isEmpty }
    }

    /// Rules every test keeps: it judges something, says why, and a refusal has a twin that is accepted.
    private static func lint(_ test: TestDefinition, _ root: StepArgument, _ document: Document) throws(DefinitionError)
    {
        if test.requirements.isEmpty { throw document.error(root, "a test names at least one requirement") }
        if test.checks.isEmpty { throw document.error(root, "a test without checks cannot fail") }
        try order(of: test.lets, document)
        if test.explanation["en"]?.why.isEmpty ?? true {
            throw document.error(
                root["explain"] ?? root, "explain.en.why is missing", "say why the requirement matters")
        }
        let refuses = test.checks.contains { $0.oracle == "reply" && $0.arguments["outcome"]?.text == "rejected" }
        if refuses && !test.checks.contains(where: \.isControl) {
            throw document.error(
                root["checks"] ?? root, "a test that expects a refusal needs a control twin",
                "add a check with 'control: true' that shows the valid twin being accepted in the same session")
        }
    }

    /// A value names those above it, so that none needs itself.
    private static func order(
        of lets: [(name: String, value: StepArgument)], _ document: Document
    ) throws(DefinitionError) {
        for (place, entry) in lets.enumerated() {
            let later = lets[place...].map(\.name)
            if let name = names(in: entry.value).first(where: later.contains) {
                throw document.error(
                    entry.value, "'\(entry.name)' needs '\(name)', which does not stand above it",
                    "a let may name those above it")
            }
        }
    }

    /// What the expressions of a `let` name, whichever tier they are for.
    private static func names(in value: StepArgument) -> [String] {
        if let text = value.text {
            return text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }.map(String.init)
        }
        return value.entries.flatMap { names(in: $0.value) }
    }

    /// One YAML file being read.
    struct Document {
        let file: String
        let source: String

        func parse() throws(DefinitionError) -> StepArgument {
            let node: Node?
            do { node = try compose(yaml: source) } catch {
                guard let error = error as? YamlError else {
                    throw DefinitionError(file: file, line: 1, column: 1, message: "\(error)")
                }
                throw self.error(error)
            }
            guard let node else {
                throw DefinitionError(file: file, line: 1, column: 1, message: "the file is empty")
            }
            return try argument(node)
        }

        private func error(_ error: YamlError) -> DefinitionError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                DefinitionError(
                    file: file, line: mark.line, column: mark.column, message: "not valid YAML: \(problem)",
                    source: source)
            default:
                DefinitionError(file: file, line: 1, column: 1, message: "not valid YAML: \(error)", source: source)
            }
        }

        private func argument(_ node: Node) throws(DefinitionError) -> StepArgument {
            let (line, column) = (node.mark?.line ?? 0, node.mark?.column ?? 0)
            switch node {
            case .scalar(let scalar): return StepArgument(.scalar(scalar.string), line: line, column: column)
            case .sequence(let sequence):
                var elements: [StepArgument] = []
                for element in sequence { elements.append(try argument(element)) }
                return StepArgument(.list(elements), line: line, column: column)
            case .mapping(let mapping):
                var entries: [StepArgument.Entry] = []
                for (key, value) in mapping {
                    let name = key.string ?? ""
                    if entries.contains(where: { $0.key == name }) {
                        throw error(
                            StepArgument(.scalar(name), line: key.mark?.line ?? 0, column: key.mark?.column ?? 0),
                            "'\(name)' stands here twice")
                    }
                    entries.append(StepArgument.Entry(key: name, value: try argument(value)))
                }
                return StepArgument(.map(entries), line: line, column: column)
            case .alias: throw error(StepArgument(.scalar(""), line: line, column: column), "aliases are not supported")
            }
        }

        func error(_ place: StepArgument, _ message: String, _ hint: String = "") -> DefinitionError {
            DefinitionError(
                file: file, line: place.line, column: place.column, message: message, hint: hint, source: source)
        }

        func text(_ parent: StepArgument, _ key: String) throws(DefinitionError) -> String {
            guard let text = parent[key]?.text, !text.isEmpty else { throw error(parent, "'\(key)' is missing") }
            return text
        }

        func check(keys parent: StepArgument, allowed: [String]) throws(DefinitionError) {
            for entry in parent.entries where !allowed.contains(entry.key) {
                throw error(
                    entry.value, "unknown key '\(entry.key)'", Suggestion.sentence(for: entry.key, in: allowed))
            }
        }

        func applicability(_ parent: StepArgument) throws(DefinitionError) -> ApplicabilityExpression {
            guard let applies = parent["applies"] else { return .always }
            do throws(ApplicabilityExpression.Malformed) {
                return try ApplicabilityExpression(applies.text ?? "")
            } catch { throw self.error(applies, error.message, "items are joined by &&, || and !") }
        }

        func step(_ argument: StepArgument) throws(DefinitionError) -> TestDefinition.Step {
            let (word, arguments) = try entry(argument, StepVocabulary.steps, "step", extra: [])
            // `wait: 200 ms` is short for `wait: {for: 200 ms}`; `ready: A` for `ready: {peer: A}`.
            return TestDefinition.Step(verb: word, arguments: arguments)
        }

        func check(_ argument: StepArgument) throws(DefinitionError) -> TestDefinition.Check {
            let meta = ["id", "control", "applies"]
            let oracles = StepArgument(
                .map(argument.entries.filter { !meta.contains($0.key) }), line: argument.line, column: argument.column)
            let (oracle, arguments) = try entry(oracles, StepVocabulary.oracles, "oracle", extra: meta)
            return TestDefinition.Check(
                id: try text(argument, "id"), oracle: oracle, arguments: arguments,
                isControl: argument["control"]?.flag ?? false, applies: try applicability(argument))
        }

        private func entry(
            _ argument: StepArgument, _ vocabulary: [StepVocabulary.Word], _ kind: String, extra: [String]
        ) throws(DefinitionError) -> (String, StepArgument) {
            guard argument.entries.count == 1, let only = argument.entries.first else {
                throw error(argument, "one \(kind) is needed here, not \(argument.entries.count)")
            }
            guard let word = vocabulary.first(where: { $0.name == only.key }) else {
                throw error(
                    argument, "unknown \(kind) '\(only.key)'",
                    Suggestion.sentence(for: only.key, in: vocabulary.map(\.name)))
            }
            var value = only.value
            if case .scalar = value.value, let first = word.arguments.first {
                value = StepArgument(
                    .map([StepArgument.Entry(key: first.name, value: value)]), line: value.line, column: value.column)
            }
            try check(keys: value, allowed: word.arguments.map(\.name))
            for needed in word.arguments where needed.isRequired && value[needed.name] == nil {
                throw error(argument, "\(kind) '\(word.name)' needs '\(needed.name)': \(needed.meaning)")
            }
            return (word.name, value)
        }
    }
}
