import ConformDriver
public import Foundation

/// A signed statement about a run: an in-toto Statement in a DSSE envelope, over the manifest (CNF-07).
public struct Attestation: Codable, Sendable {
    public static let name = "attestation.dsse.json"
    static let payloadType = "application/vnd.in-toto+json"
    /// The draft's name for what is said; not an address yet.
    static let predicateType = "https://pons.invalid/conformance-result/v1"

    public struct Signature: Codable, Sendable {
        public var keyid: String
        public var sig: String
    }

    public struct Malformed: Error, Sendable {
        public let message: String
    }

    private struct Statement: Codable {
        struct Subject: Codable {
            var name: String
            var digest: [String: String]
        }

        struct Result: Codable {
            var robot: RunReport.Robot
            var target: String
            var tool: RunReport.Tool
            var claims: [String]
            var level: String
            var isCertifiable: Bool
            var blockers: [String]
            /// Requirements on the product that no test judges; absent in statements of before.
            var unshown: [String]?
            var summary: RunReport.Summary
            var assurance: String
        }

        var type = "https://in-toto.io/Statement/v1"
        var subject: [Subject]
        var predicateType = Attestation.predicateType
        var predicate: Result

        enum CodingKeys: String, CodingKey {
            case type = "_type"
            case subject, predicateType, predicate
        }
    }

    public var payloadType: String
    public var payload: String
    public var signatures: [Signature]

    /// Signs what a run came to.
    ///
    /// - Parameter manifest: the bytes of manifest.json.
    public init(_ report: RunReport, manifest: Data, key: SigningKey) throws {
        let statement = Statement(
            subject: [Statement.Subject(name: Manifest.name, digest: ["sha256": Digest.text(of: manifest)])],
            predicate: Statement.Result(
                robot: report.robot, target: report.target, tool: report.tool, claims: report.basis.claims,
                level: report.certifiable.level, isCertifiable: report.certifiable.isCertifiable,
                blockers: report.certifiable.blockers, unshown: report.unshown?.map(\.requirement),
                summary: report.summary, assurance: report.assurance))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = try encoder.encode(statement)
        payloadType = Self.payloadType
        payload = body.base64EncodedString()
        guard let signature = try key.signature(of: Self.encoded(Self.payloadType, body)) else {
            throw Malformed(message: "a public key can't sign")
        }
        signatures = [Signature(keyid: key.id, sig: signature.base64EncodedString())]
    }

    public init(reading data: Data) throws { self = try JSONDecoder().decode(Attestation.self, from: data) }

    public func data() throws -> Data {
        try JSONReport.data(self)
    }

    /// What is wrong with it: signature, kind of statement, the manifest it names.
    public func problems(manifest: Data, trusted: [SigningKey]) -> [String] {
        guard payloadType == Self.payloadType, let body = Data(base64Encoded: payload) else {
            return ["the attestation holds no in-toto statement"]
        }
        let signed = Self.encoded(payloadType, body)
        var problems: [String] = []
        let isTrusted = signatures.contains { signature in
            guard let bytes = Data(base64Encoded: signature.sig) else { return false }
            return trusted.contains { $0.isValid(bytes, of: signed) }
        }
        if !isTrusted {
            problems.append(
                trusted.isEmpty
                    ? "the attestation is signed by \(signatures.map { $0.keyid.prefix(16) }.joined(separator: ", "))…, and no key was named to trust (--trust)"
                    : "no signature of the attestation is by a trusted key")
        }
        guard let statement = try? JSONDecoder().decode(Statement.self, from: body),
            statement.predicateType == Self.predicateType
        else { return problems + ["the attestation says nothing of a conformance result"] }
        let named = statement.subject.first { $0.name == Manifest.name }?.digest["sha256"]
        if named != Digest.text(of: manifest) { problems.append("the attestation is about another manifest") }
        return problems
    }

    /// The bytes a signature is over (DSSE's pre-authentication encoding).
    static func encoded(_ type: String, _ body: Data) -> Data {
        Data("DSSEv1 \(type.utf8.count) \(type) \(body.count) ".utf8) + body
    }
}
