import PonsMessages
import PonsSafety
import PonsSession

// Quiet liars: robots that act wrongly and tell what would have been right, or act rightly and tell something else. A test that
// listens to one of the two only takes them for conforming.
extension RobotRuntime {
    /// Every stop is told in time, and the joints go on: 0.2 rad/s, back and forth.
    mutating func moveOn(_ now: Int64) {
        switch supervisor.state {
        case .stopping, .settling, .protectiveStop, .emergencyStop: break
        default:
            movesOn = nil
            return
        }
        guard faults.breaks(.movesOn) else { return }
        let (start, sinceNs) = movesOn ?? (adapter.measurement.position, now)
        movesOn = (start, sinceNs)
        let phaseNs = (now - sinceNs) % 1_000_000_000
        let swing = Float(min(phaseNs, 1_000_000_000 - phaseNs)) * 0.2e-9
        command.permission = .run
        command.position = start.enumerated().map { joint, position in
            let middle = (limits[joint].softLower + limits[joint].softUpper) / 2
            return position > middle ? position - swing : position + swing
        }
    }

    /// A setpoint is refused with its reason, and followed for 300 ms.
    mutating func defy(_ frame: OpenedFrame, _ now: Int64) {
        guard supervisor.permitsMotion, let message = try? JointSetpoint(decoding: frame.payload),
            !message.position.isEmpty, faults.breaks(.followsRefused)
        else { return }
        let targets = fit(message.position).enumerated().map { joint, target in
            max(limits[joint].softLower, min(limits[joint].softUpper, target))
        }
        defied = (targets, now + 300_000_000)
        if case .none = source { source = .setpoint(targets) }
    }

    /// Where a refused setpoint leads, while it does.
    func defiedTargets(at now: Int64) -> [Float]? { defied.flatMap { now < $0.untilNs ? $0.targets : nil } }

    /// Refuses, and says that it was accepted.
    mutating func glossOver(_ ack: inout Ack) {
        guard ack.outcome == .rejected, faults.breaks(.saysAccepted) else { return }
        let refused = ack
        ack = Ack()
        (ack.commandID, ack.receivedNs, ack.outcome) = (refused.commandID, refused.receivedNs, .accepted)
    }
}
