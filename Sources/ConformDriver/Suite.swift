public import ConformJudge
import Crypto
public import Foundation
import PonsPort
import PonsReflection
import Yams

/// The suite on disk: requirements, tests, mutants. Everything is checked when it is loaded.
public struct Suite: Sendable {
    /// A requirement of the registry.
    public struct Requirement: Sendable {
        public let id: String
        public let level: String
        public let tier: String
        public let evidence: String
        public let text: [String: String]
        /// Why it is asked, by language, where no test says so.
        public let rationale: [String: String]
        /// Profiles whose products must keep it.
        public let profiles: [String]
        public let observable: String
        public let mutant: String
        public let wave: Int

        /// Part of the standard: `MOT`.
        public var part: String { String(id.prefix(3)) }
    }

    /// A deliberately broken robot.
    public struct Mutant: Sendable {
        public let id: String
        public let requirement: String
        public let fault: String
        /// The test that must kill it, and the check by which.
        public let test: String
        public let check: String
        public let wave: Int
    }

    /// What a name of the suite means: why it matters, what causes it, how to mend it; by language.
    public struct Explained: Sendable {
        public let id: String
        public let title: [String: String]
        public let explanation: [String: TestDefinition.Explanation]

        init(_ entry: StepArgument, in family: String = "") {
            id = family + (entry["id"]?.text ?? "")
            title = entry.texts("title")
            explanation = DefinitionLoader.explanations(entry["explain"])
        }

        /// What it is and what to try first, in a line.
        public func advice(_ language: String = "en") -> String {
            [title[language], explanation[language]?.fixes.first].compactMap { $0 }.joined(
                separator: language == "zh" ? "；" : "; ")
        }
    }

    public let requirements: [Requirement]
    public let tests: [TestDefinition]
    public let mutants: [Mutant]
    /// Robots that act wrongly and tell it rightly, or the reverse: one entry for each test that must notice, and the check by which.
    public let liars: [Mutant]
    /// The same, robot by robot.
    public var quietLiars: [[Mutant]] {
        Dictionary(grouping: liars, by: \.id).values.sorted { $0[0].id < $1[0].id }
    }
    /// The check that tells the two robots of each pair apart, by the requirement whose limit it is.
    public let pairs: [Mutant]
    /// What products are asked before they are tested.
    public let catalogue: Catalogue
    /// What is watched in every test, as its check is called: `monitor/clock`.
    public let monitors: [Explained]
    /// Why a verdict is inconclusive: `TESTER_STALL`.
    public let codes: [Explained]
    /// Requirements without a test in this suite, by id.
    public let exclusions: [String: Exclusion]
    /// SHA-256 over all files of the suite, hex.
    public let digest: String
    public let root: URL

    /// The tests for one kind of product.
    public func tests(for kind: TestDefinition.Target) -> [TestDefinition] { tests.filter { $0.target == kind } }

    /// What kinds of product the tests of each requirement judge, by its id.
    public var judgedOn: [String: Set<TestDefinition.Target>] {
        tests.reduce(into: [:]) { kinds, test in
            for id in test.requirements { kinds[id, default: []].insert(test.target) }
        }
    }

    /// Loads the suite below a checkout's root.
    public init(root: URL) throws(DefinitionError) {
        self.root = root
        var hash = SHA256()
        var tests: [TestDefinition] = []
        let folder = root.appending(path: "Conformance/v1/tests")
        for file in Self.yamlFiles(below: folder) {
            let source = try Self.read(file)
            hash.update(data: Data(source.utf8))
            let relative = file.path.replacingOccurrences(of: root.path + "/", with: "")
            let test = try DefinitionLoader.test(file: relative, source: source)
            if let other = tests.first(where: { $0.id == test.id }) {
                throw DefinitionError(
                    file: relative, line: 1, column: 1, message: "id '\(test.id)' is also used by \(other.file)")
            }
            tests.append(test)
        }
        self.tests = tests.sorted { $0.id < $1.id }
        let registry = try Self.entries(root, "Spec/v1/requirements.yaml", "requirements", &hash)
        requirements = registry.map(Requirement.init)
        exclusions = Dictionary(
            registry.compactMap { entry in
                entry["exclusion"].map { (entry["id"]?.text ?? "", Exclusion($0)) }
            }, uniquingKeysWith: { first, _ in first })
        let broken = try Self.document(root, "Conformance/v1/mutants.yaml", &hash)
        mutants = (broken.root["mutants"]?.elements ?? []).map(Mutant.init)
        pairs = (broken.root["pairs"]?.elements ?? []).map(Mutant.init)
        liars = (broken.root["liars"]?.elements ?? []).flatMap(Mutant.liar)
        monitors = try Self.entries(root, "Conformance/v1/monitors.yaml", "monitors", &hash).map {
            Explained($0, in: "monitor/")
        }
        codes = try Self.entries(root, "Conformance/v1/codes.yaml", "codes", &hash).map { Explained($0) }
        catalogue = try Catalogue(
            statement: try Self.document(root, "Conformance/v1/statement.yaml", &hash),
            parameters: try Self.document(root, "Conformance/v1/parameters.yaml", &hash),
            profiles: try Self.document(root, "Conformance/v1/profiles.yaml", &hash))
        digest = Hex.text(Array(hash.finalize()))
        try crossCheck()
    }

