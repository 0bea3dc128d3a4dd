public import ConformJudge
import Foundation
public import PonsMessages

/// `ics.yaml`: the implementation conformance statement of a product, as its vendor fills it in.
public enum StatementFile {
    /// Reads a statement; every name must be an item, every answer yes, no, ask or a value.
    public static func read(_ source: String, file: String, _ catalogue: Catalogue) throws(DefinitionError)
        -> ConformanceStatement
    {
        let document = DefinitionLoader.Document(file: file, source: source)
        let root = try document.parse()
        try document.check(keys: root, allowed: ["schema", "product", "spec", "claims", "items"])
        guard root["schema"]?.text == "pons.ics/1" else {
            throw document.error(root["schema"] ?? root, "schema must be pons.ics/1", "conform init writes one")
        }
        var statement = ConformanceStatement(digest: Digest.text(of: source))
        for entry in root["product"]?.entries ?? [] { statement.product[entry.key] = entry.value.text ?? "" }
        for claim in root["claims"]?.elements ?? [] {
            try check(claim, catalogue, document)
            statement.claims.append(claim.text ?? "")
        }
        for entry in root["items"]?.entries ?? [] {
            guard let item = catalogue.item(entry.key) else {
                throw document.error(
                    entry.value, "there is no item '\(entry.key)'",
                    Suggestion.sentence(for: entry.key, in: catalogue.items.map(\.id)))
            }
            statement.answers[item.id] = try answer(entry.value, item, document)
        }
        return statement
    }

    private static func check(
        _ claim: StepArgument, _ catalogue: Catalogue, _ document: DefinitionLoader.Document
    ) throws(DefinitionError) {
        let parts = (claim.text ?? "").split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let id = parts.first, catalogue.profile(id) != nil else {
            throw document.error(
                claim, "'\(claim.text ?? "")' is no profile",
                Suggestion.sentence(for: parts.first ?? "", in: catalogue.profiles.map(\.id)))
        }
        guard parts.count < 2 || AssuranceLevel(rawValue: parts[1]) != nil else {
            throw document.error(claim, "'\(parts[1])' is no level", "use L0, L1, L2 or L3")
        }
    }

    private static func answer(
        _ argument: StepArgument, _ item: StatementItem, _ document: DefinitionLoader.Document
    ) throws(DefinitionError) -> Answer {
        if argument.text == "ask" { return .ask }
        if let flag = argument.flag {
            if item.field != nil && flag { throw document.error(argument, "\(item.id) needs a value, or no") }
            return flag ? .yes : .no
        }
        guard item.field != nil else { throw document.error(argument, "\(item.id) must be yes, no or ask") }
        do throws(Formula.Failure) { return .value(try Formula.value(of: argument.text ?? "") { _ in nil }) } catch {
            throw document.error(argument, "\(item.id): \(error.message)", "a value is written like 50 ms or 200 Hz")
        }
    }

    /// A statement with what the robot shows of itself; what nothing shows is left as `ask`.
    public static func template(_ catalogue: Catalogue, _ descriptor: Descriptor) -> String {
        let shown = catalogue.discovered(from: descriptor)
        let claims = catalogue.profiles.filter { profile in
            !profile.isBundle && profile.id != "BRAIN" && catalogue.missing(for: profile.id, in: shown).isEmpty
        }
        var lines = [
            "# Implementation conformance statement: what this product has (conform explain ITEM says more).",
            "# Written by conform init from what the robot shows of itself. Answer every 'ask' with yes or no.",
            "schema: pons.ics/1",
            "product:",
            "  vendor: \(quoted(descriptor.vendor))", "  model: \(quoted(descriptor.model))",
            "  hardware: \(quoted(descriptor.hardwareVersion))", "  firmware: \(quoted(descriptor.firmwareVersion))",
            "spec: '1.0-draft'",
            "# Profiles whose items the robot shows. A place to work in may stand for several: industrial, commercial, consumer.",
            "claims: [\(claims.map(\.id).joined(separator: ", "))]",
            "items:",
        ]
        for item in catalogue.items {
            let answer = shown.answer(item.id)
            let note = answer == .ask ? "  # not visible on the wire: yes or no?" : ""
            lines.append("  # \(item.text["en"] ?? "")")
            lines.append("  \(item.id): \(answer.text)\(note)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func quoted(_ text: String) -> String { "'\(text.replacingOccurrences(of: "'", with: "''"))'" }
}
