public import PonsMessages
import PonsRobot
public import PonsSecurity
import PonsSession
import PonsSimulator
public import PonsTransport
import PonsWire

/// Real time, and the runner is the robot: a brain connects to it over a socket, the tester's own links are inside.
///
/// One for each test: the robot is fresh, the listener and the brain go on; the brain connects again.
public final class HostStage: Stage {
    public let startsFresh = true
    public var nowNs: Int64 { MonotonicClock.nowNs }
    /// The robot's clock started at another time than the tester's.
    private let offsetNs: Int64
    public var robotOffsetNs: Int64? { offsetNs }

    private let listener: Socket
    private let keys: KeyRing?
    private var robot: SimulatedHumanoid
    private var nextTickNs: Int64
    private var nextLink = 1
    private var guest: (link: LinkID, socket: Socket, assembler: FrameAssembler, isKnown: Bool)?
    private var hindered = HinderedLink()
    private var held = EventQueue<Frame>()
    private var deliveries: [Delivery] = []

    private enum Frame {
        case toRobot(LinkID, [UInt8])
        case toGuest(LinkID, [UInt8])
    }

    /// How long a brain may take to connect.
    private static let patienceNs: Int64 = 15_000_000_000

    /// Waits for the brain.
    public init(listener: Socket, keys: KeyRing?, seed: UInt64) throws(StageError) {
        self.listener = listener
        self.keys = keys
        offsetNs = 5_000_000_000 + Int64(seed % 1_000_000_000)
        let now = MonotonicClock.nowNs
        nextTickNs = now
        var configuration = HumanoidConfiguration(plant: .exact, seed: seed)
        configuration.isLab = keys == nil && !listener.isLocal
        do throws(PlantFailure) {
            robot = try Humanoid.make(configuration, random: SplitMix64(seed: seed), at: now + offsetNs)
        } catch { throw StageError(error.description, hint: "this is a fault of the runner") }
        while guest == nil {
            guard nowNs - now < Self.patienceNs else {
                throw StageError(
                    "no brain has connected within 15 s",
                    hint: "start it and let it connect here; it must connect again whenever its link ends")
            }
            Socket.wait(for: [listener], until: nowNs + 50_000_000)
            try accept()
        }
        nextTickNs = nowNs
    }

    deinit { guest?.socket.close() }

    public func hinder(_ hindrance: Hindrance, until endNs: Int64) {
        hindered.add(hindrance, from: nowNs, until: endNs)
    }

    // MARK: The tester's own links

    public func open(
        as role: Role, showing certificate: TesterCertificate?, isNarrow: Bool
    ) throws(StageError) -> Int {
        let link = newLink()
        robot.linkOpened(link, trust: .local, at: robotNow)
        return link.number
    }

    public func close(_ link: Int) {
        robot.linkClosed(LinkID(link), at: robotNow)
        carryOut()
    }

    public func send(_ bytes: [UInt8], on link: Int) -> UInt32? {
        robot.receive(bytes, on: LinkID(link), at: robotNow)
        carryOut()
        return nil
    }

    private var robotNow: Int64 { nowNs + offsetNs }

    private func newLink() -> LinkID {
        defer { nextLink += 1 }
        return LinkID(nextLink)
    }

    // MARK: Time

    public func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool) {
        while true {
            var isDone = false
            while !deliveries.isEmpty { if deliver(deliveries.removeFirst()) { isDone = true } }
            if isDone || nowNs >= deadline { return }
            let next = min(nextTickNs, held.nextTime ?? .max, deadline)
            Socket.wait(for: [listener] + (guest.map { [$0.socket] } ?? []), until: next)
            do throws(StageError) { try accept() } catch { return }
            hearGuest()
            release()
            if nowNs >= nextTickNs {
                if nowNs - nextTickNs > 20_000_000 {
                    note(.stall(nowNs - nextTickNs))
                }
                robot.advance(to: robotNow)
                nextTickNs = nowNs + 1_000_000
                carryOut()
            }
        }
    }

    private func note(_ content: Delivery.Content) {
        deliveries.append(Delivery(link: 0, timeNs: nowNs, kernelNs: nowNs, content: content))
    }

    // MARK: The guest

    /// One brain at a time: whoever comes while it is there is sent away.
    private func accept() throws(StageError) {
        var problem: StageError?
        while let socket = listener.accept(layer: { [keys] in
            do throws(CredentialError) { return try keys?.robotEnd { false } } catch {
                problem = StageError(error)
                return nil
            }
        }) {
            guard guest == nil else {
                socket.close()
                continue
            }
            guest = (newLink(), socket, FrameAssembler(payloadLimit: WireLimits.controlPayloadBytes), false)
            if socket.layer == nil { introduce(listener.isLocal ? .local : .clear) }
        }
        if let problem { throw problem }
    }

    private func introduce(_ trust: LinkTrust) {
        guard let link = guest?.link, guest?.isKnown == false else { return }
        guest?.isKnown = true
        robot.linkOpened(link, trust: trust, at: robotNow)
        note(.guestOpened)
    }

    private func hearGuest() {
        while let socket = guest?.socket, let link = guest?.link {
            let received = socket.receive()
            if case .open(let trust)? = socket.layer?.phase { introduce(trust) }
            guard let received else { return }
            guard !received.bytes.isEmpty else { return loseGuest(at: link) }
            guest?.assembler.append(received.bytes)
            do throws(FrameError) {
                while let frame = try guest?.assembler.next() {
                    held.push(.toRobot(link, frame), at: hindered.departure(at: nowNs))
                }
            } catch {
                // Rubbish: the robot decides what becomes of the link.
                robot.receive(received.bytes, on: link, at: robotNow)
                return carryOut()
            }
        }
    }

    private func loseGuest(at link: LinkID) {
        robot.linkClosed(link, at: robotNow)
        guest?.socket.close()
        guest = nil
        carryOut()
    }

    private func release() {
        while let due = held.nextTime, due <= nowNs, let frame = held.pop() {
            switch frame {
            case .toRobot(let link, let bytes):
                robot.receive(bytes, on: link, at: robotNow)
                note(.overheard(byGuest: true, bytes))
                carryOut()
            case .toGuest(let link, let bytes): if guest?.link == link { guest?.socket.send(bytes) }
            }
        }
    }

    private func carryOut() {
        for action in robot.takeActions() {
            switch action {
            case .send(let link, let frames) where link == guest?.link:
                for frame in frames {
                    guard let due = hindered.arrival(of: frame, at: nowNs, delay: hindered.lateness(at: nowNs)) else {
                        continue
                    }
                    note(.overheard(byGuest: false, frame))
                    if due <= nowNs { guest?.socket.send(frame) } else { held.push(.toGuest(link, frame), at: due) }
                }
            case .close(let link) where link == guest?.link:
                guest?.socket.close()
                guest = nil
            case .send(let link, let frames):
                for frame in frames {
                    deliveries.append(
                        Delivery(link: link.number, timeNs: nowNs, kernelNs: nowNs, content: .bytes(frame)))
                }
            case .close(let link):
                deliveries.append(Delivery(link: link.number, timeNs: nowNs, kernelNs: nowNs, content: .closed))
            case .store, .record, .sendDatagram: break
            }
        }
    }
}
