import Foundation
public import PonsMessages
public import PonsRecording
import PonsRobot
public import PonsSecurity
import PonsSession
public import PonsSimulator
import PonsTransport
import PonsWire

/// Robot, links and tester on one discrete-event clock: minutes in a second, and the seed gives the run, byte for byte.
public final class VirtualStage: Stage {
    enum Event {
        case opened(LinkID)
        case closedByTester(LinkID)
        case toRobot(LinkID, [UInt8])
        case datagramToRobot([UInt8])
        case toTester(Delivery)
        case toGuest([UInt8])
        case guestOpens
    }

    public private(set) var nowNs: Int64 = 1_000_000_000
    public let startsFresh = true

    /// The robot's clock started at another time than the tester's: nothing may mix them up.
    private let offsetNs: Int64
    public var robotOffsetNs: Int64? { guest == nil ? nil : offsetNs }
    private let variant: RobotVariant?
    private var tampering: WireTampering?
    var robot: any StagedRobot
    private var queue = EventQueue<Event>()
    private var nextTickNs: Int64
    private var nextLink = 1
    private var jitter: SplitMix64
    private var lastDue: [Int: Int64] = [:]
    /// Bytes that wait on links which nobody reads. What fits into the buffers of both ends is a link's whole patience.
    private var unread: [Int: Int] = [:]
    private static let bufferSize = 65_536
    /// Links on which the tester reads no more than so much.
    private var paces: [Int: ReadPace] = [:]
    /// What waits in the robot's end of a link before it counts as behind; the same as of its real links (LNK-12).
    private static let unsentSize = 8_192

    /// Links with real TLS at both ends: those of tests that name a certificate. The others are inside one process.
    private var secureLinks: [Int: SecureLink] = [:]
    private let startDate = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
    private static let keys = Result<KeyRing, CredentialError> { () throws(CredentialError) in
        try KeyRing(laboratory: "virtual")
    }

    /// Keeps what leads to stops, where somebody wants it; and the files it has made.
    private(set) var recorder: IncidentRecorder?
    private(set) var incidents: [[UInt8]] = []

    /// The brain under test, and its link while it has one.
    var guest: (any Guest)?
    var guestLink: LinkID?
    var hindered = HinderedLink()
    /// The guest's clock started at yet another time.
    let guestOffsetNs: Int64 = 77_000_000_000

    /// - Throws: where the humanoid's body can't be built.
    public init(
        _ configuration: HumanoidConfiguration, guest: (any Guest)? = nil, recorder: IncidentRecorder? = nil,
        seed: UInt64
    ) throws(StageError) {
        self.recorder = recorder
        var generator = SplitMix64(seed: seed)
        variant = configuration.variant
        tampering = configuration.tampering
        offsetNs = 5_000_000_000 + Int64(generator.next() % 1_000_000_000) + (configuration.variant?.clockLeadNs ?? 0)
        var configuration = configuration
        configuration.seed = generator.next()
        let random = SplitMix64(seed: generator.next())
        do throws(PlantFailure) {
            var made = try Humanoid.make(configuration, random: random, at: nowNs + offsetNs)
            made.canRecord = true
            made.keepsIncidents = recorder != nil
            made.datagramPort = 1
            robot = made
        } catch { throw StageError(error.description, hint: "sim:humanoid?plant=exact needs no MuJoCo") }
        jitter = SplitMix64(seed: generator.next())
        nextTickNs = nowNs
        self.guest = guest
        if guest != nil { queue.push(.guestOpens, at: nowNs + 1_000_000) }
    }

    /// A robot that is a program, just powered on.
    ///
    /// - Throws: where the program has ended, or does not answer.
    public init(_ program: RobotProgram, seed: UInt64) throws(StageError) {
        recorder = nil
        var generator = SplitMix64(seed: seed)
        variant = nil
        offsetNs = 5_000_000_000 + Int64(generator.next() % 1_000_000_000)
        robot = try ProgramRobot(program, seed: generator.next(), at: nowNs + offsetNs)
        jitter = SplitMix64(seed: generator.next())
        nextTickNs = nowNs
    }

    /// How often the mutant's fault changed what the robot did.
    public var appliedFaults: Int { robot.appliedFaultCount + (guest?.appliedFaults ?? 0) }

