public import Foundation
import NIOSSL

/// What one end of a TLS link shows and whom it believes: certificate, key, and the authority behind every peer.
///
/// Files of a key folder, as `conform keys` writes them: `authority.pem`, `NAME.pem`, `NAME.key`.
public struct Credential: Equatable, Sendable {
    /// The authority that every peer's certificate must come from; PEM.
    public var authority: String
    /// Own certificate and key, PEM; `nil` shows none.
    public var own: KeyPair?

    public struct KeyPair: Equatable, Sendable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }

        /// Writes `NAME.pem` and `NAME.key`, readable by their owner alone.
        public func write(to folder: URL, named name: String) throws {
            for (text, suffix) in [(certificate, "pem"), (key, "key")] {
                let path = folder.appending(path: "\(name).\(suffix)").path
                let isWritten = FileManager.default.createFile(
                    atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
                if !isWritten { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
            }
        }
    }

    public init(authority: String, own: KeyPair?) {
        self.authority = authority
        self.own = own
    }

    /// - Throws: ``CredentialError`` naming the file and what to do about it.
    public init(folder: URL, name: String) throws(CredentialError) {
        authority = try Self.read(folder.appending(path: "authority.pem"))
        own = KeyPair(
            certificate: try Self.read(folder.appending(path: "\(name).pem")),
            key: try Self.read(folder.appending(path: "\(name).key")))
        _ = try context(forServer: false)
    }

    private static func read(_ file: URL) throws(CredentialError) -> String {
        do { return try String(contentsOf: file, encoding: .utf8) } catch {
            throw CredentialError(
                "can't read \(file.path)",
                hint: "conform keys create \(file.deletingLastPathComponent().path) writes it")
        }
    }

    /// TLS 1.3 and nothing older; no peer without a certificate of the authority.
    ///
    /// Host names are not compared: robots are reached by address. Who the peer is stands in its certificate (SEC-02).
    func context(forServer isServer: Bool) throws(CredentialError) -> NIOSSLContext {
        do {
            let roots = try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8))
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let own {
                let chain = try NIOSSLCertificate.fromPEMBytes(Array(own.certificate.utf8)).map {
                    NIOSSLCertificateSource.certificate($0)
                }
                let key = NIOSSLPrivateKeySource.privateKey(
                    try NIOSSLPrivateKey(bytes: Array(own.key.utf8), format: .pem))
                configuration.certificateChain = chain
                configuration.privateKey = key
                if isServer {
                    configuration = .makeServerConfiguration(certificateChain: chain, privateKey: key)
                }
            } else if isServer {
                throw CredentialError("a robot needs a certificate", hint: "conform keys create DIR makes one")
            }
            configuration.minimumTLSVersion = .tlsv13
            configuration.trustRoots = .certificates(roots)
            configuration.certificateVerification = .noHostnameVerification
            return try NIOSSLContext(configuration: configuration)
        } catch let error as CredentialError { throw error } catch {
            throw CredentialError(
                "the certificate, key or authority is not usable: \(error)",
                hint: "they must be PEM and belong together; openssl x509 -in FILE -noout -text shows a certificate")
        }
    }
}

/// A credential can't be used: what is wrong, and what to do.
public struct CredentialError: Error, CustomStringConvertible, Sendable {
    public let message: String
    public let hint: String

    init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message)\n  \(hint)" }
}
