import ConformDriver
import Crypto
import Foundation

/// An Ed25519 key that signs or verifies what is published, as PEM: PKCS #8 and SubjectPublicKeyInfo (RFC 8410).
public struct SigningKey: Sendable {
    public struct Malformed: Error, Sendable {
        public let message: String
    }

    private static let privateHead: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let publicHead: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    private let secret: Curve25519.Signing.PrivateKey?
    private let open: Curve25519.Signing.PublicKey

    /// A new key.
    public init() {
        let secret = Curve25519.Signing.PrivateKey()
        self.secret = secret
        open = secret.publicKey
    }

    /// Reads a private or a public key.
    public init(pem: String) throws(Malformed) {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let body = lines.filter { !$0.hasPrefix("-----") }.joined()
        guard let data = Data(base64Encoded: body), !data.isEmpty else {
            throw Malformed(message: "this is no PEM file")
        }
        let bytes = Array(data)
        do {
            if bytes.starts(with: Self.privateHead), bytes.count == Self.privateHead.count + 32 {
                let key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes.suffix(32))
                (secret, open) = (key, key.publicKey)
            } else if bytes.starts(with: Self.publicHead), bytes.count == Self.publicHead.count + 32 {
                (secret, open) = (nil, try Curve25519.Signing.PublicKey(rawRepresentation: bytes.suffix(32)))
            } else {
                throw Malformed(message: "this is no Ed25519 key")
            }
        } catch { throw Malformed(message: "this is no Ed25519 key") }
    }

    public var privatePEM: String? {
        secret.map { Self.pem("PRIVATE KEY", Self.privateHead + Array($0.rawRepresentation)) }
    }

    public var publicPEM: String { Self.pem("PUBLIC KEY", Self.publicHead + Array(open.rawRepresentation)) }

    /// SHA-256 of the public key's DER, hex: how signatures name it.
    public var id: String { Digest.text(of: Data(Self.publicHead + Array(open.rawRepresentation))) }

    /// `nil` for a public key.
    func signature(of data: Data) throws -> Data? { try secret?.signature(for: data) }

    func isValid(_ signature: Data, of data: Data) -> Bool { open.isValidSignature(signature, for: data) }

    private static func pem(_ kind: String, _ bytes: [UInt8]) -> String {
        "-----BEGIN \(kind)-----\n\(Data(bytes).base64EncodedString())\n-----END \(kind)-----\n"
    }
}
