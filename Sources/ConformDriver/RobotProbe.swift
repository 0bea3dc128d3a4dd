public import PonsMessages
import PonsSession

/// One look at a robot, as an observer that changes nothing.
public enum RobotProbe {
    /// What it says of itself; checked as every run checks it.
    public static func describe(on stage: any Stage) throws(StageError) -> Descriptor {
        try DescriptorFetcher.fetch(on: stage)
    }

    /// The first safety status that comes.
    public static func status(on stage: any Stage) throws(StageError) -> SafetyStatus {
        let link = try stage.open(as: .observer, showing: nil)
        defer { stage.close(link) }
        var session = ClientSession(role: .observer, name: "conform-look", nonce: 0x100C)
        stage.send(session.hello(at: stage.nowNs), on: link)
        var status: SafetyStatus?
        var problem: String?
        stage.advance(to: stage.nowNs + 2_000_000_000) { delivery in
            guard delivery.link == link else { return false }
            if case .closed = delivery.content { problem = "the robot closed the link" }
            guard case .bytes(let bytes) = delivery.content else { return problem != nil }
            let (events, replies) = session.receive(bytes, at: delivery.timeNs)
            for reply in replies { stage.send(reply, on: link) }
            for case .received(.safetyStatus, let payload, _) in events {
                status = status ?? (try? SafetyStatus(decoding: payload))
            }
            return status != nil || problem != nil
        }
        guard let status else {
            throw StageError(
                problem ?? "no safety status came within 2 s",
                hint: "SafetyStatus goes to every session at least ten times a second (SAF-03)")
        }
        return status
    }
}
