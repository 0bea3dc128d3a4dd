import Crypto
public import Foundation
import PonsReflection

/// How files are named by what they hold.
public enum Digest {
    /// SHA-256, hex.
    public static func text(of data: Data) -> String { Hex.text(Array(SHA256.hash(data: data))) }

    static func text(of source: String) -> String { text(of: Data(source.utf8)) }
}
