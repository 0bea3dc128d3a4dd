import PonsRobot
import PonsSession
import PonsSimulator
import PonsWire

/// What a stage in virtual time needs of the robot it plays: bytes and `now` in, actions out.
protocol StagedRobot {
    /// How often the mutant's fault changed what the robot did.
    var appliedFaultCount: Int { get }

    mutating func linkOpened(_ link: LinkID, trust: LinkTrust, at now: Int64)
    mutating func linkClosed(_ link: LinkID, at now: Int64)
    mutating func receive(_ bytes: [UInt8], on link: LinkID, at now: Int64)
    mutating func receive(datagram: [UInt8], at now: Int64)
    mutating func advance(to now: Int64)
    mutating func takeActions() -> [RobotAction]
    mutating func setCongestion(_ isCongested: Bool, of link: LinkID)
    mutating func admitsClear() -> Bool

    /// Under which identity the frames of a link are sealed; `nil` where nobody may know.
    func identity(of link: LinkID) -> SessionIdentity?
}

extension RobotRuntime: StagedRobot where Faults == MutantFaults {
    var appliedFaultCount: Int { faults.appliedCount }

    mutating func linkOpened(_ link: LinkID, trust: LinkTrust, at now: Int64) {
        linkOpened(link, isDatagram: false, trust: trust, at: now)
    }

    mutating func receive(datagram: [UInt8], at now: Int64) {
        let _: LinkID? = receive(datagram: datagram, at: now)
    }
}