    public func open(
        as role: Role, showing certificate: TesterCertificate?, isNarrow: Bool
    ) throws(StageError) -> Int {
        let link = newLink()
        if let certificate {
            do throws(CredentialError) {
                var keys = try Self.keys.get()
                // Certificates know whole seconds: they count from one, so that the seed gives the run.
                keys.clock = { [startDate] in startDate }
                secureLinks[link.number] = try SecureLink(keys, showing: certificate) { [unowned self] in
                    robot.admitsClear()
                }
            } catch { throw StageError(error) }
            sendWire(of: link.number)
        } else {
            schedule(.opened(link), after: delay(link.number, towardsRobot: true))
        }
        return link.number
    }

    func newLink() -> LinkID {
        defer { nextLink += 1 }
        return LinkID(nextLink)
    }

    public func close(_ link: Int) {
        schedule(.closedByTester(LinkID(link)), after: delay(link, towardsRobot: true))
    }

    public func stopReading(_ link: Int) { unread[link] = 0 }

    public func read(_ link: Int, bytesPerSecond: Int) {
        paces[link] = ReadPace(bytesPerSecond: bytesPerSecond, at: nowNs)
    }

    public func openDatagrams(_ link: Int, port: Int) throws(StageError) {}

    public func send(datagram bytes: [UInt8], on link: Int) {
        // On another way than the stream: it keeps no order with it.
        schedule(.datagramToRobot(bytes), after: 150_000 + Int64(jitter.next() % 50_000))
    }

    private func noteCongestion() {
        for (link, pace) in paces {
            robot.setCongestion(pace.backlog(at: nowNs) > Self.unsentSize, of: LinkID(link))
        }
    }

    public func send(_ bytes: [UInt8], on link: Int) -> UInt32? {
        if secureLinks[link] != nil {
            secureLinks[link]!.tester.send(bytes)
            sendWire(of: link)
            return nil
        }
        schedule(.toRobot(LinkID(link), bytes), after: delay(link, towardsRobot: true))
        return nil
    }

