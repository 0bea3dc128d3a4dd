/// Where a robot is: `tls://host:port`, `tcp://host:port`, `udp://host:port`, `unix:PATH` or `shm:PATH`.
public enum Endpoint: Equatable, Sendable, CustomStringConvertible {
    /// TCP with TLS 1.3.
    case tls(host: String, port: UInt16)
    /// TCP in clear: a laboratory only.
    case tcp(host: String, port: UInt16)
    case udp(host: String, port: UInt16)
    case unix(path: String)
    /// Shared memory between processes of one computer, handed over at a Unix socket.
    case shared(path: String)

    /// Why a text is no endpoint, and what one looks like.
    public struct Malformed: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    private static let places: [(String, @Sendable (String) -> Endpoint)] = [
        ("unix:", { .unix(path: $0) }), ("shm:", { .shared(path: $0) }),
    ]
    private static let schemes: [(String, @Sendable (String, UInt16) -> Endpoint)] = [
        ("tls://", { .tls(host: $0, port: $1) }), ("tcp://", { .tcp(host: $0, port: $1) }),
        ("udp://", { .udp(host: $0, port: $1) }),
    ]

    public init(_ text: String) throws(Malformed) {
        for (scheme, make) in Self.places where text.hasPrefix(scheme) {
            var path = text.dropFirst(scheme.count)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
            guard !path.isEmpty else {
                throw Malformed(description: "'\(text)' names no path; example: \(scheme)/tmp/robot.sock")
            }
            self = make(String(path))
            return
        }
        for (scheme, make) in Self.schemes where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
                throw Malformed(description: "'\(text)' has no port (1 to 65535); example: \(scheme)192.168.1.20:7447")
            }
            var host = String(rest[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            guard !host.isEmpty else {
                throw Malformed(description: "'\(text)' names no host; example: \(scheme)localhost:7447")
            }
            self = make(host, port)
            return
        }
        throw Malformed(
            description:
                "'\(text)' is no robot address; use tls://HOST:PORT, tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, shm:PATH or sim:MODEL"
        )
    }

    public var description: String {
        switch self {
        case .tls(let host, let port): "tls://\(host):\(port)"
        case .tcp(let host, let port): "tcp://\(host):\(port)"
        case .udp(let host, let port): "udp://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .shared(let path): "shm:\(path)"
        }
    }

    /// The same place with the port that a listener got.
    public func with(port: Int) -> Endpoint {
        let port = UInt16(truncatingIfNeeded: port)
        return switch self {
        case .tls(let host, _): .tls(host: host, port: port)
        case .tcp(let host, _): .tcp(host: host, port: port)
        case .udp(let host, _): .udp(host: host, port: port)
        case .unix, .shared: self
        }
    }
}
