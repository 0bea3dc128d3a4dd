import Crypto
public import Foundation
import PonsReflection

/// How files are named by what they hold.
public enum Digest {
    /// SHA-256, hex.
    public static func text(of data: Data) -> String { Hex.text(Array(SHA256.hash(data: data))) }

    /// SHA-256.
    @Sendable static func bytes(of bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// HMAC-SHA-256.
    @Sendable static func authentication(_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
    }

    static func text(of source: String) -> String { text(of: Data(source.utf8)) }
}
