/// What one drive is told: torque = effort + stiffness · (position − q) + damping · (velocity − dq), the law that all the
/// robots ported here compute in the drive. SI, joint side.
public struct DriveTarget: Equatable, Sendable {
    public var isEnabled = false
    public var position: Float = 0
    public var velocity: Float = 0
    public var effort: Float = 0
    public var stiffness: Float = 0
    public var damping: Float = 0

    public init() {}
}
