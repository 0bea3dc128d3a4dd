import Crypto
public import Foundation
import SwiftASN1
import X509

/// A certificate authority for a laboratory: makes robots and people known to each other.
///
/// Keys are ECDSA on P-256. A fleet has an authority of its own and keeps its key out of the robots.
public struct KeyAuthority: Sendable {
    private let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// Certificate of the authority, PEM: what every robot and client must be given.
    public let certificatePEM: String
    /// Its key, PEM: whoever has it can make roles.
    public let keyPEM: String

    /// How long certificates last where nothing is said: ten years for the authority, one year for the others.
    public static let authorityLifetime: TimeInterval = 10 * 365 * 86_400
    public static let lifetime: TimeInterval = 365 * 86_400

    /// A new authority.
    public init(name: String, from now: Date = Date()) throws(CredentialError) {
        let own = P256.Signing.PrivateKey()
        key = Certificate.PrivateKey(own)
        keyPEM = own.pemRepresentation
        do {
            certificate = try Self.certificate(
                Self.distinguished(name), key.publicKey, now, Self.authorityLifetime, issuer: Self.distinguished(name),
                signedBy: key,
                Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                })
            certificatePEM = try certificate.serializeAsPEM().pemString
        } catch { throw CredentialError("the authority could not be made: \(error)", hint: "choose a shorter name") }
    }

    /// The authority kept in a folder.
    public init(folder: URL) throws(CredentialError) {
        do {
            certificatePEM = try String(contentsOf: folder.appending(path: "authority.pem"), encoding: .utf8)
            keyPEM = try String(contentsOf: folder.appending(path: "authority.key"), encoding: .utf8)
            certificate = try Certificate(pemEncoded: certificatePEM)
            key = Certificate.PrivateKey(try P256.Signing.PrivateKey(pemRepresentation: keyPEM))
        } catch {
            throw CredentialError(
                "no authority in \(folder.path): \(error.localizedDescription)",
                hint: "conform keys create \(folder.path) makes one")
        }
    }

    /// A key pair for a robot or for whoever opens sessions in the given roles.
    ///
    /// - Parameter lifetime: in seconds; negative makes a certificate that has ended already, for tests.
    public func issue(
        to name: String, _ names: Set<CertificateName>, from now: Date = Date(), lifetime: TimeInterval = Self.lifetime
    ) throws(CredentialError) -> Credential.KeyPair {
        let own = P256.Signing.PrivateKey()
        do {
            let usage: ExtendedKeyUsage.Usage = names.contains(.robot) ? .serverAuth : .clientAuth
            let uris = names.map(\.uri).sorted()
            let issued = try Self.certificate(
                Self.distinguished(name), Certificate.PublicKey(own.publicKey), now, lifetime,
                issuer: certificate.subject, signedBy: key,
                Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([usage])
                    SubjectAlternativeNames(uris.map { .uniformResourceIdentifier($0) })
                })
            return Credential.KeyPair(
                certificate: try issued.serializeAsPEM().pemString, key: own.pemRepresentation)
        } catch {
            throw CredentialError("no certificate for '\(name)': \(error)", hint: "choose a shorter, plainer name")
        }
    }

    /// What one end needs: the authority, and a key pair issued to it.
    public func credential(for name: String, _ names: Set<CertificateName>) throws(CredentialError) -> Credential {
        Credential(authority: certificatePEM, own: try issue(to: name, names))
    }

    private static func distinguished(_ name: String) throws -> DistinguishedName {
        try DistinguishedName {
            OrganizationName("Pons laboratory")
            CommonName(name)
        }
    }

    private static func certificate(
        _ subject: DistinguishedName, _ publicKey: Certificate.PublicKey, _ now: Date, _ lifetime: TimeInterval,
        issuer: DistinguishedName, signedBy key: Certificate.PrivateKey, _ extensions: Certificate.Extensions
    ) throws -> Certificate {
        // An hour back: clocks of robots differ.
        let begin = min(now, now + lifetime) - 3600
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey, notValidBefore: begin,
            notValidAfter: now + lifetime, issuer: issuer, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions, issuerPrivateKey: key)
    }
}
