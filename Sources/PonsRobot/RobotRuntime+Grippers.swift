import PonsMessages
import PonsSafety
import PonsSession

// Grippers: a stream of openings for each, with the order and freshness rules of joints (MOT-20).
extension RobotRuntime {
    mutating func gripper(_ frame: OpenedFrame, _ link: LinkID, _ now: Int64) {
        do throws(Rejection) {
            try accept(try decode(GripperSetpoint.self, frame), link, now)
        } catch {
            guard let sequence = (try? GripperSetpoint(decoding: frame.payload))?.sequence else {
                return refuse(link, error, frame.header, now)
            }
            reply(link, SetpointRejected(error, sequence: sequence, at: now), now)
        }
    }

    private mutating func accept(_ message: GripperSetpoint, _ link: LinkID, _ now: Int64) throws(Rejection) {
        guard let index = descriptor.grippers.firstIndex(where: { $0.name == message.gripper }) else {
            throw Rejection(.unknownName, path: "gripper")
        }
        let gripper = descriptor.grippers[index]
        if let rejection = motionRefusal(
            link, resource: gripper.resourceID, epoch: message.leaseEpoch ?? 0, sequence: message.leaseSequence ?? 0)
        {
            throw rejection
        }
        try checkMotionAllowed(now)
        let reason = gripperGates[index].check(
            sequence: message.sequence ?? 0, stampNs: message.stampNs ?? 0, validUntilNs: message.validUntilNs ?? 0,
            at: now)
        if let reason { throw Rejection(reason, path: reason == .duplicate ? "sequence" : "stamp_ns") }
        if let force = message.force, let limit = gripper.force?.upper, force > limit {
            throw Rejection(.outOfRange, path: "force", limit: limit)
        }
        gripperGates[index].accept(sequence: message.sequence ?? 0, stampNs: message.stampNs ?? 0, receivedNs: now)
        command.gripperOpening[index] = Float(message.opening ?? 1)
    }
}
