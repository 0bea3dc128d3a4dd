import ArgumentParser
import ConformDriver
import ConformJudge
import Foundation

/// Where the suite is, and which part of it.
struct SuiteOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Checkout with the suite; by default the nearest above this folder.", valueName: "dir"))
    var suite: String?

    func load() throws -> Suite {
        do throws(DefinitionError) { return try Suite(root: try Suite.locate(suite)) } catch {
            throw Failure(error.description, code: .usage)
        }
    }
}

/// Which tests: ids, requirement ids, or patterns with `*`.
struct SelectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only these tests: id, requirement or pattern with *; repeatable.", valueName: "name"))
    var only: [String] = []

    @Option(help: ArgumentHelp("All but these tests; repeatable.", valueName: "name"))
    var skip: [String] = []

    /// - Parameter kind: of the product under test; all kinds without it.
    func select(from suite: Suite, for kind: TestDefinition.Target? = nil) throws -> [TestDefinition] {
        var tests = kind.map(suite.tests(for:)) ?? suite.tests
        if !only.isEmpty {
            tests = try tests.filter { test in try only.contains { try Self.matches(test, $0, suite) } }
        }
        for name in only + skip { _ = try Self.check(name, suite) }
        tests = tests.filter { test in !skip.contains { Self.isMatch(test, $0) } }
        guard !tests.isEmpty else {
            throw Failure(
                "nothing to judge: the selection leaves no test\(kind.map { " for a \($0.rawValue)" } ?? "")",
                hint: "conform list tests shows all", code: .usage)
        }
        return tests
    }

    private static func matches(_ test: TestDefinition, _ name: String, _ suite: Suite) throws -> Bool {
        try check(name, suite)
        return isMatch(test, name)
    }

    private static func check(_ name: String, _ suite: Suite) throws {
        if suite.tests.contains(where: { isMatch($0, name) }) { return }
        let names = suite.tests.map(\.id) + suite.tests.flatMap(\.requirements)
        if let exclusion = suite.exclusions[name] {
            throw Failure(
                "requirement \(name) has no test: \(exclusion.text())", hint: "conform trace shows what is covered",
                code: .usage)
        }
        throw Failure("no test '\(name)'", hint: Suggestion.sentence(for: name, in: names), code: .usage)
    }

    private static func isMatch(_ test: TestDefinition, _ name: String) -> Bool {
        ([test.id] + test.requirements).contains { $0 == name || fits($0, name) }
    }

    /// Whether a text fits a pattern with `*`.
    private static func fits(_ text: String, _ pattern: String) -> Bool {
        guard pattern.contains("*") else { return false }
        let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        var rest = Substring(text)
        for (index, piece) in pieces.enumerated() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece), index > 0 || range.lowerBound == rest.startIndex else {
                return false
            }
            rest = rest[range.upperBound...]
        }
        return pattern.hasSuffix("*") || rest.isEmpty
    }
}

/// Documented exit codes.
enum ExitStatus: Int32 {
    case passed = 0, failed = 1, usage = 2, inconclusive = 3, harness = 4, robotLost = 5, safetyAbort = 6
    /// `verify` alone: what was published is not what was recorded.
    case mismatch = 8
    case interrupted = 130
}

/// An end with a message for a person and a documented code.
struct Failure: Error, CustomStringConvertible {
    let message: String
    let hint: String
    let status: ExitStatus

    init(_ message: String, hint: String = "", code: ExitStatus) {
        self.message = message
        self.hint = hint
        status = code
    }

    var description: String { hint.isEmpty ? message : "\(message)\n  \(hint)" }

    /// Says it on standard error and ends with the code.
    func exit() -> Never {
        FileHandle.standardError.write(Data("conform: \(description)\n".utf8))
        Foundation.exit(status.rawValue)
    }

    /// Runs a command's body; every failure ends with its message and code.
    static func guarded(_ body: () throws -> Void) throws {
        do { try body() } catch let failure as Failure { failure.exit() }
    }
}
