public import PonsMessages

/// Who stands at the other end of a link, as far as the transport has proven it (SEC-01, SEC-02).
///
/// The driver finds it out before the first frame; no message can change it.
public struct LinkTrust: Equatable, Sendable {
    public enum Protection: Equatable, Sendable {
        /// Anybody may read, change and write: a laboratory only.
        case clear
        /// Inside one computer; the operating system says who may open it.
        case local
        /// Mutual TLS 1.3.
        case authenticated
    }

    public var protection: Protection
    /// Roles that the certificate grants; `nil` where there is none, and any role is granted.
    public var roles: Set<Role>?
    /// Common name of the certificate; empty without one.
    public var name: String
    /// For how long the certificate was still valid when the link opened, ns (SEC-09); `nil` where there is none.
    public var validForNs: Int64?

    public init(_ protection: Protection, roles: Set<Role>? = nil, name: String = "", validForNs: Int64? = nil) {
        self.protection = protection
        self.roles = roles
        self.name = name
        self.validForNs = validForNs
    }

    public static let clear = LinkTrust(.clear)
    public static let local = LinkTrust(.local)

    /// Whether the session of this link may have a role.
    public func grants(_ role: Role) -> Bool { roles?.contains(role) ?? true }
}
