import PonsRobot
public import PonsSimulator

/// Robot, links and tester on one discrete-event clock: minutes in a second, and the seed gives the run, byte for byte.
public final class VirtualStage: Stage {
    private enum Event {
        case opened(LinkID)
        case closedByTester(LinkID)
        case toRobot(LinkID, [UInt8])
        case toTester(Delivery)
    }

    public private(set) var nowNs: Int64 = 1_000_000_000
    public let startsFresh = true

    /// The robot's clock started at another time than the tester's: nothing may mix them up.
    private let robotOffsetNs: Int64
    private var robot: SimulatedHumanoid
    private var queue = EventQueue<Event>()
    private var nextTickNs: Int64
    private var nextLink = 1
    private var jitter: SplitMix64
    private var lastDue: [Int: Int64] = [:]

    /// - Throws: where the humanoid's body can't be built.
    public init(_ configuration: HumanoidConfiguration, seed: UInt64) throws(StageError) {
        var generator = SplitMix64(seed: seed)
        robotOffsetNs = 5_000_000_000 + Int64(generator.next() % 1_000_000_000)
        var configuration = configuration
        configuration.seed = generator.next()
        let random = SplitMix64(seed: generator.next())
        do throws(PlantFailure) {
            robot = try Humanoid.make(configuration, random: random, at: nowNs + robotOffsetNs)
        } catch { throw StageError(error.description, hint: "sim:humanoid?plant=exact needs no MuJoCo") }
        jitter = SplitMix64(seed: generator.next())
        nextTickNs = nowNs
    }

    /// How often the mutant's fault changed what the robot did.
    public var appliedFaults: Int { robot.faults.appliedCount }

    public func open() throws(StageError) -> Int {
        let link = LinkID(nextLink)
        nextLink += 1
        schedule(.opened(link), after: delay(link.number, towardsRobot: true))
        return link.number
    }

    public func close(_ link: Int) {
        schedule(.closedByTester(LinkID(link)), after: delay(link, towardsRobot: true))
    }

    public func send(_ bytes: [UInt8], on link: Int) -> UInt32? {
        schedule(.toRobot(LinkID(link), bytes), after: delay(link, towardsRobot: true))
        return nil
    }

    public func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool) {
        while true {
            let next = min(queue.nextTime ?? .max, nextTickNs)
            guard next <= deadline else { break }
            nowNs = max(nowNs, next)
            if next == nextTickNs && next < queue.nextTime ?? .max {
                robot.advance(to: nowNs + robotOffsetNs)
                nextTickNs += 1_000_000
                carryOut()
            } else if let event = queue.pop(), handle(event, deliver) {
                return
            }
        }
        nowNs = max(nowNs, deadline)
    }

    private func handle(_ event: Event, _ deliver: (Delivery) -> Bool) -> Bool {
        let robotNow = nowNs + robotOffsetNs
        switch event {
        case .opened(let link): robot.linkOpened(link, at: robotNow)
        case .closedByTester(let link): robot.linkClosed(link, at: robotNow)
        case .toRobot(let link, let bytes): robot.receive(bytes, on: link, at: robotNow)
        case .toTester(var delivery):
            delivery.timeNs = nowNs
            delivery.kernelNs = nowNs
            return deliver(delivery)
        }
        carryOut()
        return false
    }

    private func carryOut() {
        for action in robot.takeActions() {
            switch action {
            case .send(let link, let frames):
                for frame in frames { post(link.number, .bytes(frame)) }
            case .close(let link): post(link.number, .closed)
            case .store: break
            }
        }
    }

    private func post(_ link: Int, _ content: Delivery.Content) {
        let delivery = Delivery(link: link, timeNs: 0, kernelNs: nil, content: content)
        schedule(.toTester(delivery), after: delay(link, towardsRobot: false))
    }

    private func schedule(_ event: Event, after delay: Int64) { queue.push(event, at: nowNs + delay) }

    /// 150 to 200 µs one way, in order on each link and direction.
    private func delay(_ link: Int, towardsRobot: Bool) -> Int64 {
        let key = towardsRobot ? link : -link
        let due = max(nowNs + 150_000 + Int64(jitter.next() % 50_000), lastDue[key] ?? 0)
        lastDue[key] = due
        return due - nowNs
    }
}

/// Events by time; equal times keep their order.
struct EventQueue<Event> {
    private var heap: [(time: Int64, order: UInt64, event: Event)] = []
    private var order: UInt64 = 0

    var nextTime: Int64? { heap.first?.time }

    mutating func push(_ event: Event, at time: Int64) {
        heap.append((time, order, event))
        order += 1
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.event
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order)
    }
}
