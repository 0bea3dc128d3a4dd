import PonsMessages
import PonsSafety
import PonsSession
import PonsWire

// Streams as datagrams beside a session's own link (SEC-13).
extension RobotRuntime {
    /// Opens the datagram path of a session. Its keys travel on the session's link: where others could read it, there is none.
    mutating func grant(_ request: DatagramRequest, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard let peer = peers[link], let port = datagramPort, let authentication, peer.trust.protection != .clear,
            !peer.isDatagram
        else { return .rejected(.unsupported) }
        var grant = DatagramGrant()
        grant.commandID = request.commandID
        grant.channel = UInt32(truncatingIfNeeded: random64())
        grant.clientKey = randomKey()
        grant.robotKey = randomKey()
        grant.port = port
        let channel = DatagramChannel(
            number: grant.channel, sendKey: grant.robotKey, receiveKey: grant.clientKey, authentication: authentication)
        let gap = descriptor.limits?.maxCounterGap ?? 0
        peers[link]!.datagrams = DatagramSide(channel, beside: peer.sealer, maxGap: gap == 0 ? .max : gap)
        reply(link, grant, now)
        return .accepted
    }

    private mutating func randomKey() -> [UInt8] { (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) } }

    /// A datagram from anywhere. What is not sealed with a session's key is counted where it names one, and answered never.
    ///
    /// - Returns: the link whose session it belongs to; datagrams for that go to where this one came from.
    public mutating func receive(datagram bytes: [UInt8], at now: Int64) -> LinkID? {
        advance(to: now)
        guard let number = DatagramChannel.number(of: bytes),
            let link = peers.links.first(where: { peers[$0]!.datagrams?.channel.number == number })
        else { return nil }
        do throws(DatagramChannel.Failure) {
            let (frame, isReplay) = try peers[link]!.datagrams!.channel.open(bytes)
            guard !isReplay || faults.breaks(.sec13) else {
                integrityErrors &+= 1
                return nil
            }
            peers[link]!.datagrams!.isReached = true
            receive(datagramFrame: frame, isReplay: isReplay, on: link, at: now)
            flushTransitionsToStorage()
            return link
        } catch {
            integrityErrors &+= 1
            return nil
        }
    }

    private mutating func receive(datagramFrame frame: [UInt8], isReplay: Bool, on link: LinkID, at now: Int64) {
        guard let identity = peers[link]?.identity,
            let opened = try? OpenedFrame(frame, identity: identity, payloadLimit: WireLimits.controlPayloadBytes)
        else { return integrityErrors &+= 1 }
        let header = opened.header
        guard header.sessionID == peers[link]!.sessionID, header.stream == DatagramChannel.stream,
            header.source == peers[link]!.sealer.destination
        else { return refuse(link, .address, header, now) }
        guard let type = opened.type, type.streamClass == .setpoint else {
            return refuse(link, .unsupported, header, now)
        }
        if case .refused(let reason) = peers[link]!.datagrams!.counters.receive(header.counter), !isReplay {
            return refuse(link, reason, header, now)
        }
        dispatch(opened, on: link, at: now)
    }
}
