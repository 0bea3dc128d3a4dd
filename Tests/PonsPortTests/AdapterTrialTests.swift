import Foundation
import PonsPort
import Testing

/// The traps hold for the template, and catch it where it was made to repair instead of translate.
@Suite struct AdapterTrialTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A text of the template, what stands there instead, and the trap for it.
    private static let repairs: [(String, String, AdapterTrial.Trap)] = [
        ("JOINTS = 4 ", "JOINTS = 5 ", .starts),
        ("enumerate(targets):", "enumerate(targets[1::-1] + targets[2:]):", .ownJoint),
        ("stiffness * (position -", "stiffness * (-position -", .ownJoint),
        ("stiffness * (position -", "stiffness * (0.9 * position -", .handsOn),
        ("stiffness * (position -", "stiffness * (min(position, 2.0) -", .noClamp),
        ("torque = (effort + stiffness *", "torque = (effort + 50 *", .gains),
        ("torque = (effort + stiffness", "torque = (stiffness", .feedForward),
        ("self.velocity[joint] = self.effort[joint] = 0.0", "self.velocity[joint] = 0.0", .letsGo),
        ("struct.pack(\"<qII\", now, 1", "struct.pack(\"<qII\", now + 10**18, 1", .stamps),
        ("struct.pack(\"<qII\", now, 1", "struct.pack(\"<qII\", 10**9, 1", .stamps),
        (
            "drives.move(now, [", "now = __import__(\"time\").monotonic_ns()\n            drives.move(now, [",
            .noClock
        ),
        (
            "\"<4f\", drives.position[joint],",
            "\"<4f\", drives.position[joint] + __import__(\"random\").random() * 1e-4,", .repeatable
        ),
        (
            "elif index >= JOINTS:\n            return False", "elif index >= JOINTS:\n            return True",
            .strangers
        ),
        ("answer = b\"\"", "answer = b\"\"; drives.position[0] = 0.0", .boot),
        ("if version != 1:", "if version == 77:", .version),
        ("        sink.flush()", "        sink.write(b\"ok\\n\")\n        sink.flush()", .silentOutput),
    ]

    /// The traps that caught the Python template with one text replaced.
    private func caught(_ old: String, _ new: String) throws -> [AdapterTrial.Finding] {
        let templates = Self.root.appending(path: "Vendors/templates")
        var manifest = try String(contentsOf: templates.appending(path: "common/manifest.yaml"), encoding: .utf8)
        manifest = manifest.replacingOccurrences(of: "VENDOR", with: "Acme")
            .replacingOccurrences(of: "COMMAND", with: "python3 adapter.py")
        let source = try String(contentsOf: templates.appending(path: "python/adapter.py"), encoding: .utf8)
        try #require(old.isEmpty || source.contains(old), "the template has no '\(old)'")
        let folder = FileManager.default.temporaryDirectory.appending(path: "pons-trial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try source.replacingOccurrences(of: old, with: new)
            .write(to: folder.appending(path: "adapter.py"), atomically: true, encoding: .utf8)
        let trial = AdapterTrial(try PortManifest(parsing: manifest, file: "manifest.yaml"), in: folder)
        return trial.run().filter { $0.problem != nil }
    }

    @Test func `every trap has caught somebody`() {
        #expect(Set(Self.repairs.map(\.2)) == Set(AdapterTrial.Trap.allCases))
    }

    @Test func `the template is caught by nothing`() throws {
        #expect(try caught("", "").isEmpty)
    }

    @Test(arguments: repairs)
    func `an adapter that repairs is caught`(old: String, new: String, trap: AdapterTrial.Trap) throws {
        let findings = try caught(old, new)
        #expect(findings.contains { $0.trap == trap }, "\(findings)")
    }
}
