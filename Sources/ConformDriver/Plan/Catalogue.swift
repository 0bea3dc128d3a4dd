public import ConformJudge

/// What a product can be asked before it is tested: items of the statement (ICS), parameters (IXIT), profiles, limits.
public struct Catalogue: Sendable {
    /// A limit that bundles may tighten; smaller is stricter for every one of them.
    public struct Limit: Sendable {
        public let id: String
        public let value: String
        public let text: [String: String]
    }

    public let items: [StatementItem]
    public let parameters: [TestParameter]
    public let profiles: [Profile]
    public let limits: [Limit]

    init(
        statement: (file: String, root: StepArgument), parameters: (file: String, root: StepArgument),
        profiles: (file: String, root: StepArgument)
    ) throws(DefinitionError) {
        items = try Self.list(statement, "items").map(StatementItem.init)
        self.parameters = try Self.list(parameters, "parameters").map { entry throws(DefinitionError) in
            try TestParameter(entry, parameters.file)
        }
        self.profiles =
            try Self.list(profiles, "profiles").map { Profile($0, isBundle: false) }
            + Self.list(profiles, "bundles").map { Profile($0, isBundle: true) }
        limits = try Self.list(profiles, "limits").map {
            Limit(id: $0["id"]?.text ?? "", value: $0["value"]?.text ?? "", text: $0.texts("text"))
        }
        try check(statement.file, profiles.file)
    }

    public func item(_ id: String) -> StatementItem? { items.first { $0.id == id } }

    public func profile(_ id: String) -> Profile? { profiles.first { $0.id == id } }

    /// Profiles that a claim stands for, with all that come with them: `industrial/L1` is CORE, TASK and MOTION.
    public func profiles(of claims: [String]) -> Set<String> {
        var result: Set<String> = []
        var open = claims.map { String($0.prefix { $0 != "/" }) }
        while let id = open.popLast() {
            guard let profile = profile(id), result.insert(id).inserted else { continue }
            open += profile.includes
        }
        return result
    }

    /// The value of every limit: of all bundles claimed, the strictest.
    public func limits(of claims: [String]) -> [String: String] {
        var result: [String: String] = [:]
        let bundles = profiles(of: claims).compactMap(profile).filter(\.isBundle)
        for limit in limits {
            let values = [limit.value] + bundles.compactMap { $0.limits[limit.id] }
            result[limit.id] = values.min { Self.number($0) < Self.number($1) }
        }
        return result
    }

    static func number(_ text: String) -> Double { (try? Formula.value(of: text) { _ in nil })?.value ?? .nan }

    // MARK: Reading

    private static func list(
        _ document: (file: String, root: StepArgument), _ key: String
    ) throws(DefinitionError) -> [StepArgument] {
        guard let entries = document.root[key] else {
            throw DefinitionError(file: document.file, line: 1, column: 1, message: "'\(key)' is missing")
        }
        return entries.elements
    }

    /// Every name is known, and no bundle is looser than the limit of the spec.
    private func check(_ statementFile: String, _ profilesFile: String) throws(DefinitionError) {
        func known(_ names: [String], in all: [String], _ file: String, _ what: String) throws(DefinitionError) {
            for name in names where !all.contains(name) {
                throw DefinitionError(
                    file: file, line: 1, column: 1, message: "\(what) names '\(name)', which there isn't",
                    hint: Suggestion.sentence(for: name, in: all))
            }
        }
        let ids = items.map(\.id)
        for item in items {
            try known(item.mandatoryFor, in: profiles.map(\.id), statementFile, item.id)
            try known(item.requires + item.excludes, in: ids, statementFile, item.id)
            try known(item.steps, in: StepVocabulary.steps.map(\.name), statementFile, item.id)
        }
        for profile in profiles {
            try known(profile.includes, in: profiles.map(\.id), profilesFile, profile.id)
            try known(Array(profile.limits.keys), in: limits.map(\.id), profilesFile, profile.id)
            for limit in limits {
                guard let value = profile.limits[limit.id] else { continue }
                if !(Self.number(value) <= Self.number(limit.value)) {
                    throw DefinitionError(
                        file: profilesFile, line: 1, column: 1,
                        message: "\(profile.id) relaxes \(limit.id): \(value) is more than \(limit.value)",
                        hint: "a bundle may only be stricter")
                }
            }
        }
    }
}

extension StepArgument {
    /// `{en: …, zh: …}`
    func texts(_ key: String) -> [String: String] {
        Dictionary((self[key]?.entries ?? []).map { ($0.key, $0.value.text ?? "") }, uniquingKeysWith: { $1 })
    }

    func names(_ key: String) -> [String] { (self[key]?.elements ?? []).compactMap(\.text) }
}

extension StatementItem {
    init(_ entry: StepArgument) {
        self.init(
            id: entry["id"]?.text ?? "", text: entry.texts("text"), shownBy: entry["shown_by"],
            field: entry["field"]?.text, mandatoryFor: entry.names("mandatory_for"),
            requires: entry.names("requires"), excludes: entry.names("excludes"),
            steps: entry["needed_by"]?.names("steps") ?? [], messages: entry["needed_by"]?.names("messages") ?? [])
    }
}

extension Profile {
    init(_ entry: StepArgument, isBundle: Bool) {
        let limits = (entry["limits"]?.entries ?? []).map { ($0.key, $0.value.text ?? "") }
        self.init(
            id: entry["id"]?.text ?? "", text: entry.texts("text"), includes: entry.names("includes"),
            limits: Dictionary(limits, uniquingKeysWith: { $1 }), isBundle: isBundle)
    }
}
