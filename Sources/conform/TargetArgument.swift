import ConformDriver
import Foundation
import PonsRobot
import PonsTransport

/// What is tested: `tcp://…`, `udp://…`, `unix:…` or `sim:MODEL[?mutant=ID]`.
struct TargetArgument {
    let text: String
    let endpoint: Endpoint?
    let fault: Fault?
    var isSimulator: Bool { endpoint == nil }

    static let models = ["humanoid"]

    init(_ text: String) throws {
        self.text = text
        guard text.hasPrefix("sim:") else {
            do throws(Endpoint.Malformed) { endpoint = try Endpoint(text) } catch {
                throw Failure(error.description, hint: "conform check --help has examples", code: .usage)
            }
            fault = nil
            return
        }
        endpoint = nil
        let parts = text.dropFirst("sim:".count).split(separator: "?", maxSplits: 1).map(String.init)
        guard let model = parts.first, Self.models.contains(model) else {
            let name = parts.first ?? ""
            throw Failure(
                "no simulated robot '\(name)'", hint: Suggestion.sentence(for: name, in: Self.models), code: .usage)
        }
        fault = try parts.count == 2 ? Self.fault(parts[1], model) : nil
    }

    private static func fault(_ query: String, _ model: String) throws -> Fault {
        let pair = query.split(separator: "=", maxSplits: 1).map(String.init)
        guard pair.count == 2, pair[0] == "mutant" else {
            throw Failure("'?\(query)' is not understood", hint: "use sim:\(model)?mutant=ID", code: .usage)
        }
        guard let fault = Fault(rawValue: pair[1]) else {
            let names = Fault.allCases.map(\.rawValue)
            throw Failure("no mutant '\(pair[1])'", hint: Suggestion.sentence(for: pair[1], in: names), code: .usage)
        }
        return fault
    }
}

/// The reference robot as a child process, listening on a port of its own.
final class SimulatorProcess {
    private let process = Process()
    let endpoint: Endpoint

    init(fault: Fault?, seed: UInt64) throws {
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "pons-sim")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Failure(
                "pons-sim is not beside conform", hint: "build it: swift build -c release --product pons-sim",
                code: .harness)
        }
        let port = Pipe()
        process.executableURL = program
        process.arguments =
            ["--listen", "tcp://127.0.0.1:0", "--seed", "\(seed)", "--until-parent-exits"]
            + (fault.map { ["--mutant", $0.rawValue] } ?? [])
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = port
        try process.run()
        let line = String(decoding: port.fileHandleForReading.availableData, as: UTF8.self)
        guard let range = line.firstRange(of: "tcp://"),
            let endpoint = try? Endpoint(line[range.lowerBound...].trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw Failure("pons-sim did not start: \(line)", code: .harness) }
        self.endpoint = endpoint
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        for _ in 0..<100 where process.isRunning { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}
