import Foundation
public import PonsTransport

/// Looks at an address before anybody speaks there.
public enum AddressDoctor {
    /// What stands in the way of reaching it; `nil` where something listens.
    public static func examine(_ endpoint: Endpoint) -> Finding? {
        switch endpoint {
        case .unix(let path), .shared(let path):
            if let problem = examine(path: path, of: endpoint) { return problem }
        case .tls, .tcp, .udp: break
        }
        do throws(Socket.Failure) { try Socket.connect(endpoint, layer: nil).close() } catch {
            return finding(error.description, endpoint)
        }
        return nil
    }

    private static func examine(path: String, of endpoint: Endpoint) -> Finding? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
            return .fault(
                "ADDRESS-PATH", "there is nothing at \(path)",
                fix: "start the robot first; it makes the socket: pons-sim --listen \(endpoint)")
        }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            return .fault(
                "ADDRESS-NOT-SOCKET", "\(path) is a file, not a socket", fix: "name the path the robot listens on")
        }
        return nil
    }

    private static func finding(_ problem: String, _ endpoint: Endpoint) -> Finding {
        if problem.contains("resolve") || problem.contains("not known")
            || problem.contains("host") && problem.contains("no address")
        {
            return .fault("ADDRESS-HOST", problem, fix: "is the name right? try the address in numbers")
        }
        return .fault(
            "ADDRESS-NOBODY", problem,
            fix: "is the robot on, in the same network, and this its Pons port? try: nc -vz HOST PORT")
    }
}
