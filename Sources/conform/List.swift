import ArgumentParser
import ConformDriver
import ConformJudge
import Foundation
import PonsSimulator

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Lists tests, requirements, mutants, variants, profiles, items of a statement, parameters or reason codes.",
        discussion: """
            EXAMPLES
              conform list tests
              conform list requirements --json
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case tests, requirements, mutants, variants, profiles, items, parameters, codes, schema
    }

    @Argument(
        help: "tests, requirements, mutants, variants, profiles, items, parameters, codes, or the JSON schema of tests."
    )
    var kind: Kind

    @OptionGroup var suite: SuiteOptions

    @Flag(help: "As JSON.")
    var json = false

    func run() throws {
        try Failure.guarded {
            if kind == .schema { return print(try VocabularySchema.json()) }
            let rows = rows(try suite.load())
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(rows), as: UTF8.self))
            } else {
                let width = (rows.map { $0["id"]?.count ?? 0 }.max() ?? 0) + 2
                for row in rows {
                    let id = row["id"] ?? ""
                    print(id + String(repeating: " ", count: width - id.count) + (row["text"] ?? ""))
                }
            }
        }
    }

    private func rows(_ suite: Suite) -> [[String: String]] {
        switch kind {
        case .tests:
            suite.tests.map {
                ["id": $0.id, "text": "\($0.requirements.joined(separator: ",")) \($0.title["en"] ?? "")"]
            }
        case .requirements:
            suite.requirements.map { ["id": $0.id, "level": $0.level, "text": $0.text["en"] ?? ""] }
        case .mutants:
            suite.mutants.map { ["id": $0.id, "test": $0.test, "text": "\($0.fault) (killed by \($0.test))"] }
                + suite.quietLiars.map { liar in
                    let tests = liar.map(\.test)
                    return [
                        "id": liar[0].id, "test": tests.joined(separator: ", "),
                        "text": "\(liar[0].fault) (noticed by \(tests.count) tests; conform explain \(liar[0].id))",
                    ]
                }
        case .variants: RobotVariant.allCases.map { ["id": $0.rawValue, "text": $0.text] }
        case .profiles:
            suite.catalogue.profiles.map { profile in
                let limits = profile.limits.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                let with = (profile.includes + limits).joined(separator: ", ")
                return [
                    "id": profile.id, "text": "\(profile.text["en"] ?? "")\(with.isEmpty ? "" : " (with \(with))")",
                ]
            }
        case .items: suite.catalogue.items.map { ["id": $0.id, "text": $0.text["en"] ?? ""] }
        case .parameters: suite.catalogue.parameters.map { ["id": $0.id, "text": $0.text["en"] ?? ""] }
        case .schema: []
        case .codes: suite.codes.map { ["id": $0.id, "text": $0.advice()] }
        }
    }
}
