import ConformDriver
import Foundation

/// What runs of the unbroken products came to, one line a run: what would take hours can be stopped, and goes on where it stood.
///
/// A line counts for the program and the suite that wrote it and for no other. What failed stays: it is not played again.
final class RunJournal: @unchecked Sendable {
    /// What a run came to.
    struct Outcome: Codable, Sendable {
        /// What did not pass; absent where everything did.
        var failure: String?
        /// How long the robots thought it took.
        var virtualSeconds: Double
        /// What it took of one core.
        var processorSeconds = 0.0
    }

    private struct Line: Codable {
        /// SHA-256 of the executable, hex.
        var program: String
        /// SHA-256 of the suite, hex.
        var suite: String
        var seed: Int
        /// The legal variant of the robot that was played.
        var variant: String?
        var outcome: Outcome
    }

    private struct Key: Hashable {
        var seed: Int
        var variant: String?
    }

    private let lock = NSLock()
    private let file: FileHandle
    private let program: String
    private let suite: String
    private var outcomes: [Key: Outcome] = [:]

    /// - Throws: ``Failure`` where the file can't be opened, or has a line that is none of a journal's.
    init(_ path: String, suiteDigest: String) throws {
        program = Digest.text(of: try Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped))
        suite = suiteDigest
        let files = FileManager.default
        guard files.fileExists(atPath: path) || files.createFile(atPath: path, contents: nil),
            let file = FileHandle(forUpdatingAtPath: path)
        else {
            throw Failure(
                "can't write the journal \(path)", hint: "check that its folder exists and is yours", code: .harness)
        }
        self.file = file
        let text = try file.readToEnd() ?? Data()
        for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let line = try? JSONDecoder().decode(Line.self, from: line) else {
                // The last line of a process that was killed may be half a line: only such a one is without an end.
                if index > 0, text.last != UInt8(ascii: "\n"), text.hasSuffix(line) {
                    try file.truncate(atOffset: UInt64(text.count - line.count))
                    break
                }
                throw Failure(
                    "\(path):\(index + 1) is no line of a journal", hint: "name another file with --journal",
                    code: .usage)
            }
            guard line.program == program, line.suite == suite else { continue }
            outcomes[Key(seed: line.seed, variant: line.variant)] = line.outcome
        }
        try file.seekToEnd()
    }

    /// How many runs of this program and suite it knew when it was opened or has noted since.
    var count: Int { lock.withLock { outcomes.count } }

    /// What is known of a run; `nil` where it was not played yet.
    func outcome(seed: Int, variant: String?) -> Outcome? {
        lock.withLock { outcomes[Key(seed: seed, variant: variant)] }
    }

    /// Notes a run, at once and whole.
    func note(_ outcome: Outcome, seed: Int, variant: String?) {
        let line = Line(program: program, suite: suite, seed: seed, variant: variant, outcome: outcome)
        lock.withLock {
            outcomes[Key(seed: seed, variant: variant)] = outcome
            guard let data = try? JSONEncoder().encode(line) else { return }
            try? file.write(contentsOf: data + [UInt8(ascii: "\n")])
        }
    }
}

extension Data {
    fileprivate func hasSuffix(_ other: Data) -> Bool { count >= other.count && suffix(other.count) == other }
}
