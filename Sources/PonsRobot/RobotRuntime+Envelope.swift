import PonsMessages
import PonsSafety

// Heat and charge: slower first, then a stop while there is still something to stop with (SAF-24, SAF-25).
extension RobotRuntime {
    /// A joint this close to its declared temperature limit makes the robot slower; K.
    static var derateMargin: Float { 10 }
    /// And this far from it, fast again.
    static var restoreMargin: Float { 15 }
    /// Share of the battery below which no task begins, and below which the robot stops.
    static var lowCharge: Double { 0.15 }
    static var criticalCharge: Double { 0.05 }
    /// What is left of velocity and acceleration while a joint is hot.
    static var deratedScale: Float { 0.5 }

    /// Who has no battery has enough of it.
    private var charge: Double { adapter.measurement.battery?.charge ?? 1 }

    mutating func watchEnvelope(_ now: Int64) {
        watchHeat(now)
        let isCritical = charge < Self.criticalCharge
        if isCritical != isBatteryCritical && !faults.breaks(.saf25) {
            isBatteryCritical = isCritical
            apply(isCritical ? .detected(.battery) : .cleared(.battery), now)
        }
    }

    private mutating func watchHeat(_ now: Int64) {
        var margin = Float.infinity
        for (limit, temperature) in zip(temperatureLimits, adapter.measurement.temperature) {
            margin = min(margin, limit - temperature)
        }
        let isHot = margin < (heat == .none ? Self.derateMargin : Self.restoreMargin)
        let next: Heat = margin <= 0 ? .over : isHot ? .derated : .none
        guard next != heat, !faults.breaks(.saf24) else { return }
        let wasOver = heat == .over
        heat = next
        shapeEnvelope(now)
        if (next == .over) != wasOver { apply(next == .over ? .detected(.thermal) : .cleared(.thermal), now) }
    }

    /// Reduces the envelope while anything asks for it.
    mutating func shapeEnvelope(_ now: Int64) {
        let isReduced = heat != .none || separation.isNear
        guard isReduced != (shrinkNs != nil) else { return }
        apply(.envelope(isReduced: isReduced), now)
        // Told first: the next status leaves at once, the limits shrink after it.
        nextStatusNs = now
        shrinkNs = isReduced ? now + 50_000_000 : nil
    }

    /// Whether the smaller envelope is announced: as long as a reason lasts, and until it was gone for long enough.
    var isEnvelopeReduced: Bool { shrinkNs != nil || supervisor.state == .reduced }

    /// The limits that motion keeps now.
    var limitsInForce: [JointLimits] {
        let isShrunk = shrinkNs.map { nowNs >= $0 } ?? (supervisor.state == .reduced)
        return isShrunk ? deratedLimits : limits
    }

    /// Whether the battery has enough for a task that was not begun yet.
    mutating func hasChargeForTask() -> Bool {
        charge >= Self.lowCharge || faults.breaks(.saf25)
    }
}

/// How hot the hottest joint is, beside its declared limit.
enum Heat: Equatable { case none, derated, over }
