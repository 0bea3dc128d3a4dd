public import PonsMessages
import PonsSession
import PonsWire

/// One look at a robot, as an observer that changes nothing.
public enum RobotProbe {
    /// What it says of itself; checked as every run checks it.
    public static func describe(on stage: any Stage) throws(StageError) -> Descriptor {
        try DescriptorFetcher.fetch(on: stage)
    }

    /// What an observer sees of it.
    public struct Look: Sendable {
        public var status: SafetyStatus
        /// From the measurement to the frame that carries it, by the robot's clock, ns; `nil` where no state came.
        public var stateAgeNs: Int64?
    }

    /// The first safety status and the first state that come within two seconds.
    public static func look(on stage: any Stage) throws(StageError) -> Look {
        let link = try stage.open(as: .observer, showing: nil)
        defer { stage.close(link) }
        var session = ClientSession(role: .observer, name: "conform-look", nonce: 0x100C)
        stage.send(session.hello(at: stage.nowNs), on: link)
        var (status, age): (SafetyStatus?, Int64?)
        var problem: String?
        stage.advance(to: stage.nowNs + 2_000_000_000) { delivery in
            guard delivery.link == link else { return false }
            if case .closed = delivery.content { problem = "the robot closed the link" }
            guard case .bytes(let bytes) = delivery.content else { return problem != nil }
            let (events, replies) = session.receive(bytes, at: delivery.timeNs)
            for reply in replies { stage.send(reply, on: link) }
            for event in events {
                switch event {
                case .opened: stage.send(subscription(&session, at: delivery.timeNs), on: link)
                case .received(.safetyStatus, let payload, _):
                    status = status ?? (try? SafetyStatus(decoding: payload))
                case .received(.wholeBodyState, let payload, let header):
                    age = age ?? (try? WholeBodyState(decoding: payload))?.captureNs.map { header.sendTimeNs &- $0 }
                default: break
                }
            }
            return (status != nil && age != nil) || problem != nil
        }
        guard let status else {
            throw StageError(
                problem ?? "no safety status came within 2 s",
                hint: "SafetyStatus goes to every session at least ten times a second (SAF-03)")
        }
        return Look(status: status, stateAgeNs: age)
    }

    private static func subscription(_ session: inout ClientSession, at now: Int64) -> [UInt8] {
        var subscribe = Subscribe()
        subscribe.commandID = session.commandID()
        subscribe.messageTypes = [UInt32(MessageType.wholeBodyState.rawValue)]
        return session.seal(subscribe, at: now)
    }
}
