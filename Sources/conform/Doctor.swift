import ArgumentParser
import ConformDoctor
import ConformDriver
import Foundation
import PonsRecording
import PonsSecurity
import PonsTransport

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks at the set-up before anything is tested: address, certificates, computer, state of the robot.",
        discussion: """
            EXAMPLES
              conform doctor tls://192.168.1.20:7447 --keys keys
              conform doctor "codec:python3 my_codec.py"
              conform doctor                                        this computer and the suite alone

            It never says anything about conformance, and it changes nothing: it opens a session as an observer,
            reads what the robot says of itself and how it stands, and leaves. Each finding has a code and, where
            something is wrong, what to try.

            EXIT CODES
              0 nothing stands in the way    2 something does
            """)

    @Argument(help: "Where the product is, as for conform check; without it only this computer is looked at.")
    var target: String?

    @Option(help: ArgumentHelp("Folder with the certificates to show on tls://.", valueName: "dir"))
    var keys: String?

    @Option(help: ArgumentHelp("Folder the report would be written to.", valueName: "dir"))
    var out = "out"

    @Option(help: ArgumentHelp("Checkout with the suite; by default the nearest above this folder.", valueName: "dir"))
    var suite: String?

    @Flag(help: "Print the findings as JSON and nothing else.")
    var json = false

    func run() throws {
        var findings = examineSuite() + HostDoctor.examine(output: URL(fileURLWithPath: out))
        if let target { findings += try examine(target) }
        if json { print(Self.json(findings)) } else { show(findings) }
        if findings.contains(where: { $0.severity == .fault }) { Foundation.exit(ExitStatus.usage.rawValue) }
    }

    private func examineSuite() -> [Finding] {
        do throws(DefinitionError) {
            let suite = try Suite(root: try Suite.locate(suite))
            guard !suite.schemaSet().isEmpty else {
                return [
                    .fault(
                        "SUITE-SCHEMA", "Spec/v1/pons-v1.binpb is missing from the checkout",
                        fix: "git checkout brings it back")
                ]
            }
            return [.ok("SUITE", "\(suite.tests.count) tests, sha256:\(suite.digest.prefix(8))…")]
        } catch {
            return [.fault("SUITE", error.description, fix: "git status shows what was changed in the checkout")]
        }
    }

    private func examine(_ text: String) throws -> [Finding] {
        let target: TargetArgument
        do { target = try TargetArgument(text) } catch let failure as Failure {
            return [.fault("ADDRESS-MALFORMED", failure.message, fix: failure.hint)]
        }
        switch target.kind {
        case .robot(let endpoint): return examine(endpoint)
        case .brain(let place): return examineKeys(for: place) ?? [.ok("BRAIN", "conform would listen at \(place)")]
        case .codec(let command): return [CodecDoctor.examine(command)]
        case .recording(let url): return [RecordingDoctor.examine(url)]
        case .simulator, .program, .simulatedBrain, .simulatedCodec, .simulatedRecording:
            return [.ok("TARGET", "conform makes \(text) itself: nothing to look at")]
        }
    }

    private func examine(_ endpoint: Endpoint) -> [Finding] {
        let findings = (examineKeys(for: endpoint) ?? []) + (AddressDoctor.examine(endpoint).map { [$0] } ?? [])
        if findings.contains(where: { $0.severity == .fault }) { return findings }
        let ring = keys.flatMap { try? KeyRing(folder: URL(fileURLWithPath: $0)) }
        let isSecured = if case .tls = endpoint { true } else { false }
        return findings + RobotDoctor.examine(SocketStage(endpoint: endpoint, keys: ring), isSecured: isSecured)
    }

    private func examineKeys(for endpoint: Endpoint) -> [Finding]? {
        guard case .tls = endpoint else { return nil }
        guard let keys else {
            return [
                .fault(
                    "KEYS-MISSING", "\(endpoint) wants to see certificates, and --keys is not given",
                    fix: "give --keys DIR; conform keys create DIR makes a laboratory's")
            ]
        }
        return KeyDoctor.examine(URL(fileURLWithPath: keys), at: Date())
    }

    // MARK: Showing

    private func show(_ findings: [Finding]) {
        for finding in findings {
            print("\(padded(finding.severity.rawValue, 7))\(padded(finding.code, 22))\(finding.what)")
            if !finding.fix.isEmpty { print("\(padded("", 29))try  \(finding.fix)") }
        }
        let faults = findings.count { $0.severity == .fault }
        let notes = findings.count { $0.severity == .note }
        print("")
        print(
            faults == 0
                ? "Nothing stands in the way\(notes > 0 ? "; \(notes) to note" : "")."
                : "\(faults) in the way\(notes > 0 ? ", \(notes) to note" : ""). Nothing of this is the robot's conformance."
        )
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private struct Published: Encodable {
        let severity: String
        let code: String
        let what: String
        let fix: String
    }

    private static func json(_ findings: [Finding]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let published = findings.map {
            Published(severity: $0.severity.rawValue, code: $0.code, what: $0.what, fix: $0.fix)
        }
        return (try? encoder.encode(published)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }
}
