import ArgumentParser
import ConformDriver
import ConformReport
import Foundation
import PonsSecurity

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the certificates of a laboratory.",
        discussion: """
            EXAMPLES
              conform keys create keys                                   authority, robot, one certificate for each role
              conform keys issue keys --name alice --role operator       one more, for a person or a program
              conform keys issue keys --name a3-0017 --robot             one more robot
              pons-sim --listen tls://0.0.0.0:7447 --keys keys           a robot that knows them
              conform check tls://127.0.0.1:7447 --keys keys

            A robot needs authority.pem, robot.pem and robot.key, and nothing else. Whoever has
            authority.key can give himself any role: keep it away from robots.
            """,
        subcommands: [Create.self, Issue.self, Signer.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an authority, a robot's certificate, one for each role, and those a robot must refuse.")

        @Argument(help: "Folder to make; its files are readable by you alone.")
        var folder: String

        @Option(help: "Name of the laboratory, shown in every certificate.")
        var name = "lab"

        func run() throws {
            try Failure.guarded {
                let url = URL(fileURLWithPath: folder)
                if FileManager.default.fileExists(atPath: url.appending(path: "authority.pem").path) {
                    throw Failure(
                        "\(folder) has an authority already", hint: "issue from it, or name another folder",
                        code: .usage)
                }
                try Keys.explained { () throws(CredentialError) in try KeyRing(laboratory: name) }.write(to: url)
                print(
                    """
                    \(folder): authority (10 years), robot and \(CertificateName.roleNames.joined(separator: ", ")) (1 year)
                    next: pons-sim --listen tls://127.0.0.1:7447 --keys \(folder)
                          conform check tls://127.0.0.1:7447 --keys \(folder)
                    """)
            }
        }
    }

    struct Signer: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a key that signs reports: FILE.pem to keep, FILE.pub.pem to publish.")

        @Argument(help: "File of the private key.")
        var file: String

        func run() throws {
            try Failure.guarded {
                let place = URL(fileURLWithPath: file)
                if FileManager.default.fileExists(atPath: place.path) {
                    throw Failure("\(file) is there already", hint: "name another file", code: .usage)
                }
                let open = place.deletingPathExtension().appendingPathExtension("pub.pem")
                let key = SigningKey()
                let isMade = FileManager.default.createFile(
                    atPath: place.path, contents: Data((key.privatePEM ?? "").utf8),
                    attributes: [.posixPermissions: 0o600])
                guard isMade else { throw Failure("can't write \(file)", hint: "does the folder exist?", code: .usage) }
                try Data(key.publicPEM.utf8).write(to: open)
                print("\(place.path) signs, \(open.path) verifies; key \(key.id.prefix(16))…")
            }
        }
    }

    struct Issue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes one more certificate from the authority in a folder.")

        @Argument(help: "Folder with authority.pem and authority.key.")
        var folder: String

        @Option(help: "Whose it is; also the name of the files.")
        var name: String

        @Option(help: "What its holder may be: observer, controller, operator, service or stop-only; repeatable.")
        var role: [String] = []

        @Flag(help: "A robot's certificate.")
        var robot = false

        @Option(help: "How long it lasts.")
        var days = 365

        func run() throws {
            try Failure.guarded {
                guard robot != !role.isEmpty else {
                    throw Failure(
                        "a certificate is either a robot's or has roles", hint: "give --robot or --role", code: .usage)
                }
                guard (1...3650).contains(days) else {
                    throw Failure("\(days) days is out of range", hint: "use 1 to 3650", code: .usage)
                }
                guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
                    throw Failure("'\(name)' can't name a file", hint: "use letters, digits and -", code: .usage)
                }
                let url = URL(fileURLWithPath: folder)
                let names: Set<CertificateName> = robot ? [.robot] : try Set(role.map(Keys.role))
                let pair = try Keys.explained { () throws(CredentialError) in
                    try KeyAuthority(folder: url).issue(to: name, names, lifetime: Double(days) * 86_400)
                }
                try pair.write(to: url, named: name)
                print(
                    "\(folder)/\(name).pem and .key: \(names.map(\.uri).sorted().joined(separator: ", ")), \(days) days"
                )
            }
        }
    }

    private static func role(_ text: String) throws -> CertificateName {
        if let name = CertificateName(role: text) { return name }
        throw Failure(
            "no role '\(text)'", hint: Suggestion.sentence(for: text, in: CertificateName.roleNames), code: .usage)
    }

    /// A credential's error as the command says it.
    private static func explained<Value>(_ body: () throws(CredentialError) -> Value) throws -> Value {
        do throws(CredentialError) { return try body() } catch {
            throw Failure(error.message, hint: error.hint, code: .usage)
        }
    }
}
