import PonsMessages
import PonsRobot
import PonsSession

// The brain under test, on the robot that the stage plays. Everything that passes between them is overheard.
extension VirtualStage {
    public func hinder(_ hindrance: Hindrance, until endNs: Int64) {
        hindered.add(hindrance, from: nowNs, until: endNs)
    }

    func openGuest(_ robotNow: Int64) {
        let link = newLink()
        guestLink = link
        robot.linkOpened(link, trust: .local, at: robotNow)
        if let frames = guest?.opened(at: nowNs + guestOffsetNs) { sendAsGuest(frames) }
    }

    func sendAsGuest(_ frames: [[UInt8]]) {
        guard let link = guestLink else { return }
        for frame in frames {
            schedule(
                .toRobot(link, frame), after: delay(link.number, towardsRobot: true, late: hindered.lateness(at: nowNs))
            )
        }
    }

    func postToGuest(_ frames: [[UInt8]]) {
        guard let link = guestLink else { return }
        for frame in frames {
            let delay = delay(link.number, towardsRobot: false, late: hindered.lateness(at: nowNs))
            guard let due = hindered.arrival(of: frame, at: nowNs, delay: delay) else { continue }
            let heard = Delivery(link: 0, timeNs: nowNs, kernelNs: nowNs, content: .overheard(byGuest: false, frame))
            schedule(.toTester(heard), after: 0)
            schedule(.toGuest(frame), after: due - nowNs)
        }
    }
}
