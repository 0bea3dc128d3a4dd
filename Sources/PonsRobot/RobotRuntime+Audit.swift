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
        auditReaders[link] = max(request.fromSequence, 1)
        return .accepted
    }

    /// Hands the log on piece by piece: at once it would be more than may wait on a link.
    mutating func publishAudit(_ now: Int64) {
        for (link, from) in auditReaders.sorted(by: { $0.key < $1.key }) {
            guard let peer = peers[link] else {
                auditReaders[link] = nil
                continue
            }
            if peer.isCongested { continue }
            let piece = audit.entries(from: from, atMost: Self.auditPiece)
            for entry in piece { reply(link, entry, now) }
            auditReaders[link] = piece.count < Self.auditPiece ? nil : piece.last.map { $0.sequence + 1 }
        }
    }

    /// Entries a cycle.
    private static var auditPiece: Int { 64 }
}

/// Requests that are logged when they are accepted: authority, mode, stop, reset, configuration.
private let audited: Set<MessageType> = [
    .authorityRequest, .stopRequest, .stopRelease, .resetConfirm, .powerRequest, .enableRequest, .disableRequest,
    .resumeRequest, .recoveryRequest, .modeRequest, .stopSourceConfigure, .injectRequest,
]
