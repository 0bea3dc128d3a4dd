import PonsMessages
import PonsSession

// What was done, by whom, for whoever must find out afterwards (SEC-10).
extension RobotRuntime {
    mutating func note(_ type: MessageType, _ answer: CommandAnswer, _ link: LinkID, _ now: Int64) {
        guard audited.contains(type), case .accepted = answer, let peer = peers[link] else { return }
        let who = peer.trust.name.isEmpty ? "\(peer.role.label)" : "\(peer.role.label) \(peer.trust.name)"
        log("\(type.label) by \(who)", session: peer.sessionID, now)
    }

    mutating func log(_ what: String, session: UInt64, _ now: Int64) {
        audit.append(what, session: session, at: now, hashing)
        if what.hasPrefix("StopRequest") && faults.breaks(.sec10) { audit.loseNewest() }
    }

    mutating func sendAudit(_ request: AuditRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let role = peers[link]?.role, role == .operator || role == .service else {
            return .rejected(.permissionDenied)
        }
        for entry in audit.entries where entry.sequence >= request.fromSequence { reply(link, entry, now) }
        return .accepted
    }
}

/// Requests that are logged when they are accepted: authority, mode, stop, reset, configuration.
private let audited: Set<MessageType> = [
    .authorityRequest, .stopRequest, .stopRelease, .resetConfirm, .powerRequest, .enableRequest, .disableRequest,
    .resumeRequest, .recoveryRequest, .modeRequest, .stopSourceConfigure, .injectRequest,
]
