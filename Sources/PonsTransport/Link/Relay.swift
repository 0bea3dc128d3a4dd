/// Stands between clients and a robot, and makes the link one of a profile. One thread, real time, no root.
///
/// Streams stay streams: late, cut up, with outages, never out of order. Datagrams are lost, doubled and overtaken.
/// It knows nothing of frames: TLS and check sequences pass through it whole.
public final class Relay {
    private enum Piece {
        case forward(Pipe.ID, towardsRobot: Bool, [UInt8])
        case end(Pipe.ID)
    }

    /// Both sockets of one client's way to the robot.
    private struct Pipe {
        typealias ID = Int
        var client: Socket?
        /// Where answers to a datagram client go.
        var address: [UInt8]
        let robot: Socket
        var up: LinkModel
        var down: LinkModel
        var isEnding = false
    }

    private let listener: Socket
    private let robot: Endpoint
    private let profile: LinkProfile
    private let seed: UInt64
    private var pipes: [Pipe.ID: Pipe] = [:]
    private var nextID = 0
    private var held = EventQueue<Piece>()
    /// What it has done so far.
    public private(set) var counts = Counts()

    public struct Counts: Equatable, Sendable {
        public var links = 0
        public var pieces = 0
        public var lost = 0
        public var doubled = 0
        /// Longest time anything was held, ns.
        public var longestNs: Int64 = 0
    }

    public init(listener: Socket, robot: Endpoint, profile: LinkProfile, seed: UInt64) {
        self.listener = listener
        self.robot = robot
        self.profile = profile
        self.seed = seed
    }

    /// The port it listens on; 0 for a path.
    public var port: Int { listener.port }

    /// Runs until `isDone` says so; asked at least every 50 ms.
    public func run(until isDone: () -> Bool) {
        while !isDone() {
            let deadline = min(held.nextTime ?? .max, MonotonicClock.nowNs + 50_000_000)
            Socket.wait(
                for: [listener] + pipes.values.flatMap { [$0.client, $0.robot].compactMap { $0 } }, until: deadline)
            accept()
            take()
            release(MonotonicClock.nowNs)
        }
    }

    private func accept() {
        guard listener.isStream else { return }
        while let client = listener.accept() {
            guard connect(client, address: []) != nil else {
                client.close()
                continue
            }
        }
    }

    private func connect(_ client: Socket?, address: [UInt8]) -> Pipe.ID? {
        guard let socket = try? Socket.connect(robot) else { return nil }
        let kind: LinkModel.Kind = listener.isStream ? .stream : .datagrams
        let id = nextID
        nextID += 1
        counts.links += 1
        pipes[id] = Pipe(
            client: client, address: address, robot: socket,
            up: LinkModel(profile, kind, seed: seed &+ UInt64(id) &* 2),
            down: LinkModel(profile, kind, seed: seed &+ UInt64(id) &* 2 &+ 1))
        return id
    }

    /// Everything that has arrived at either end, into the queue.
    private func take() {
        takeDatagrams()
        for id in pipes.keys.sorted() {
            if let client = pipes[id]?.client { take(from: client, id, towardsRobot: true) }
            if let robot = pipes[id]?.robot { take(from: robot, id, towardsRobot: false) }
        }
    }

    private func takeDatagrams() {
        guard !listener.isStream else { return }
        for _ in 0..<256 {
            guard let received = listener.receive() else { return }
            let known = pipes.first { $0.value.address == received.address }?.key
            guard let id = known ?? connect(nil, address: received.address) else { continue }
            hold(received, id, towardsRobot: true)
        }
    }

    private func take(from socket: Socket, _ id: Pipe.ID, towardsRobot: Bool) {
        for _ in 0..<16 {
            guard let received = socket.receive() else { return }
            if received.bytes.isEmpty && socket.isStream {
                guard pipes[id]?.isEnding == false else { return }
                pipes[id]?.isEnding = true
                // The end arrives behind everything that was sent before it.
                let due = towardsRobot ? pipes[id]!.up.arrivals(of: MonotonicClock.nowNs) : [MonotonicClock.nowNs]
                return held.push(.end(id), at: due.first ?? MonotonicClock.nowNs)
            }
            hold(received, id, towardsRobot: towardsRobot)
        }
    }

    private func hold(_ received: Socket.Received, _ id: Pipe.ID, towardsRobot: Bool) {
        let now = received.kernelNs ?? MonotonicClock.nowNs
        guard var model = towardsRobot ? pipes[id]?.up : pipes[id]?.down else { return }
        let cuts = model.cuts(of: received.bytes.count)
        for (from, until) in zip([0] + cuts, cuts + [received.bytes.count]) {
            let arrivals = model.arrivals(of: now)
            counts.pieces += 1
            counts.lost += arrivals.isEmpty ? 1 : 0
            counts.doubled += arrivals.count > 1 ? 1 : 0
            for due in arrivals {
                counts.longestNs = max(counts.longestNs, due - now)
                held.push(.forward(id, towardsRobot: towardsRobot, Array(received.bytes[from..<until])), at: due)
            }
        }
        if towardsRobot { pipes[id]?.up = model } else { pipes[id]?.down = model }
    }

    private func release(_ now: Int64) {
        while let due = held.nextTime, due <= now, let piece = held.pop() {
            switch piece {
            case .forward(let id, true, let bytes): pipes[id]?.robot.send(bytes)
            case .forward(let id, false, let bytes):
                guard let pipe = pipes[id] else { continue }
                if let client = pipe.client { client.send(bytes) } else { listener.send(bytes, to: pipe.address) }
            case .end(let id):
                guard let pipe = pipes.removeValue(forKey: id) else { continue }
                pipe.client?.close()
                pipe.robot.close()
            }
        }
    }
}
