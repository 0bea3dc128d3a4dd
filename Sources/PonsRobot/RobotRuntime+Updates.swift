import PonsMessages
import PonsSafety
import PonsSession

// New firmware and models: in SERVICE, at rest, signed, and not older than the floor (SEC-11).
extension RobotRuntime {
    mutating func update(_ request: UpdateRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard descriptor.features.contains("update") else {
            return .rejected(Rejection(.unsupported, path: "image"))
        }
        if faults.breaks(.sec11) { return .accepted }
        guard peers[link]?.role == .service else { return .rejected(.permissionDenied) }
        guard supervisor.mode == .service else { return .rejected(.modeForbids) }
        guard !supervisor.permitsMotion, command.permission == .off else { return .rejected(.illegalTransition) }
        guard adapter.accepts(request) else { return .rejected(Rejection(.integrity, path: "signature")) }
        log("update to \(request.version)", session: peers[link]?.sessionID ?? 0, now)
        return .accepted
    }
}
