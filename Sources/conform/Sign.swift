import ArgumentParser
import ConformReport
import Foundation

struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Signs a run: attestation.dsse.json over its manifest.",
        discussion: """
            EXAMPLES
              conform keys signer signer.pem                     makes signer.pem and signer.pub.pem
              conform sign out --key signer.pem
              conform verify out --trust signer.pub.pem

            The signature says who published these files and that nobody changed them since; conform verify derives the
            verdicts again before it is worth anything.
            """)

    @Argument(help: "A folder that conform check has written.")
    var folder = "out"

    @Option(help: ArgumentHelp("Private Ed25519 key, PEM.", valueName: "file"))
    var key: String

    func run() throws {
        try Failure.guarded {
            let run = try RecordedRun(folder)
            let manifest = try run.manifest
            let problems = try run.checkedManifest(manifest).problems(in: run.folder)
            guard problems.isEmpty else {
                throw Failure(
                    "\(folder): \(problems.joined(separator: "; "))", hint: "sign what conform check has written",
                    code: .mismatch)
            }
            let attestation = try Attestation(run.report, manifest: manifest, key: try Self.key(key))
            try attestation.data().write(to: run.folder.appending(path: Attestation.name))
            print("\(run.folder.appending(path: Attestation.name).path)")
        }
    }

    static func key(_ path: String) throws -> SigningKey {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Failure(
                "can't read \(path): \(error.localizedDescription)", hint: "conform keys signer FILE makes a key",
                code: .usage)
        }
        do throws(SigningKey.Malformed) { return try SigningKey(pem: text) } catch {
            throw Failure("\(path): \(error.message)", hint: "an Ed25519 key as PEM is needed", code: .usage)
        }
    }
}
