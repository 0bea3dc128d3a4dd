import PonsSafety

/// Turns targets into motion within velocity and acceleration limits, joint by joint: no step reaches an actuator.
struct MotionShaper: Sendable {
    private(set) var position: [Float]
    private(set) var velocity: [Float]

    init(jointCount: Int) {
        position = Array(repeating: 0, count: jointCount)
        velocity = position
    }

    /// Starts from where the robot is, at rest.
    mutating func start(from measured: [Float]) {
        position = measured
        for joint in velocity.indices { velocity[joint] = 0 }
    }

    /// Moves towards the targets for `seconds`, never faster than can still be stopped at the target.
    mutating func follow(_ targets: [Float], limits: [JointLimits], seconds: Float) {
        for joint in position.indices {
            let distance = targets[joint] - position[joint]
            let limit = limits[joint]
            let braking = (2 * limit.acceleration * abs(distance)).squareRoot()
            let wanted = min(abs(distance) / seconds, braking, limit.velocity)
            advance(joint, towards: distance < 0 ? -wanted : wanted, limit, seconds)
        }
    }

    /// Goes on at the velocity it has: what no conforming robot does.
    mutating func coast(seconds: Float) {
        for joint in position.indices { position[joint] += velocity[joint] * seconds }
    }

    /// Decelerates every joint along its path.
    mutating func decelerate(limits: [JointLimits], seconds: Float) {
        for joint in position.indices { advance(joint, towards: 0, limits[joint], seconds) }
    }

    private mutating func advance(_ joint: Int, towards wanted: Float, _ limit: JointLimits, _ seconds: Float) {
        let change = limit.acceleration * seconds
        velocity[joint] += max(-change, min(change, wanted - velocity[joint]))
        position[joint] = max(limit.hardLower, min(limit.hardUpper, position[joint] + velocity[joint] * seconds))
    }
}
