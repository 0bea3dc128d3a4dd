public import Foundation
import SwiftASN1
import X509

/// What a certificate in a key folder says, and whether it fits its key and its authority.
public struct CertificateFacts: Sendable {
    public let notBefore: Date
    public let notAfter: Date
    /// URIs among its alternative names.
    public let names: [String]
    public let isFromAuthority: Bool
    public let keyFits: Bool

    /// - Throws: where a file is missing or is no PEM.
    public init(folder: URL, name: String) throws(CredentialError) {
        let authority = try Self.certificate(folder.appending(path: "authority.pem"))
        let certificate = try Self.certificate(folder.appending(path: "\(name).pem"))
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
        let alternatives = (try? certificate.extensions.subjectAlternativeNames).map(Array.init) ?? []
        names = alternatives.compactMap { if case .uniformResourceIdentifier(let uri) = $0 { uri } else { nil } }
        let isSigned = authority.publicKey.isValidSignature(certificate.signature, for: certificate)
        isFromAuthority = certificate.issuer == authority.subject && isSigned
        let key = try Self.read(folder.appending(path: "\(name).key"))
        guard let secret = try? Certificate.PrivateKey(pemEncoded: key) else {
            throw CredentialError(
                "\(name).key is no PEM of a private key", hint: "openssl pkey -in FILE -noout -text shows one")
        }
        keyFits = secret.publicKey == certificate.publicKey
    }

    private static func certificate(_ file: URL) throws(CredentialError) -> Certificate {
        let text = try read(file)
        do { return try Certificate(pemEncoded: text) } catch {
            throw CredentialError(
                "\(file.lastPathComponent) is no PEM of a certificate: \(error)",
                hint: "openssl x509 -in \(file.path) -noout -text shows one")
        }
    }

    private static func read(_ file: URL) throws(CredentialError) -> String {
        do { return try String(contentsOf: file, encoding: .utf8) } catch {
            throw CredentialError("can't read \(file.path)", hint: "conform keys create DIR writes a whole set")
        }
    }
}
