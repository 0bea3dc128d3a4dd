public import PonsMessages
public import PonsRobot
import PonsSession

/// Drives a robot runtime in real time: sockets in, sockets out, a cycle every millisecond.
///
/// Frames are handed over in the order and at the time of the kernel's receive stamps, so a stall of this process does
/// not change what the robot decides: it only learns of it later, like any computer.
public final class RobotServer<Adapter: RobotAdapter, Faults: FaultPort> {
    public private(set) var robot: RobotRuntime<Adapter, Faults>
    private let listener: Socket
    private var record: ((RecordingAction) -> Void)?
    private var store: ((SafetyState?, UInt64) -> Void)?
    private var layer: (() -> (any StreamLayer)?)?
    private var streams: [LinkID: Socket] = [:]
    /// Streams whose other end has not yet proven who it is, and since when.
    private var strangers: [LinkID: Int64] = [:]
    /// The stranger that was heard last.
    private var lastHeard = LinkID(0)
    /// Datagrams beside links that have a layer of their own.
    private var side: Socket?
    private var sidePlaces: [LinkID: [UInt8]] = [:]
    private var datagramLinks: [[UInt8]: LinkID] = [:]
    private var datagramPeers: [LinkID: (address: [UInt8], lastNs: Int64)] = [:]
    private var nextLink = 1
    private var lastNs: Int64
    /// A peer that lets this much pile up is cut off.
    private let unsentLimit = 4 << 20
    /// Who has not said who he is after this time is sent away.
    private let introductionNs: Int64 = 5_000_000_000
    /// Of more strangers than this the one that came first is sent away: they keep nobody out (LNK-14).
    private let strangerLimit = 64

    public init(robot: RobotRuntime<Adapter, Faults>, listener: Socket) {
        self.robot = robot
        self.listener = listener
        lastNs = MonotonicClock.nowNs
    }

    /// Where recordings and incidents go: called for every step of one, on the robot's thread, so it must not wait.
    public func recordings(_ record: @escaping (RecordingAction) -> Void) {
        self.record = record
        robot.canRecord = true
        robot.keepsIncidents = true
    }

    /// What must survive a power cycle: called on every change, before anybody is told of it (SAF-07).
    public func latches(_ store: @escaping (_ latch: SafetyState?, _ epoch: UInt64) -> Void) { self.store = store }

    /// From now on links have TLS: `makeLayer` makes the robot's end of one, told whether the robot admits clear text.
    public func secure(_ makeLayer: @escaping (_ admitsClear: @escaping () -> Bool) -> (any StreamLayer)?) {
        layer = { [unowned self] in makeLayer { [unowned self] in robot.admitsClear() } }
    }

    /// Sessions may have a datagram path through this socket.
    public func datagrams(through socket: Socket) {
        side = socket
        robot.datagramPort = UInt32(socket.port)
    }

    /// The port it listens on; 0 for a path.
    public var port: Int { listener.port }

    /// Runs until `isDone` says so; asked once a cycle.
    public func run(until isDone: () -> Bool) {
        var nextTickNs = MonotonicClock.nowNs + 1_000_000
        while !isDone() {
            Socket.wait(for: [listener] + (side.map { [$0] } ?? []) + Array(streams.values), until: nextTickNs)
            let now = MonotonicClock.nowNs
            cycle(now)
            // Only what was due moves the schedule: traffic wakes the loop early, and must not put off the next cycle.
            guard now >= nextTickNs else { continue }
            nextTickNs = now - nextTickNs > 100_000_000 ? now + 1_000_000 : nextTickNs + 1_000_000
        }
    }

    private func cycle(_ now: Int64) {
        acceptStreams(now)
        sendStrangersAway(now)
        for (link, received) in arrivals(now) { hand(received, link, now) }
        takeSideDatagrams(now)
        lastNs = max(lastNs, now)
        robot.advance(to: lastNs)
        carryOut()
    }

    private func acceptStreams(_ now: Int64) {
        guard listener.isStream else { return }
        while let socket = listener.accept(layer: layer ?? { nil }) {
            let link = newLink()
            streams[link] = socket
            if layer != nil {
                strangers[link] = now
                if strangers.count > strangerLimit, let first = strangers.keys.min() { sendAway(first) }
            } else {
                robot.linkOpened(link, trust: listener.isLocal ? .local : .clear, at: max(lastNs, now))
            }
        }
    }