    public func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool) {
        while true {
            let next = min(queue.nextTime ?? .max, nextTickNs)
            guard next <= deadline else { break }
            nowNs = max(nowNs, next)
            if next == nextTickNs && next < queue.nextTime ?? .max {
                robot.advance(to: robotNs)
                nextTickNs += sleepNs
                carryOut()
                if let frames = guest?.advance(to: nowNs + guestOffsetNs) { sendAsGuest(frames) }
            } else if let event = queue.pop(), handle(event, deliver) {
                return
            }
        }
        nowNs = max(nowNs, deadline)
    }

    /// The robot's own clock.
    private var robotNs: Int64 {
        nowNs + offsetNs + Int64((Double(nowNs) * (variant?.clockDrift ?? 0)).rounded())
    }

    /// Until the robot's control thread wakes up again.
    private var sleepNs: Int64 {
        guard let variant else { return 1_000_000 }
        if variant == .unevenCycles {
            return 1_000_000 + Int64(jitter.next() % UInt64(variant.longestSleepNs - 1_000_000))
        }
        return variant.longestSleepNs
    }

    private func handle(_ event: Event, _ deliver: (Delivery) -> Bool) -> Bool {
        let robotNow = robotNs
        switch event {
        case .opened(let link): robot.linkOpened(link, trust: .local, at: robotNow)
        case .closedByTester(let link): robot.linkClosed(link, at: robotNow)
        case .toRobot(let link, let bytes):
            hand(bytes, on: link, robotNow)
            guard link == guestLink else { break }
            carryOut()
            return deliver(Delivery(link: 0, timeNs: nowNs, kernelNs: nowNs, content: .overheard(byGuest: true, bytes)))
        case .datagramToRobot(let bytes): robot.receive(datagram: bytes, at: robotNow)
        case .toGuest(let bytes):
            if let frames = guest?.receive(bytes, at: nowNs + guestOffsetNs) { sendAsGuest(frames) }
        case .guestOpens:
            openGuest(robotNow)
            return deliver(Delivery(link: 0, timeNs: nowNs, kernelNs: nowNs, content: .guestOpened))
        case .toTester(var delivery):
            delivery.timeNs = nowNs
            delivery.kernelNs = nowNs
            guard unwrap(&delivery) else { return false }
            return deliver(delivery)
        }
        carryOut()
        return false
    }

    /// Bytes of the wire reach the robot: through its end of TLS, where the link has one.
    private func hand(_ bytes: [UInt8], on link: LinkID, _ robotNow: Int64) {
        guard let secure = secureLinks[link.number] else { return robot.receive(bytes, on: link, at: robotNow) }
        let plain = secure.robot.receive(bytes)
        if let trust = secure.introduction() { robot.linkOpened(link, trust: trust, at: robotNow) }
        postWire(of: link.number)
        if case .failed = secure.robot.phase {
            robot.linkClosed(link, at: robotNow)
            return post(link.number, .closed)
        }
        if !plain.isEmpty { robot.receive(plain, on: link, at: robotNow) }
    }

    /// Bytes of the wire reach the tester; whether there is anything to deliver.
    private func unwrap(_ delivery: inout Delivery) -> Bool {
        guard let secure = secureLinks[delivery.link], case .bytes(let bytes) = delivery.content else { return true }
        let plain = secure.tester.receive(bytes)
        sendWire(of: delivery.link)
        if case .failed = secure.tester.phase {
            delivery.content = .closed
            return true
        }
        delivery.content = .bytes(plain)
        return !plain.isEmpty
    }

    private func sendWire(of link: Int) {
        guard let output = secureLinks[link]?.tester.takeOutput(), !output.isEmpty else { return }
        schedule(.toRobot(LinkID(link), output), after: delay(link, towardsRobot: true))
    }

    private func postWire(of link: Int) {
        guard let output = secureLinks[link]?.robot.takeOutput(), !output.isEmpty else { return }
        post(link, .bytes(output))
    }

    private func carryOut() {
        noteCongestion()
        for action in robot.takeActions() {
            switch written(action) {
            case .send(let link, let frames) where link == guestLink: postToGuest(frames)
            case .close(let link) where link == guestLink:
                guestLink = nil
                queue.push(.guestOpens, at: nowNs + 500_000_000)
            case .send(let link, let frames) where unread[link.number] != nil:
                unread[link.number]! += frames.reduce(0) { $0 + $1.count }
                robot.setCongestion(unread[link.number]! > Self.bufferSize, of: link)
            case .send(let link, let frames):
                if let secure = secureLinks[link.number] {
                    secure.robot.send(frames.flatMap { $0 })
                    postWire(of: link.number)
                } else {
                    for frame in frames { post(link.number, .bytes(frame)) }
                }
            case .sendDatagram(let link, let bytes): post(link.number, .datagram(bytes))
            case .close(let link): post(link.number, .closed)
            case .store: break
            case .record(let action): keep(action)
            }
        }
    }

    private func keep(_ action: RecordingAction) {
        guard let step = recorder?.carryOut(action) else { return }
        if step.opensFile { incidents.append([]) }
        if !step.bytes.isEmpty { incidents[incidents.count - 1] += step.bytes }
    }

    /// A variant writes its frames another way; a robot that is tampered with says something else.
    private func written(_ action: RobotAction) -> RobotAction {
        guard variant?.wireHabit != nil || tampering != nil, case .send(let link, var frames) = action,
            let identity = robot.identity(of: link)
        else { return action }
        if let habit = variant?.wireHabit { frames = frames.map { habit.rewrite($0, identity: identity) } }
        // The Welcome tells the identity: it is sealed without one.
        if tampering != nil {
            frames = frames.map { tampering!.rewrite(tampering!.rewrite($0, identity: identity), identity: .none) }
        }
        return .send(link, frames: frames)
    }

    private func post(_ link: Int, _ content: Delivery.Content) {
        let delivery = Delivery(link: link, timeNs: 0, kernelNs: nil, content: content)
        let size = if case .bytes(let bytes) = content { bytes.count } else { 0 }
        schedule(.toTester(delivery), after: delay(link, towardsRobot: false, size: size))
    }

    func schedule(_ event: Event, after delay: Int64) { queue.push(event, at: nowNs + delay) }

    /// 150 to 200 µs one way, in order on each link and direction.
    ///
    /// - Parameter size: bytes that go; they take their time on a link that is read slowly.
    func delay(_ link: Int, towardsRobot: Bool, late: Int64 = 0, size: Int = 0) -> Int64 {
        if !towardsRobot && paces[link] != nil {
            paces[link]!.note(size, at: nowNs)
            return max(paces[link]!.dueNs - nowNs, 0) + 150_000
        }
        let key = towardsRobot ? link : -link
        let due = max(nowNs + late + 150_000 + Int64(jitter.next() % 50_000), lastDue[key] ?? 0)
        lastDue[key] = due
        return due - nowNs
    }
}
