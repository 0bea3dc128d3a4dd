public import PonsMessages
public import PonsSecurity
public import PonsTransport

/// Real time and real sockets. Notes its own stalls: a tester that did not run must not blame the robot.
public final class SocketStage: Stage {
    /// A wake-up later than this is a stall worth noting.
    private static let stallNs: Int64 = 4_000_000

    public let startsFresh = false
    private let endpoint: Endpoint
    private let keys: KeyRing?
    private var sockets: [Int: Socket] = [:]
    private var nextLink = 1
    /// Datagram paths of links.
    private var sides: [Int: Socket] = [:]
    private var unread: Set<Int> = []
    private var paces: [Int: ReadPace] = [:]
    private var witness: SchedulerWitness?
    private var nextLookNs: Int64 = 0
    /// When it had last taken all that had arrived.
    private var servedNs: Int64?

    /// - Parameters:
    ///   - keys: certificates to show on `tls://`.
    ///   - simulator: process id of a robot that shares this machine with the tester.
    public init(endpoint: Endpoint, keys: KeyRing? = nil, simulator: Int32? = nil) {
        self.endpoint = endpoint
        self.keys = keys
        witness = simulator.map(SchedulerWitness.init)
    }

    public var nowNs: Int64 { MonotonicClock.nowNs }
    public var losesFrames: Bool { if case .udp = endpoint { true } else { false } }

    public func open(
        as role: Role, showing certificate: TesterCertificate?, isNarrow: Bool
    ) throws(StageError) -> Int {
        let layer = try layer(showing: certificate ?? TesterCertificate(role), isAsked: certificate != nil)
        do throws(Socket.Failure) {
            sockets[nextLink] = try Socket.connect(
                endpoint, layer: layer, timeoutMs: isReached ? 2 : 3000, mayPend: isReached,
                receiveBytes: isNarrow ? ReadPace.windowSize : nil, stampsSends: true)
        } catch {
            throw StageError(
                error.description, hint: "is the robot running and listening there? try: pons-sim --listen \(endpoint)")
        }
        defer { nextLink += 1 }
        return nextLink
    }

    /// From then on nothing waits for the robot any more: while it takes its time to accept a link, the others go on.
    private var isReached: Bool { nextLink > 1 }

    private func layer(showing certificate: TesterCertificate, isAsked: Bool) throws(StageError) -> SecureStream? {
        guard case .tls = endpoint else {
            guard isAsked && certificate != .clear else { return nil }
            throw StageError(
                "\(endpoint) carries no certificates",
                hint: "this test needs a robot at tls://HOST:PORT, and --keys DIR")
        }
        guard let keys else {
            throw StageError(
                "\(endpoint) needs certificates",
                hint: "give --keys DIR; conform keys create DIR makes a laboratory's")
        }
        do throws(CredentialError) { return try keys.testerEnd(showing: certificate) } catch { throw StageError(error) }
    }

    public func close(_ link: Int) {
        sides.removeValue(forKey: link)?.close()
        sockets.removeValue(forKey: link)?.close()
    }

    public func openDatagrams(_ link: Int, port: Int) throws(StageError) {
        guard case .tls(let host, _) = endpoint else {
            throw StageError("\(endpoint) has no datagram path", hint: "it belongs to links at tls://HOST:PORT")
        }
        do throws(Socket.Failure) {
            sides[link] = try Socket.connect(.udp(host: host, port: UInt16(clamping: port)))
        } catch {
            throw StageError(error.description, hint: "is UDP port \(port) of the robot blocked by a firewall?")
        }
    }

    public func send(datagram bytes: [UInt8], on link: Int) { sides[link]?.send(bytes) }

    public func stopReading(_ link: Int) { unread.insert(link) }

    public func read(_ link: Int, bytesPerSecond: Int) {
        paces[link] = ReadPace(bytesPerSecond: bytesPerSecond, at: nowNs)
    }

    /// Whether a link is read now.
    private func isRead(_ link: Int, _ now: Int64) -> Bool {
        !unread.contains(link) && paces[link]?.dueNs ?? .min <= now
    }

    public func send(_ bytes: [UInt8], on link: Int) -> UInt32? {
        guard let socket = sockets[link] else { return nil }
        socket.send(bytes)
        return socket.sentMark
    }

    public func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool) {
        while true {
            let started = nowNs
            if let away = servedNs.map({ started - $0 }), away > Self.stallNs {
                _ = deliver(Delivery(link: 0, timeNs: started, kernelNs: nil, content: .stall(away)))
            }
            let nextPaced = paces.values.map(\.dueNs).filter { $0 > started }.min() ?? .max
            let planned = max(min(deadline, started + 50_000_000, nextPaced), started)
            Socket.wait(
                for: sockets.filter { isRead($0.key, started) }.map(\.value) + sides.values, until: planned)
            let now = nowNs
            if now - planned > Self.stallNs {
                _ = deliver(Delivery(link: 0, timeNs: now, kernelNs: nil, content: .stall(now - planned)))
            }
            if let waited = simulatorStall(now) {
                _ = deliver(Delivery(link: 0, timeNs: now, kernelNs: nil, content: .stall(waited)))
            }
            var isDone = false
            for delivery in arrivals() { if deliver(delivery) { isDone = true } }
            servedNs = nowNs
            if isDone || nowNs >= deadline { return }
        }
    }

    /// Looks every 10 ms whether the simulator was kept from running.
    private func simulatorStall(_ now: Int64) -> Int64? {
        guard now >= nextLookNs, let waited = witness?.waitedNs() else { return nil }
        nextLookNs = now + 10_000_000
        return waited > Self.stallNs ? waited : nil
    }

    private func arrivals() -> [Delivery] {
        var all: [Delivery] = []
        for (link, socket) in sides.sorted(by: { $0.key < $1.key }) {
            for _ in 0..<32 {
                guard let received = socket.receive() else { break }
                all.append(
                    Delivery(link: link, timeNs: nowNs, kernelNs: received.kernelNs, content: .datagram(received.bytes))
                )
            }
        }
        for (link, socket) in sockets.sorted(by: { $0.key < $1.key }) where isRead(link, nowNs) {
            for stamp in socket.sendStamps() {
                all.append(
                    Delivery(link: link, timeNs: nowNs, kernelNs: stamp.kernelNs, content: .sent(mark: stamp.mark)))
            }
            for _ in 0..<32 where isRead(link, nowNs) {
                var wireCount = 0
                let arrived = socket.receive(wireCount: &wireCount)
                paces[link]?.note(wireCount, at: nowNs)
                guard let received = arrived else { break }
                let now = nowNs
                if received.bytes.isEmpty && socket.isStream {
                    all.append(Delivery(link: link, timeNs: now, kernelNs: nil, content: .closed))
                    sockets.removeValue(forKey: link)?.close()
                    break
                }
                all.append(
                    Delivery(link: link, timeNs: now, kernelNs: received.kernelNs, content: .bytes(received.bytes)))
            }
        }
        return all
    }
}
