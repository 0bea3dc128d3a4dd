import Foundation
import Testing

/// Whole outputs, kept as files: what the judge says may change on purpose only. `PONS_WRITE_GOLDEN=1` writes them anew.
enum Golden {
    static func expect(_ lines: [String], _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
        let text = lines.map { $0 + "\n" }.joined()
        if ProcessInfo.processInfo.environment["PONS_WRITE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: file)
            return
        }
        let kept = try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let now = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in now.enumerated() where index >= kept.count || kept[index] != line {
            Issue.record(
                "\(name).txt:\(index + 1)\nwas \(index < kept.count ? String(kept[index]) : "nothing")\nis  \(line)",
                sourceLocation: sourceLocation)
        }
        #expect(kept.count == now.count, "\(name).txt", sourceLocation: sourceLocation)
    }
}
