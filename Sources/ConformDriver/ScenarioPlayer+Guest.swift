import ConformJudge
import PonsMessages
import PonsReflection
import PonsSession
import PonsWire

// The brain under test. What it says is on record as received from `brain`, what the robot tells it as from `robot`.
extension ScenarioPlayer {
    static let guestName = Evidence.guestName
    static let hostName = "robot"

    /// Puts on record what passed between the robot and its guest; whether the delivery was that.
    func overhears(_ delivery: Delivery) -> Bool {
        switch delivery.content {
        case .guestOpened:
            for name in [Self.guestName, Self.hostName] {
                evidence.append(Evidence.Record(.opened, at: delivery.timeNs, peer: name))
            }
            if let offset = stage.robotOffsetNs {
                let known = ClockReading(timeNs: delivery.timeNs, offsetNs: offset, uncertaintyNs: 0, drift: 0)
                for name in [Self.guestName, Self.hostName] { evidence.clocks[name] = [known] }
            }
        case .overheard(let isByGuest, let frame):
            guard let header = OpenedFrame.peek(frame, payloadLimit: .max),
                let type = MessageType(rawValue: header.messageType)
            else { return true }
            var record = Evidence.Record(
                .received, at: delivery.timeNs, peer: isByGuest ? Self.guestName : Self.hostName)
            record.header = header
            record.type = type
            record.bytes = Array(frame[FrameHeader.size..<FrameHeader.size + Int(header.payloadLength)])
            decode(type, record.bytes, into: &record)
            evidence.append(record)
        default: return false
        }
        return true
    }

    func hinderGuest(_ arguments: StepArgument) throws(StepFailure) {
        let end = stage.nowNs + (try time(arguments["for"], default: 0))
        if arguments["blind"]?.flag == true { stage.hinder(.blind, until: end) }
        if arguments["stale"] != nil { stage.hinder(.stale(try time(arguments["stale"], default: 0)), until: end) }
        if arguments["late"] != nil { stage.hinder(.late(try time(arguments["late"], default: 0)), until: end) }
    }
}