    /// The checkout that holds the suite: the folder given, or the nearest above the working folder or the program.
    public static func locate(_ given: String?) throws(DefinitionError) -> URL {
        let places = given.map { Checkout.above(URL(fileURLWithPath: $0)) } ?? Checkout.places
        let suite = places.first {
            FileManager.default.fileExists(atPath: $0.appending(path: "Conformance/v1/tests").path)
        }
        if let suite { return suite }
        throw DefinitionError(
            file: given ?? FileManager.default.currentDirectoryPath, line: 0, column: 0,
            message: "no conformance suite here (a folder Conformance/v1/tests)",
            hint: "run conform inside a checkout of Pons, or name it with --suite DIR")
    }

    /// The schema as a serialised FileDescriptorSet, for recordings.
    public func schemaSet() -> [UInt8] {
        (try? Data(contentsOf: root.appending(path: "Spec/v1/pons-v1.binpb"))).map(Array.init) ?? []
    }

    /// When a test applies: what its steps and messages need, and what it says itself.
    public func applicability(of test: TestDefinition) -> ApplicabilityExpression {
        let steps = Set((test.stimulus + test.finally).map(\.verb))
        let messages = Set(
            (test.stimulus.map(\.arguments) + test.checks.map(\.arguments)).compactMap { $0["message"]?.text })
        var parts = catalogue.items.filter {
            (!steps.isDisjoint(with: $0.steps) || !messages.isDisjoint(with: $0.messages))
                && !test.despite.contains($0.id)
        }.map { ApplicabilityExpression.item($0.id) }
        for name in TestBinding.names(in: test).sorted() {
            guard let item = catalogue.parameters.first(where: { $0.id == name })?.item else { continue }
            if !parts.contains(.item(item)) { parts.append(.item(item)) }
        }
        if test.applies != .always { parts.append(test.applies) }
        return parts.isEmpty ? .always : parts.count == 1 ? parts[0] : .all(parts)
    }

    /// Why a requirement is asked: its test says so, or the registry where it has none.
    public func rationale(of requirement: Requirement, _ language: String = "en") -> String {
        let test = tests.first { $0.requirements.contains(requirement.id) }
        return test?.explanation[language]?.why ?? requirement.rationale[language] ?? ""
    }

    /// The profiles of each requirement a test is about.
    public func profiles(of test: TestDefinition) -> [[String]] {
        test.requirements.compactMap { id in requirements.first { $0.id == id }?.profiles }
    }

    /// Every id a file names exists.
    private func crossCheck() throws(DefinitionError) {
        for requirement in requirements where requirement.profiles.isEmpty {
            throw DefinitionError(
                file: "Spec/v1/requirements.yaml", line: 1, column: 1, message: "\(requirement.id) is in no profile",
                hint: "add profile: with one of \(catalogue.profiles.map(\.id).joined(separator: ", "))")
        }
        try explained(Monitors.ids, by: monitors, in: "Conformance/v1/monitors.yaml")
        try explained(ReasonCode.allCases.map(\.rawValue), by: codes, in: "Conformance/v1/codes.yaml")
        let names = knownNames
        for test in tests { try check(test, names) }
        for mutant in mutants + liars + pairs {
            guard let test = tests.first(where: { $0.id == mutant.test }) else {
                throw DefinitionError(
                    file: "Conformance/v1/mutants.yaml", line: 1, column: 1,
                    message: "mutant \(mutant.id) names no test of the suite: '\(mutant.test)'",
                    hint: Suggestion.sentence(for: mutant.test, in: tests.map(\.id)))
            }
            let isWatched = Monitors.ids.contains(mutant.check)
            guard isWatched || test.checks.contains(where: { $0.id == mutant.check && !$0.isControl }) else {
                throw DefinitionError(
                    file: "Conformance/v1/mutants.yaml", line: 1, column: 1,
                    message: "mutant \(mutant.id): test \(test.id) has no check '\(mutant.check)'",
                    hint: Suggestion.sentence(for: mutant.check, in: test.checks.map(\.id)))
            }
        }
    }

    /// What decides verdicts of every test has its text.
    private func explained(_ ids: [String], by texts: [Explained], in file: String) throws(DefinitionError) {
        for id in ids where texts.first(where: { $0.id == id })?.explanation["en"]?.why.isEmpty ?? true {
            throw DefinitionError(
                file: file, line: 1, column: 1, message: "\(id) is not explained",
                hint: "say why it matters, what causes it and how to mend it: it decides verdicts of every test")
        }
    }

