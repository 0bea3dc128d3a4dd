import PonsMessages
import PonsSafety

// Handing the whole body over to an external controller and back (HUM-10).
extension RobotRuntime {
    /// The feature a robot lists that hands its body over.
    static var externalControl: String { "external-control" }

    mutating func change(_ request: ControlSourceRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard descriptor.features.contains(Self.externalControl) else {
            return .rejected(Rejection(.unsupported, path: "source"))
        }
        guard request.source == .internal || request.source == .external else {
            return .rejected(Rejection(.unknownEnum, path: "source"))
        }
        let whole = descriptor.resources.first?.id ?? 0
        if let refusal = motionRefusal(
            link, resource: whole, epoch: request.leaseEpoch, sequence: request.leaseSequence)
        {
            return .rejected(refusal)
        }
        // From standstill only: nobody lets go of a body that moves.
        guard supervisor.state == .standby, control.source != .switching else { return .rejected(.illegalTransition) }
        if control.begin(request.source, at: now) { nextStatusNs = now }
        return .accepted
    }

    /// What is in the way of enabling while nobody drives the body.
    mutating func handOverRejection() -> Rejection? {
        guard control.source == .switching, !faults.breaks(.hum10) else { return nil }
        var rejection = Rejection(.interlock)
        rejection.blocking = ["control_source"]
        return rejection
    }

    /// Ends changes that are due; without a holder of the whole body the robot takes it back.
    mutating func watchControlSource(_ now: Int64) {
        if control.advance(to: now) { nextStatusNs = now }
        guard control.source == .external, !supervisor.permitsMotion, command.isStill,
            authority.holder(of: descriptor.resources.first?.id ?? 0) == nil
        else { return }
        if control.begin(.internal, at: now) { nextStatusNs = now }
    }
}

extension ActuatorCommand {
    /// Whether nothing is told to move.
    var isStill: Bool { !velocity.contains { $0 != 0 } }
}