    /// Opens the robot's link once the layer knows who is there.
    private func introduce(_ link: LinkID) {
        guard let since = strangers[link], case .open(let trust)? = streams[link]?.layer?.phase else { return }
        strangers[link] = nil
        // Nobody has been waiting for a greeting since before the link was there.
        lastNs = max(lastNs, since)
        robot.linkOpened(link, trust: trust, at: lastNs)
    }

    private func sendStrangersAway(_ now: Int64) {
        for (link, since) in strangers where now - since > introductionNs { sendAway(link) }
    }

    private func sendAway(_ stranger: LinkID) {
        strangers[stranger] = nil
        streams.removeValue(forKey: stranger)?.close()
    }

    /// Everything that has arrived, in the order of the kernel's stamps.
    private func arrivals(_ now: Int64) -> [(LinkID, Socket.Received)] {
        var all: [(LinkID, Socket.Received)] = []
        for (link, socket) in streams.sorted(by: { $0.key < $1.key }) where strangers[link] == nil {
            for _ in 0..<16 {
                guard let received = socket.receive() else { break }
                all.append((link, received))
                if received.bytes.isEmpty { break }
            }
        }
        all += hearStranger()
        if !listener.isStream {
            for _ in 0..<256 {
                guard let received = listener.receive() else { break }
                all.append((datagramLink(received.address, now), received))
            }
        }
        return all.enumerated().sorted {
            ($0.element.1.kernelNs ?? now, $0.offset) < ($1.element.1.kernelNs ?? now, $1.offset)
        }.map(\.element)
    }

    /// What the next stranger that has something to say says. Proving who is there takes as long as a cycle: one a cycle, in
    /// turn, and a flood of them holds up nobody but its own (LNK-14).
    private func hearStranger() -> [(LinkID, Socket.Received)] {
        let waiting = strangers.keys.sorted()
        let turn = waiting.filter { $0 > lastHeard } + waiting.filter { $0 <= lastHeard }
        for link in turn {
            var wireCount = 0
            let arrived = streams[link]?.receive(wireCount: &wireCount)
            guard wireCount > 0 || arrived != nil else { continue }
            lastHeard = link
            introduce(link)
            return arrived.map { [(link, $0)] } ?? []
        }
        return []
    }

    private func takeSideDatagrams(_ now: Int64) {
        guard let side else { return }
        for _ in 0..<256 {
            guard let received = side.receive() else { return }
            lastNs = max(lastNs, min(received.kernelNs ?? now, now))
            if let link = robot.receive(datagram: received.bytes, at: lastNs) { sidePlaces[link] = received.address }
        }
    }

    private func hand(_ received: Socket.Received, _ link: LinkID, _ now: Int64) {
        lastNs = max(lastNs, min(received.kernelNs ?? now, now))
        if received.bytes.isEmpty && streams[link] != nil {
            strangers[link] = nil
            robot.linkClosed(link, at: lastNs)
            streams.removeValue(forKey: link)?.close()
        } else {
            robot.receive(received.bytes, on: link, at: lastNs)
        }
    }

    private func datagramLink(_ address: [UInt8], _ now: Int64) -> LinkID {
        if let link = datagramLinks[address] { return link }
        let link = newLink()
        datagramLinks[address] = link
        datagramPeers[link] = (address, now)
        robot.linkOpened(link, isDatagram: true, trust: .clear, at: max(lastNs, now))
        return link
    }

    private func newLink() -> LinkID {
        defer { nextLink += 1 }
        return LinkID(nextLink)
    }

    /// Links whose kernel takes no more get only what may not be dropped, until they have caught up (LNK-12).
    private func noteCongestion() {
        for (link, socket) in streams { robot.setCongestion(socket.hasUnsent, of: link) }
    }

    private func carryOut() {
        noteCongestion()
        for action in robot.takeActions() {
            switch action {
            case .send(let link, let frames):
                if let socket = streams[link] {
                    socket.send(frames.flatMap { $0 })
                    if socket.unsentCount > unsentLimit { end(link) }
                } else if let peer = datagramPeers[link] {
                    for frame in frames { listener.send(frame, to: peer.address) }
                }
            case .sendDatagram(let link, let bytes):
                if let place = sidePlaces[link] { side?.send(bytes, to: place) }
            case .close(let link):
                sidePlaces[link] = nil
                streams.removeValue(forKey: link)?.close()
                if let peer = datagramPeers.removeValue(forKey: link) { datagramLinks[peer.address] = nil }
            case .store(let latch, let epoch): store?(latch, epoch)
            case .record(let action): record?(action)
            }
        }
    }

    private func end(_ link: LinkID) {
        streams.removeValue(forKey: link)?.close()
        robot.linkClosed(link, at: lastNs)
    }
}
