public import Foundation
public import PonsMessages
public import PonsTransport

/// Which certificate a tester shows when it opens a link.
public enum TesterCertificate: String, CaseIterable, Sendable {
    case observer, controller, `operator`, service
    case stopOnly = "stop-only"
    /// No certificate.
    case none
    /// An operator's, of the right authority, that ended a day ago.
    case ended
    /// An operator's, of an authority that the robot does not know.
    case stranger
    /// A controller's that ends a few seconds after it was made.
    case brief
    /// No TLS: the link speaks in clear.
    case clear

    /// The one that grants a role.
    public init(_ role: Role) {
        self =
            switch role {
            case .controller: .controller
            case .operator: .operator
            case .service: .service
            case .stopOnly: .stopOnly
            default: .observer
            }
    }
}

/// The keys of a laboratory: authority, robot, one certificate for each role, and those that must be refused.
///
/// In memory, or in a folder of PEM files (`authority`, `robot`, `observer` … `stranger`), made by `conform keys create`.
public struct KeyRing: Sendable {
    /// How long the certificate ``TesterCertificate/brief`` lasts, in whole seconds: certificates know no parts.
    public static let briefLifetime: TimeInterval = 8

    private let authority: KeyAuthority?
    private let credentials: [String: Credential]
    /// What certificates are compared with; a stage in virtual time sets it.
    public var clock: @Sendable () -> Date = { Date() }

    /// New keys in memory.
    public init(laboratory name: String) throws(CredentialError) {
        let authority = try KeyAuthority(name: name)
        var credentials = ["robot": try authority.credential(for: "\(name) robot", [.robot])]
        for (role, certificate) in CertificateName.roles.map({ ($0.0, TesterCertificate($0.0)) }) {
            credentials[certificate.rawValue] = try authority.credential(
                for: "\(name) \(certificate.rawValue)", [.role(role)])
        }
        let stranger = try KeyAuthority(name: "\(name) elsewhere")
        credentials["stranger"] = Credential(
            authority: authority.certificatePEM, own: try stranger.issue(to: "stranger", [.role(.operator)]))
        credentials["ended"] = Credential(
            authority: authority.certificatePEM,
            own: try authority.issue(to: "\(name) operator of old", [.role(.operator)], lifetime: -86_400))
        self.authority = authority
        self.credentials = credentials
    }

    /// Keys kept in a folder; a file that is missing is named when it is needed first.
    public init(folder: URL) throws(CredentialError) {
        authority = try? KeyAuthority(folder: folder)
        var credentials: [String: Credential] = [:]
        let names = ["robot"] + TesterCertificate.allCases.map(\.rawValue)
        for name in names where FileManager.default.fileExists(atPath: folder.appending(path: "\(name).pem").path) {
            credentials[name] = try Credential(folder: folder, name: name)
        }
        guard let any = credentials.values.first else {
            throw CredentialError(
                "no keys in \(folder.path)", hint: "conform keys create \(folder.path) makes those of a laboratory")
        }
        credentials["none"] = Credential(authority: any.authority, own: nil)
        self.credentials = credentials
    }

    /// The keys that links at an address need: those of a folder for `tls://`, none for the others.
    public static func needed(at endpoint: Endpoint, folder: String?) throws(CredentialError) -> KeyRing? {
        guard case .tls = endpoint else { return nil }
        guard let folder else {
            throw CredentialError(
                "\(endpoint) wants to see certificates: give --keys DIR",
                hint: "conform keys create DIR makes a laboratory's")
        }
        return try KeyRing(folder: URL(fileURLWithPath: folder))
    }

    /// Writes every key into a folder that only its owner may read.
    public func write(to folder: URL) throws {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if let authority {
            let pair = Credential.KeyPair(certificate: authority.certificatePEM, key: authority.keyPEM)
            try pair.write(to: folder, named: "authority")
        }
        for (name, credential) in credentials { try credential.own?.write(to: folder, named: name) }
    }

    /// The robot's own end of a link.
    public func robotEnd(admitsClear: @escaping () -> Bool) throws(CredentialError) -> SecureStream {
        try SecureStream(.robot(admitsClear: admitsClear), credential("robot"), clock: clock)
    }

    /// The tester's end of a link; `nil` for one in clear.
    public func testerEnd(showing certificate: TesterCertificate) throws(CredentialError) -> SecureStream? {
        switch certificate {
        case .clear: nil
        case .none: try SecureStream(.client, Credential(authority: credential("robot").authority, own: nil))
        case .brief: try SecureStream(.client, brief())
        default: try SecureStream(.client, credential(certificate.rawValue))
        }
    }

    private func brief() throws(CredentialError) -> Credential {
        guard let authority else {
            throw CredentialError(
                "a certificate that ends soon can't be made: the authority's key is not in the folder",
                hint: "for this test give --keys a folder with authority.key, as conform keys create makes it")
        }
        let pair = try authority.issue(
            to: "brief controller", [.role(.controller)], from: clock(), lifetime: Self.briefLifetime)
        return Credential(authority: authority.certificatePEM, own: pair)
    }

    private func credential(_ name: String) throws(CredentialError) -> Credential {
        if let credential = credentials[name] { return credential }
        throw CredentialError(
            "there is no \(name).pem among the keys", hint: "conform keys issue DIR --role \(name) makes one")
    }
}
