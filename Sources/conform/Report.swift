import ArgumentParser
import ConformReport
import Foundation

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Renders a result again: report.html and junit.xml from result.json.",
        discussion: """
            EXAMPLES
              conform report out/result.json --out pages
              conform report out/result.json --lang zh      in Chinese first; the page has both
            """)

    @Argument(help: "A result.json that conform check has written.")
    var result: String

    @Option(help: ArgumentHelp("Folder for the pages; beside the result by default.", valueName: "dir"))
    var out: String?

    @OptionGroup var options: LanguageOptions

    func run() throws {
        try Failure.guarded {
            let file = URL(fileURLWithPath: result)
            let report: RunReport
            do { report = try JSONReport.report(from: Data(contentsOf: file)) } catch let error as DecodingError {
                throw Failure(
                    "\(result) is no result of conform: \(error)", hint: "its schema must be pons.result/1",
                    code: .usage)
            } catch {
                throw Failure("can't read \(result): \(error.localizedDescription)", code: .usage)
            }
            let folder = out.map { URL(fileURLWithPath: $0) } ?? file.deletingLastPathComponent()
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Rendering.write(report, in: options.language, to: folder)
            } catch { throw Failure("can't write to \(folder.path): \(error.localizedDescription)", code: .harness) }
            print(folder.appending(path: "report.html").path)
        }
    }
}
