import PonsMessages
import PonsRobot
import PonsSession
import PonsWire

// The brain under test, on the robot that the stage plays. Everything that passes between them is overheard.
extension VirtualStage {
    public func hinder(_ hindrance: Hindrance, until endNs: Int64) { hindrances.append((hindrance, nowNs, endNs)) }

    func openGuest(_ robotNow: Int64) {
        let link = newLink()
        guestLink = link
        robot.linkOpened(link, trust: .local, at: robotNow)
        if let frames = guest?.opened(at: nowNs + guestOffsetNs) { sendAsGuest(frames) }
    }

    func sendAsGuest(_ frames: [[UInt8]]) {
        guard let link = guestLink else { return }
        for frame in frames {
            schedule(.toRobot(link, frame), after: delay(link.number, towardsRobot: true, late: lateness))
        }
    }

    func postToGuest(_ frames: [[UInt8]]) {
        guard let link = guestLink else { return }
        for frame in frames {
            let type = OpenedFrame.peek(frame, payloadLimit: .max)?.messageType
            if isBlind && type == MessageType.wholeBodyState.rawValue { continue }
            let heard = Delivery(
                link: 0, timeNs: nowNs, kernelNs: nowNs, content: .overheard(byGuest: false, frame))
            schedule(.toTester(heard), after: 0)
            guard type == MessageType.wholeBodyState.rawValue else {
                schedule(.toGuest(frame), after: delay(link.number, towardsRobot: false, late: lateness))
                continue
            }
            // A stream that falls behind stays in order, and catches up at once when it may.
            lastStateDueNs = max(
                lastStateDueNs, nowNs + staleness + delay(link.number, towardsRobot: false, late: lateness))
            schedule(.toGuest(frame), after: lastStateDueNs - nowNs)
        }
    }

    private var lateness: Int64 { longest { if case .late(let ns) = $0.what { ns } else { 0 } } }

    /// Falls behind by seven tenths of a second in each, so that the stream never pauses.
    private var staleness: Int64 {
        longest { entry in
            if case .stale(let ns) = entry.what { min(ns, (nowNs - entry.startNs) * 7 / 10) } else { 0 }
        }
    }

    /// The longest delay among the hindrances in force, ns.
    private func longest(_ delay: ((what: Hindrance, startNs: Int64, endNs: Int64)) -> Int64) -> Int64 {
        hindrances.filter { $0.endNs > nowNs }.map(delay).max() ?? 0
    }

    private var isBlind: Bool { hindrances.contains { $0.what == .blind && $0.endNs > nowNs } }
}
