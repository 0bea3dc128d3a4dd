import Foundation

/// One direction of an impaired link: when what is sent arrives. The seed gives the whole history.
///
/// A stream is what TCP makes of the link: nothing is lost or out of order, a loss is a wait for the retransmission.
/// Datagrams are what the link itself does: lost, late, twice.
public struct LinkModel: Sendable {
    public enum Kind: Sendable { case stream, datagrams }

    public let profile: LinkProfile
    private let kind: Kind
    private var random: SplitMix64
    private var lostAhead = 0
    private var lastArrivalNs: Int64
    /// Where in its period the outage lies.
    private let outagePhaseNs: Int64

    /// - Parameter earlier: what the link was before: what is under way keeps its place.
    public init(_ profile: LinkProfile, _ kind: Kind, seed: UInt64, after earlier: LinkModel? = nil) {
        self.profile = profile
        lastArrivalNs = earlier?.lastArrivalNs ?? .min
        self.kind = kind
        var random = SplitMix64(seed: seed)
        outagePhaseNs = profile.outage.map { Int64(random.next() % UInt64($0.periodNs)) } ?? 0
        self.random = random
    }

    /// When a piece sent at `now` arrives: never (empty), once, or twice; ns.
    public mutating func arrivals(of now: Int64) -> [Int64] {
        switch kind {
        case .stream: [streamArrival(now)]
        case .datagrams: datagramArrivals(now)
        }
    }

    /// In order; each loss costs about a round trip: others follow it, so TCP sends it again at once (RFC 5681, 3.2).
    private mutating func streamArrival(_ now: Int64) -> Int64 {
        var due = afterOutage(now + delay())
        while isLost() { due = afterOutage(due + 2 * profile.baseNs + profile.jitterNs) }
        lastArrivalNs = max(lastArrivalNs, due)
        return lastArrivalNs
    }

    private mutating func datagramArrivals(_ now: Int64) -> [Int64] {
        let isLost = isLost()
        let due = now + delay()
        if isLost || afterOutage(due) != due { return [] }
        // Without reordering a late one holds up those behind it; with it, it is overtaken.
        var arrivals = [due]
        if chance(profile.reorder) {
            arrivals[0] = due + profile.jitterNs + delay()
        } else {
            lastArrivalNs = max(lastArrivalNs, due)
            arrivals[0] = lastArrivalNs
        }
        if chance(profile.duplicate) { arrivals.append(arrivals[0] + delay()) }
        return arrivals
    }

    private mutating func delay() -> Int64 {
        // ln(100) means of an exponential are exceeded once in a hundred times.
        let excess = -log(1 - unit()) / log(100) * Double(profile.jitterNs)
        return profile.baseNs + Int64(min(excess, Double(profile.jitterNs) * 3))
    }

    private mutating func isLost() -> Bool {
        if lostAhead > 0 {
            lostAhead -= 1
            return true
        }
        // A burst takes several: fewer bursts give the same share.
        let mean = Double(profile.burst.lowerBound + profile.burst.upperBound) / 2
        guard chance(profile.loss / mean) else { return false }
        lostAhead = profile.burst.lowerBound - 1 + Int(random.next() % UInt64(profile.burst.count))
        return true
    }

    /// The time itself, or the end of the outage that it falls into.
    private func afterOutage(_ time: Int64) -> Int64 {
        guard let outage = profile.outage else { return time }
        let phase = (time + outagePhaseNs) % outage.periodNs
        return phase < outage.lengthNs ? time + outage.lengthNs - phase : time
    }

    /// Where to cut `count` bytes of a stream; empty where the link leaves them whole.
    public mutating func cuts(of count: Int) -> [Int] {
        guard profile.refragments, kind == .stream, count > 1 else { return [] }
        let pieces = Int(random.next() % 4)
        return Array(Set((0..<pieces).map { _ in 1 + Int(random.next() % UInt64(count - 1)) })).sorted()
    }

    private mutating func chance(_ share: Double) -> Bool { share > 0 && unit() < share }

    /// 0 ≤ u < 1.
    private mutating func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }
}
