/// A mode of the robot's own controller, as an external program names it.
public enum BodyAction: String, Sendable {
    /// The one fixed mode in which programs of others name what they want.
    public static let external = "McAction_USE_EXT_CMD"

    /// The vendor's controller balances and walks, an external program has the arms.
    case armServo = "RL_LOCOMOTION_ARM_EXT_JOINT_SERVO"
    case sitDown = "SIT_DOWN"
    case standUp = "STAND_UP"
}
