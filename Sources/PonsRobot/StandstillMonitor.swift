/// Standstill, debounced: one sample at zero velocity in the middle of a swing is not standstill, and one noisy sample at
/// rest is not motion.
struct StandstillMonitor: Sendable {
    /// Cycles (ms) without motion before standstill is believed: a soft drive may turn round slowly at the end of its swing.
    var settleCycles = 50
    /// Cycles (ms) of motion before standstill is given up; well within the 50 ms of edge 14.
    private static let motionCycles = 10

    private(set) var isStill = true
    private var run = 0

    mutating func observe(_ sampleIsStill: Bool) {
        if sampleIsStill == isStill {
            run = 0
            return
        }
        run += 1
        guard run >= (sampleIsStill ? settleCycles : Self.motionCycles) else { return }
        isStill = sampleIsStill
        run = 0
    }
}
