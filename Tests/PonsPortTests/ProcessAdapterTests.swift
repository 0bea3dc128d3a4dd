import Foundation
import PonsMessages
import PonsPort
import PonsRobot
import PonsSafety
import Testing

/// Adapters that are programs: the ones that don't behave are named with what they did.
@Suite struct ProcessAdapterTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A manifest of the template with another command.
    private func manifest(_ command: String?) throws -> PortManifest {
        var text = try String(
            contentsOf: Self.root.appending(path: "Vendors/templates/common/manifest.yaml"), encoding: .utf8)
        text = text.replacingOccurrences(of: "VENDOR", with: "Acme")
        text = text.replacingOccurrences(
            of: "command: COMMAND", with: command.map { "command: '\($0)'" } ?? "")
        return try PortManifest(parsing: text, file: "manifest.yaml")
    }

    private func start(_ command: String?) throws -> ProcessAdapter {
        let folder = Self.root.appending(path: "Vendors/templates/python")
        return try ProcessAdapter(try manifest(command), in: folder, isLab: false)
    }

    @Test(
        arguments: [
            (nil, "has no command"), ("no-such-program-here", "has ended with status 127"),
            ("true", "has ended with status 0 at start"), ("echo Hello, I am an adapter", "Does it print to standard"),
            ("printf \"\\4\\0\\0\\0\\1\\0\\1\\0\\7\\0\\0\\0\"", "has 7 joints, the manifest 4"),
            ("printf \"\\4\\0\\0\\0\\1\\0\\2\\0\\4\\0\\0\\0\"", "version 2"),
            ("printf \"\\377\\377\\377\\377\\1\\0\\1\\0\"", "4294967295 bytes"),
        ] as [(String?, String)])
    func `a program that is no adapter is told so`(command: String?, message: String) throws {
        let error = #expect(throws: ProgramFailure.self) { try start(command) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func `the template moves as it is told, and takes injections`() throws {
        var adapter = try start("python3 adapter.py")
        var command = ActuatorCommand(jointCount: 4)
        command.permission = .run
        command.position[1] = 0.4
        for cycle in 1...600 { adapter.advance(to: Int64(cycle) * 1_000_000, command) }
        #expect(abs(adapter.measurement.position[1] - 0.4) < 0.02)
        #expect(adapter.measurement.captureNs == 600_000_000)
        var injection = InjectRequest()
        (injection.kind, injection.index, injection.value) = (.temperature, 2, 81)
        let isTaken = adapter.inject(injection, at: 600_000_000)
        injection.index = 9
        let isStrangerTaken = adapter.inject(injection, at: 600_000_000)
        #expect(isTaken && !isStrangerTaken)
        adapter.advance(to: 601_000_000, command)
        #expect(adapter.measurement.temperature[2] == 81)
    }

    /// It answers START rightly, for it has as many joints as it is told, and every CYCLE with an echo.
    @Test func `a program that answers nonsense is asked no more, and its measurement grows old`() throws {
        var adapter = try start("cat")
        let command = ActuatorCommand(jointCount: 4)
        for cycle in 1...5 { adapter.advance(to: Int64(cycle) * 1_000_000, command) }
        #expect(adapter.measurement.captureNs == 0)
    }
}
