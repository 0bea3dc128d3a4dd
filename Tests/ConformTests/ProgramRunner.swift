import Foundation
import Testing

/// Tests of the built programs, one at a time: some of them live in real time, and there are two cores.
@Suite(.serialized) enum ProgramTests {}

/// A suite that starts the built programs, as a user does.
protocol ProgramRunner {}

/// How a program ended, and what it said.
struct ProgramOutcome {
    let status: Int32
    let output: String
    let errors: String
}

/// Holds the folders of all tests; gone when the tests have run.
private let scratch: URL = {
    atexit { try? FileManager.default.removeItem(at: scratch) }
    return FileManager.default.temporaryDirectory.appending(path: "pons-test-\(UUID().uuidString.prefix(8))")
}()

extension ProgramRunner {
    /// Where nothing is.
    static var nowhere: String { scratch.appending(path: "nobody").path }

    static var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    /// Where the built programs lie.
    static var products: URL {
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?.deletingLastPathComponent()
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    }

    /// A new folder.
    func folder() throws -> URL {
        let url = scratch.appending(path: String(UUID().uuidString.prefix(8)))
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// Starts a program in the checkout; what it says goes to `out.txt` and `err.txt` of the folder.
    func start(_ program: String, _ arguments: [String], _ folder: URL) throws -> Process {
        let process = Process()
        process.executableURL = Self.products.appending(path: program)
        process.arguments = arguments
        process.currentDirectoryURL = Self.root
        process.standardInput = FileHandle.nullDevice
        for (name, set) in [("out.txt", true), ("err.txt", false)] {
            let file = folder.appending(path: name)
            try Data().write(to: file)
            let handle = try FileHandle(forWritingTo: file)
            if set { process.standardOutput = handle } else { process.standardError = handle }
        }
        try process.run()
        return process
    }

    /// Ends a child at once: children of a test runner may have SIGTERM blocked.
    func stop(_ process: Process) {
        guard process.isRunning, process.processIdentifier > 0 else { return }
        kill(process.processIdentifier, SIGKILL)
    }

    /// Runs `conform` to its end.
    func conform(_ arguments: [String], in folder: URL? = nil) throws -> ProgramOutcome {
        let folder = try folder ?? self.folder()
        let process = try start("conform", arguments, folder)
        process.waitUntilExit()
        return ProgramOutcome(
            status: process.terminationStatus,
            output: try String(contentsOf: folder.appending(path: "out.txt"), encoding: .utf8),
            errors: try String(contentsOf: folder.appending(path: "err.txt"), encoding: .utf8))
    }

    /// Returns when a file or socket is there, or after four seconds.
    func awaitFile(_ path: String) {
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: path) { usleep(20_000) }
    }

    /// Where a robot that was just started says that it listens.
    func address(of folder: URL) throws -> String {
        for _ in 0..<200 {
            usleep(20_000)
            let line = try String(contentsOf: folder.appending(path: "out.txt"), encoding: .utf8)
            if let range = line.firstRange(of: "listening on ") {
                return line[range.upperBound...].split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            }
        }
        return ""
    }
}
