/// The small brain's balance at 500 Hz: keeps the centre of mass over the feet by leaning at ankles and hips.
///
/// Where the centre of mass should be follows from the commanded posture, as far as it is safe: a brain that shifts the
/// weight is followed, one that leans too far is held back. What differs from it (a push, a load, a soft joint) is
/// regulated away. Outputs are small offsets to leg targets, bounded in size and rate.
struct BalanceController: Sendable {
    /// Centre of mass in the feet's frame, m: forward and left of the middle between the ankles.
    struct Lean: Equatable, Sendable {
        var forward = 0.0
        var left = 0.0
    }

    /// Added to both ankle pitches, rad.
    private(set) var pitch = 0.0
    /// Both legs lean left by this, rad: added to ankle rolls, taken from hip rolls.
    private(set) var roll = 0.0

    private var learned = Lean()
    private static let limit = 0.12
    private static let ratePerCycle = 0.003
    private static let height = 0.8
    /// The region of the soles where standing is safe, m.
    private static let safeForward = -0.03...0.09
    private static let safeLeft = -0.09...0.09

    mutating func reset() { self = BalanceController() }

    /// One cycle of 2 ms.
    mutating func update(measured: Lean, velocity: Lean, predicted: Lean) {
        let desired = Lean(
            forward: Self.clamp(predicted.forward, Self.safeForward), left: Self.clamp(predicted.left, Self.safeLeft))
        let error = Lean(forward: measured.forward - desired.forward, left: measured.left - desired.left)
        learned.forward = Self.clamp(learned.forward + 0.002 * 0.6 * error.forward / Self.height, -0.06...0.06)
        learned.left = Self.clamp(learned.left + 0.002 * 0.6 * error.left / Self.height, -0.06...0.06)
        let wantedPitch = (0.5 * error.forward + 0.22 * velocity.forward) / Self.height + learned.forward
        let wantedRoll = -(0.5 * error.left + 0.22 * velocity.left) / Self.height - learned.left
        pitch = Self.approach(pitch, wantedPitch)
        roll = Self.approach(roll, wantedRoll)
    }

    private static func approach(_ value: Double, _ wanted: Double) -> Double {
        clamp(value + clamp(wanted - value, -ratePerCycle...ratePerCycle), -limit...limit)
    }

    private static func clamp(_ value: Double, _ range: ClosedRange<Double>) -> Double {
        min(max(value, range.lowerBound), range.upperBound)
    }
}
