public import PonsVocabulary

/// Limits of one joint, in its own unit (rad or m) and per second.
public struct JointLimits: Equatable, Sendable {
    public var hardLower: Float
    public var hardUpper: Float
    public var softLower: Float
    public var softUpper: Float
    public var velocity: Float
    public var acceleration: Float
    public var effort: Float
    public var bumpTolerance: Float

    public init(
        hard: (Float, Float), soft: (Float, Float), velocity: Float, acceleration: Float, effort: Float,
        bumpTolerance: Float
    ) {
        (hardLower, hardUpper) = hard
        (softLower, softUpper) = soft
        self.velocity = velocity
        self.acceleration = acceleration
        self.effort = effort
        self.bumpTolerance = bumpTolerance
    }

    /// The same joint with less velocity and acceleration.
    public func scaled(by share: Float) -> JointLimits {
        var smaller = self
        smaller.velocity *= share
        smaller.acceleration *= share
        return smaller
    }

    /// What the policy makes of a target: refused with the limit it broke, or the value to apply (MOT-11).
    ///
    /// Beyond the hard limit it is always refused. Between soft and hard it is clamped only where the policy says so.
    public func position(_ target: Float, policy: LimitPolicy) -> LimitDecision {
        if !(target <= hardUpper) { return .refuse(limit: hardUpper) }
        if !(target >= hardLower) { return .refuse(limit: hardLower) }
        return bounded(target, softLower, softUpper, policy)
    }

    public func velocity(_ target: Float, policy: LimitPolicy) -> LimitDecision {
        bounded(target, -velocity, velocity, policy)
    }

    public func effort(_ target: Float, policy: LimitPolicy) -> LimitDecision {
        bounded(target, -effort, effort, policy)
    }

    private func bounded(_ target: Float, _ lower: Float, _ upper: Float, _ policy: LimitPolicy) -> LimitDecision {
        if target > upper { return policy == .clamp ? .clamp(upper) : .refuse(limit: upper) }
        if target < lower { return policy == .clamp ? .clamp(lower) : .refuse(limit: lower) }
        return .apply(target)
    }
}

public enum LimitDecision: Equatable, Sendable {
    case apply(Float)
    case clamp(Float)
    case refuse(limit: Float)
}
