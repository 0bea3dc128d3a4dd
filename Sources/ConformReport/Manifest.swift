import ConformDriver
public import Foundation

/// `manifest.json`: size and SHA-256 of every file of a run, schema `pons.manifest/1`. What a signature is over.
public struct Manifest: Codable, Equatable, Sendable {
    public struct Entry: Codable, Equatable, Sendable {
        public var name: String
        public var bytes: Int
        public var sha256: String
    }

    public static let name = "manifest.json"
    /// What a run writes. Other files of the folder are nobody's evidence.
    public static let written = ["junit.xml", "recording.mcap", "report.html", "result.json"]

    public var schema = "pons.manifest/1"
    public var suiteDigest: String
    public var files: [Entry]

    /// The files of a run as they are now. Cost: reads all of them.
    public init(of folder: URL, suiteDigest: String) throws {
        self.suiteDigest = suiteDigest
        files = try Self.written.map { name in
            let data = try Data(contentsOf: folder.appending(path: name))
            return Entry(name: name, bytes: data.count, sha256: Digest.text(of: data))
        }
    }

    public init(reading data: Data) throws { self = try JSONDecoder().decode(Manifest.self, from: data) }

    public func data() throws -> Data {
        try JSONReport.data(self)
    }

    /// What a folder lacks of what the manifest says, or has otherwise.
    public func problems(in folder: URL) -> [String] {
        var problems = Self.written.filter { name in !files.contains { $0.name == name } }.map {
            "the manifest doesn't name \($0)"
        }
        for file in files {
            guard let data = try? Data(contentsOf: folder.appending(path: file.name)) else {
                problems.append("\(file.name) is missing")
                continue
            }
            if data.count != file.bytes || Digest.text(of: data) != file.sha256 {
                problems.append("\(file.name) was changed after the run")
            }
        }
        return problems
    }
}
