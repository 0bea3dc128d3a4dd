/// Drives both fingers of a gripper: towards a width, with a force limit, so that an object stops them and is held.
struct GripperDrive: Sendable {
    private let gripper: Gripper
    private var target = 1.0
    private(set) var isClosing = false

    init(_ gripper: Gripper) { self.gripper = gripper }

    /// Force on one finger, N. Self-locking: without power the fingers stay where they are.
    mutating func force(opening: Double?, isPowered: Bool, position: Double, velocity: Double) -> Double {
        if let opening {
            isClosing = opening < target ? true : opening > target ? false : isClosing
            target = opening
        }
        let wanted = target * Gripper.openWidth / 2
        let force = 2500 * (wanted - position) - 25 * velocity
        return max(-gripper.force, min(gripper.force, force))
    }
}
