/// Where a robot is: `tcp://host:port`, `udp://host:port` or `unix:PATH`.
public enum Endpoint: Equatable, Sendable, CustomStringConvertible {
    case tcp(host: String, port: UInt16)
    case udp(host: String, port: UInt16)
    case unix(path: String)

    /// Why a text is no endpoint, and what one looks like.
    public struct Malformed: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    public init(_ text: String) throws(Malformed) {
        if text.hasPrefix("unix:") {
            var path = text.dropFirst("unix:".count)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
            guard !path.isEmpty else {
                throw Malformed(description: "'\(text)' names no path; example: unix:/tmp/robot.sock")
            }
            self = .unix(path: String(path))
            return
        }
        for (scheme, isStream) in [("tcp://", true), ("udp://", false)] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
                throw Malformed(description: "'\(text)' has no port (1 to 65535); example: \(scheme)192.168.1.20:7447")
            }
            var host = String(rest[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            guard !host.isEmpty else {
                throw Malformed(description: "'\(text)' names no host; example: \(scheme)localhost:7447")
            }
            self = isStream ? .tcp(host: host, port: port) : .udp(host: host, port: port)
            return
        }
        throw Malformed(
            description: "'\(text)' is no robot address; use tcp://HOST:PORT, udp://HOST:PORT, unix:PATH or sim:MODEL")
    }

    public var description: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(host):\(port)"
        case .udp(let host, let port): "udp://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
