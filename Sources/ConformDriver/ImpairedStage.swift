public import PonsMessages
public import PonsSecurity
public import PonsTransport

/// A stage whose links are worse than they are: what passes is held back, doubled, cut up, or waits for an outage to end.
///
/// In virtual and in real time alike. Where nothing is impaired it is the stage below.
public final class ImpairedStage: Stage {
    private enum Piece {
        case toRobot(link: Int, [UInt8])
        case toTester(Delivery)
    }

    private let inner: any Stage
    private var profile: LinkProfile?
    private var kind = LinkModel.Kind.stream
    private var seed: UInt64 = 0
    private var up: [Int: LinkModel] = [:]
    private var down: [Int: LinkModel] = [:]
    private var held = EventQueue<Piece>()

    public init(_ inner: any Stage) { self.inner = inner }

    public var nowNs: Int64 { inner.nowNs }
    public var startsFresh: Bool { inner.startsFresh }
    public var robotOffsetNs: Int64? { inner.robotOffsetNs }
    public var losesFrames: Bool { inner.losesFrames }

    public func hinder(_ hindrance: Hindrance, until endNs: Int64) { inner.hinder(hindrance, until: endNs) }

    public func stopReading(_ link: Int) { inner.stopReading(link) }

    public func read(_ link: Int, bytesPerSecond: Int) { inner.read(link, bytesPerSecond: bytesPerSecond) }

    public func openDatagrams(_ link: Int, port: Int) throws(StageError) { try inner.openDatagrams(link, port: port) }

    public func send(datagram bytes: [UInt8], on link: Int) { inner.send(datagram: bytes, on: link) }

    public func impair(_ profile: LinkProfile, _ kind: LinkModel.Kind, seed: UInt64) {
        self.profile = profile
        self.kind = kind
        self.seed = seed
        for (link, model) in up { up[link] = self.model(of: link, after: model) }
        for (link, model) in down { down[link] = self.model(backFrom: link, after: model) }
    }

    private func model(of link: Int, after earlier: LinkModel? = nil) -> LinkModel? {
        profile.map { LinkModel($0, kind, seed: seed &+ UInt64(link) &* 2, after: earlier) }
    }

    /// The way to the tester loses no frames: who tests must see all of them.
    private func model(backFrom link: Int, after earlier: LinkModel? = nil) -> LinkModel? {
        profile.map { LinkModel($0, .stream, seed: seed &+ UInt64(link) &* 2 &+ 1, after: earlier) }
    }

    public func open(
        as role: Role, showing certificate: TesterCertificate?, isNarrow: Bool
    ) throws(StageError) -> Int {
        try inner.open(as: role, showing: certificate, isNarrow: isNarrow)
    }

    public func close(_ link: Int) { inner.close(link) }

    public func send(_ bytes: [UInt8], on link: Int) -> UInt32? {
        guard var model = up[link] ?? self.model(of: link) else { return inner.send(bytes, on: link) }
        for piece in Self.pieces(of: bytes, model.cuts(of: bytes.count)) {
            for due in model.arrivals(of: nowNs) { held.push(.toRobot(link: link, piece), at: due) }
        }
        up[link] = model
        return nil
    }

    public func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool) {
        guard profile != nil else { return inner.advance(to: deadline, deliver) }
        while true {
            if handOver(deliver) { return }
            let next = min(held.nextTime ?? .max, deadline)
            var isDone = false
            inner.advance(to: next) { delivery in
                switch delivery.content {
                case .bytes, .closed: hold(delivery)
                case .sent, .stall, .datagram, .overheard, .guestOpened: isDone = deliver(delivery)
                }
                return isDone || (held.nextTime ?? .max) < next
            }
            if isDone { return }
            if nowNs >= deadline && (held.nextTime ?? .max) > nowNs { return }
        }
    }

    /// Hands over what is due; whether the caller has what it waited for.
    private func handOver(_ deliver: (Delivery) -> Bool) -> Bool {
        while let due = held.nextTime, due <= nowNs, let piece = held.pop() {
            switch piece {
            case .toRobot(let link, let bytes): _ = inner.send(bytes, on: link)
            case .toTester(var delivery):
                delivery.timeNs = due
                delivery.kernelNs = due
                if deliver(delivery) { return true }
            }
        }
        return false
    }

    private func hold(_ delivery: Delivery) {
        guard var model = down[delivery.link] ?? self.model(backFrom: delivery.link) else { return }
        for due in model.arrivals(of: nowNs) { held.push(.toTester(delivery), at: due) }
        down[delivery.link] = model
    }

    private static func pieces(of bytes: [UInt8], _ cuts: [Int]) -> [[UInt8]] {
        zip([0] + cuts, cuts + [bytes.count]).map { Array(bytes[$0..<$1]) }
    }
}