    /// Tests, monitors and codes that say less in one language than in the other, and what they lack.
    public var untranslated: [String] {
        let texts =
            tests.map { ($0.id, $0.title, $0.explanation) }
            + (monitors + codes).map { ($0.id, $0.title, $0.explanation) }
        return texts.compactMap { id, title, explanation in
            let size = { (language: String) in
                [
                    "title": title[language, default: ""].isEmpty ? 0 : 1,
                    "why": (explanation[language]?.why ?? "").isEmpty ? 0 : 1,
                    "causes": explanation[language]?.causes.count ?? 0,
                    "fix": explanation[language]?.fixes.count ?? 0,
                ]
            }
            let (english, chinese) = (size("en"), size("zh"))
            let lacking = english.keys.sorted().filter { english[$0] != chinese[$0] || english[$0] == 0 }
            return lacking.isEmpty ? nil : "\(id): \(lacking.joined(separator: ", "))"
        }
    }

    /// Every name that a test uses is known.
    public func check(_ test: TestDefinition) throws(DefinitionError) { try check(test, knownNames) }

    private var knownNames: (ids: Set<String>, values: Set<String>) {
        (Set(requirements.map(\.id)), Set(catalogue.parameters.map(\.id) + catalogue.limits.map(\.id)))
    }

    private func check(
        _ test: TestDefinition, _ known: (ids: Set<String>, values: Set<String>)
    ) throws(DefinitionError) {
        let (ids, names) = known
        for name in TestBinding.names(in: test).subtracting(names).sorted() {
            throw DefinitionError(
                file: test.file, line: 1, column: 1, message: "$\(name) is neither a parameter nor a limit",
                hint: Suggestion.sentence(for: name, in: Array(names)))
        }
        for id in test.applies.items + test.despite + test.checks.flatMap(\.applies.items)
        where catalogue.item(id) == nil {
            throw DefinitionError(
                file: test.file, line: 1, column: 1, message: "applies: there is no item '\(id)'",
                hint: Suggestion.sentence(for: id, in: catalogue.items.map(\.id)))
        }
        for id in test.requirements where !ids.contains(id) {
            throw DefinitionError(
                file: test.file, line: 1, column: 1, message: "requirement '\(id)' is not in the registry",
                hint: Suggestion.sentence(for: id, in: Array(ids)))
        }
    }

    // MARK: Files

    private static func yamlFiles(below folder: URL) -> [URL] {
        let all =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
        return all.filter { $0.pathExtension == "yaml" }.sorted { $0.path < $1.path }
    }

    private static func read(_ file: URL) throws(DefinitionError) -> String {
        do { return try String(contentsOf: file, encoding: .utf8) } catch {
            throw DefinitionError(
                file: file.path, line: 0, column: 0, message: "can't be read: \(error.localizedDescription)",
                hint: "check the path and that the file is UTF-8")
        }
    }

    /// One file of the suite, by its path below the checkout.
    private static func document(_ root: URL, _ file: String, _ hash: inout SHA256) throws(DefinitionError)
        -> (file: String, root: StepArgument)
    {
        let source = try read(root.appending(path: file))
        hash.update(data: Data(source.utf8))
        return (file, try DefinitionLoader.Document(file: file, source: source).parse())
    }

    private static func entries(_ root: URL, _ file: String, _ key: String, _ hash: inout SHA256)
        throws(DefinitionError) -> [StepArgument]
    {
        guard let entries = try document(root, file, &hash).root[key] else {
            throw DefinitionError(file: file, line: 1, column: 1, message: "'\(key)' is missing")
        }
        return entries.elements
    }
}

extension Suite.Requirement {
    init(_ entry: StepArgument) {
        id = entry["id"]?.text ?? ""
        level = entry["level"]?.text ?? ""
        tier = entry["tier"]?.text ?? ""
        evidence = entry["evidence"]?.text ?? ""
        profiles = entry.names("profile")
        text = entry.texts("text")
        rationale = entry.texts("rationale")
        observable = entry["observable"]?.text ?? ""
        mutant = entry["mutant"]?.text ?? ""
        wave = Int(entry["wave"]?.text ?? "") ?? 0
    }
}

extension Suite.Mutant {
    init(_ entry: StepArgument) {
        id = entry["id"]?.text ?? ""
        requirement = entry["requirement"]?.text ?? ""
        fault = entry["fault"]?.text ?? ""
        test = entry["test"]?.text ?? ""
        check = entry["check"]?.text ?? ""
        wave = Int(entry["wave"]?.text ?? "1") ?? 1
    }

    /// `kills:` names each test and its check: `motion/silence-stops#stays-still`.
    fileprivate static func liar(_ entry: StepArgument) -> [Self] {
        (entry["kills"]?.elements ?? []).compactMap(\.text).map { kill in
            let parts = kill.split(separator: "#", maxSplits: 1).map(String.init)
            return Self(
                id: entry["id"]?.text ?? "", requirement: "", fault: entry["fault"]?.text ?? "",
                test: parts.first ?? "",
                check: parts.count > 1 ? parts[1] : "", wave: 3)
        }
    }
}
