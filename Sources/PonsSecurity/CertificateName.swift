public import PonsMessages
import X509

/// What a certificate of Pons grants, as alternative names of its subject (part SEC): `pons:robot` to a robot,
/// `pons:role:controller` and so on to whoever may open a session in that role.
public enum CertificateName: Hashable, Sendable {
    case robot
    case role(Role)

    static let roles: [(Role, String)] = [
        (.observer, "observer"), (.controller, "controller"), (.operator, "operator"), (.service, "service"),
        (.stopOnly, "stop-only"),
    ]

    /// Names of the roles, as certificates spell them.
    public static var roleNames: [String] { roles.map(\.1) }

    /// A role by its name in certificates.
    public init?(role text: String) {
        guard let role = Self.roles.first(where: { $0.1 == text })?.0 else { return nil }
        self = .role(role)
    }

    public var uri: String {
        switch self {
        case .robot: "pons:robot"
        case .role(let role): "pons:role:" + (Self.roles.first { $0.0 == role }?.1 ?? "none")
        }
    }

    /// The names of a certificate; what is no name of Pons is passed over.
    static func names(of certificate: Certificate) -> Set<CertificateName> {
        guard let alternatives = try? certificate.extensions.subjectAlternativeNames else { return [] }
        let known = [CertificateName.robot] + roles.map { .role($0.0) }
        return Set(
            alternatives.compactMap { name in
                guard case .uniformResourceIdentifier(let uri) = name else { return nil }
                return known.first { $0.uri == uri }
            })
    }
}
