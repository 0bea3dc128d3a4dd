import ConformDriver
import ConformReport
import Foundation

/// The folder that receives a run. Evidence is appended test by test; reports are written at the end.
final class OutputFolder {
    private let url: URL
    private let language: Language
    private let recorder: EvidenceRecorder

    init(_ path: String, language: Language, schemaSet: [UInt8]) throws {
        self.language = language
        url = URL(fileURLWithPath: path)
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            recorder = try EvidenceRecorder(url: url.appending(path: "recording.mcap"), schemaSet: schemaSet)
        } catch {
            throw Failure(
                "can't write to \(path): \(error.localizedDescription)",
                hint: "check that the folder exists, is yours and has room, or name another with --out", code: .harness)
        }
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func record(_ plan: RunPlan) throws { try recorder.record(plan.binding) }

    func record(testerDelayNs: Int64) throws { try recorder.record(testerDelayNs: testerDelayNs) }

    func record(_ play: Runner.Play) throws { try recorder.record(play) }

    func finish(_ report: RunReport) throws {
        try JSONReport.data(report).write(to: url.appending(path: "result.json"))
        try render(report)
        try recorder.finish()
        let manifest = try Manifest(of: url, suiteDigest: report.tool.suiteDigest)
        try manifest.data().write(to: url.appending(path: Manifest.name))
    }

    private func render(_ report: RunReport) throws { try Rendering.write(report, in: language, to: url) }
}

/// The rendered forms of a result.
enum Rendering {
    static func write(_ report: RunReport, in language: Language, to folder: URL) throws {
        try Data(HTMLReport.html(report, language: language).utf8).write(to: folder.appending(path: "report.html"))
        try Data(JUnitReport.xml(report).utf8).write(to: folder.appending(path: "junit.xml"))
    }
}
