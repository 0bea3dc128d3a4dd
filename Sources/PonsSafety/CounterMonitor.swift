public import PonsVocabulary

/// Receiver side of the black channel: order and freshness by counter, and a budget for integrity errors (part BCH).
public struct CounterMonitor: Equatable, Sendable {
    /// What a frame's counter says.
    public enum Status: Equatable, Sendable {
        case ok
        case okSomeLost(UInt32)
        case refused(RejectReason)

        /// Only these feed a watchdog (BCH-07).
        public var isFresh: Bool {
            switch self {
            case .ok, .okSomeLost: true
            case .refused: false
            }
        }
    }

    public let maxGap: UInt32
    public private(set) var lost: UInt64 = 0
    public private(set) var integrityErrors: UInt32 = 0
    private var last: UInt32?
    private var recentErrorNs: (Int64, Int64)?

    public init(maxGap: UInt32) { self.maxGap = maxGap }

    public static func == (left: CounterMonitor, right: CounterMonitor) -> Bool {
        left.last == right.last && left.lost == right.lost && left.integrityErrors == right.integrityErrors
            && left.maxGap == right.maxGap
    }

    /// Takes the counter of a frame whose check sequence was right. Counters wrap at 2^32.
    public mutating func receive(_ counter: UInt32) -> Status {
        guard let last else {
            self.last = counter
            return .ok
        }
        let step = counter &- last
        if step == 0 { return .refused(.repeated) }
        if step > UInt32.max / 2 { return .refused(.wrongSequence) }
        self.last = counter
        if step == 1 { return .ok }
        lost += UInt64(step - 1)
        return step - 1 > maxGap ? .refused(.lost) : .okSomeLost(step - 1)
    }

    /// Notes a frame with a wrong check sequence; true when more than two came within a second (BCH-09).
    public mutating func integrityError(at now: Int64) -> Bool {
        integrityErrors &+= 1
        let exceeded = recentErrorNs.map { now - $0.0 <= 1_000_000_000 } ?? false
        recentErrorNs = (recentErrorNs?.1 ?? .min / 2, now)
        return exceeded
    }
}
