public import PonsSafety

/// The last check before the actuators: position and speed of every joint within its limits, whoever asks (MOT-13).
///
/// It knows nothing of sessions, leases and shapers: it sees what each spinal cycle hands to the actuators, and what the
/// cycles before did.
public struct SpinalGuard: Sendable {
    /// Share by which a joint may exceed its speed: the layer above computes in single precision.
    private static let tolerance: Float = 0.05
    /// Cycles of way that a joint may save up: the small brain moves targets every second one.
    private static let cycles: Float = 2
    private static let period: Float = 0.001

    private var last: [Float] = []
    /// How far each joint may still move.
    private var allowance: [Float] = []
    private var wasRunning = false

    public init() {}

    /// Holds joints whose target of this cycle is beyond the limits where they are. Returns the first of them.
    public mutating func hold(_ command: inout ActuatorCommand, within limits: [JointLimits]) -> Int? {
        let isRunning = command.permission == .run || command.permission == .decelerate
        defer {
            wasRunning = isRunning
            last = command.position
        }
        // What the robot does by itself, standing up or going down, has no commanded targets.
        guard isRunning, wasRunning, last.count == limits.count else {
            allowance = limits.map { $0.velocity * Self.period * (1 + Self.tolerance) * Self.cycles }
            return nil
        }
        var held: Int?
        for joint in limits.indices {
            let limit = limits[joint]
            let fastest = limit.velocity * Self.period * (1 + Self.tolerance)
            let way = min(allowance[joint] + fastest, Self.cycles * fastest)
            let lowest = max(min(limit.softLower, last[joint]), last[joint] - way)
            let highest = min(max(limit.softUpper, last[joint]), last[joint] + way)
            let isAllowed = command.position[joint] >= lowest && command.position[joint] <= highest
            allowance[joint] = isAllowed ? way - abs(command.position[joint] - last[joint]) : way
            if isAllowed { continue }
            // What is not possible is not approached either.
            command.position[joint] = last[joint]
            command.velocity[joint] = 0
            held = held ?? joint
        }
        return held
    }
}
