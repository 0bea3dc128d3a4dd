import ArgumentParser
import ConformDriver
import ConformJudge
import Foundation

struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks files that people write: tests, statements, parameters.",
        discussion: """
            EXAMPLES
              conform lint ics.yaml ixit.yaml
              conform lint my-tests/*.yaml
              conform lint                                  the whole suite of this checkout

            Each file is known by its first line: schema: pons.test/1, pons.ics/1 or pons.ixit/1.

            EXIT CODES
              0 all in order    2 something is wrong: file, line, what, and how to mend it
            """)

    @Argument(help: "Files to check.")
    var files: [String] = []

    @OptionGroup var suite: SuiteOptions

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            if files.isEmpty {
                print(
                    "\(suite.tests.count) tests, \(suite.mutants.count) mutants, \(suite.requirements.count) requirements in order"
                )
                return
            }
            var problems = 0
            for file in files {
                do throws(DefinitionError) { print("ok  \(file): \(try check(file, suite))") } catch {
                    problems += 1
                    print(error.description)
                }
            }
            if problems > 0 { throw Failure("\(problems) of \(files.count) files are wrong", code: .usage) }
        }
    }

    private func check(_ file: String, _ suite: Suite) throws(DefinitionError) -> String {
        let source: String
        do { source = try String(contentsOfFile: file, encoding: .utf8) } catch {
            throw DefinitionError(
                file: file, line: 0, column: 0, message: "can't be read: \(error.localizedDescription)",
                hint: "check the path and that the file is UTF-8")
        }
        switch try DefinitionLoader.schema(file: file, source: source) {
        case "pons.ics/1":
            let statement = try StatementFile.read(source, file: file, suite.catalogue)
            let profiles = suite.catalogue.profiles(of: statement.claims)
            let problems = statement.problems(suite.catalogue.items, profiles: profiles, isComplete: false)
            guard problems.isEmpty else {
                throw DefinitionError(
                    file: file, line: 1, column: 1, message: problems.joined(separator: "; "),
                    hint: "mend the statement, or claim less")
            }
            let open = statement.problems(suite.catalogue.items, profiles: profiles, isComplete: true).count
            return "a statement of \(statement.answers.count) items, \(open) open"
        case "pons.ixit/1":
            return "\(try ParameterFile.read(source, file: file, suite.catalogue).chosen.count) parameters"
        default:
            let test = try DefinitionLoader.test(file: file, source: source)
            try suite.check(test)
            return "test \(test.id), \(test.checks.count) checks"
        }
    }
}
