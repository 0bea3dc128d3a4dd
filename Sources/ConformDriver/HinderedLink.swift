import PonsMessages
import PonsSession
import PonsWire

/// What is done to the link of a brain under test: late, falling behind, blind.
struct HinderedLink {
    private var entries: [(what: Hindrance, startNs: Int64, endNs: Int64)] = []
    private var lastStateDueNs: Int64 = 0
    private var lastDueNs: Int64 = 0
    private var lastDepartureNs: Int64 = 0

    mutating func add(_ hindrance: Hindrance, from startNs: Int64, until endNs: Int64) {
        entries.append((hindrance, startNs, endNs))
    }

    /// How late both directions are; ns.
    func lateness(at now: Int64) -> Int64 { longest(now) { if case .late(let ns) = $0.what { ns } else { 0 } } }

    /// When a frame that the brain sends now reaches the robot.
    mutating func departure(at now: Int64) -> Int64 {
        lastDepartureNs = max(lastDepartureNs, now + lateness(at: now))
        return lastDepartureNs
    }

    /// When a frame that the robot sends now reaches the brain; `nil` where it never does.
    ///
    /// - Parameter delay: of the link itself; ns.
    mutating func arrival(of frame: [UInt8], at now: Int64, delay: Int64) -> Int64? {
        let isState = OpenedFrame.peek(frame, payloadLimit: .max)?.messageType == MessageType.wholeBodyState.rawValue
        guard isState else {
            lastDueNs = max(lastDueNs, now + delay)
            return lastDueNs
        }
        if entries.contains(where: { $0.what == .blind && $0.endNs > now }) { return nil }
        // A stream that falls behind stays in order, and catches up at once when it may.
        lastStateDueNs = max(lastStateDueNs, now + delay + staleness(at: now))
        return lastStateDueNs
    }

    /// Falls behind by seven tenths of a second in each, so that the stream never pauses.
    private func staleness(at now: Int64) -> Int64 {
        longest(now) { entry in
            if case .stale(let ns) = entry.what { min(ns, (now - entry.startNs) * 7 / 10) } else { 0 }
        }
    }

    private func longest(
        _ now: Int64, _ delay: ((what: Hindrance, startNs: Int64, endNs: Int64)) -> Int64
    ) -> Int64 {
        entries.filter { $0.endNs > now }.map(delay).max() ?? 0
    }
}
