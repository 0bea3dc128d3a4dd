/// What the actuators may do now. The spinal layer obeys it whatever commands say.
public enum MotionPermission: Equatable, Sendable {
    /// Torque off, brakes on.
    case off
    /// Powered, position held, no command moves it.
    case hold
    /// Commands move the robot.
    case run
    /// Decelerate along the path to standstill.
    case decelerate
    /// Go to a statically stable posture.
    case settle
    /// The fall reaction: tuck, damp.
    case damp
    /// Operator-supervised motion at reduced speed.
    case recover
}
