public import AgiBot
public import PonsPort

/// Lingxi X2: four groups on `/aima/hal/joint/*`, joints without sequence numbers, 500 commands a second. The robot's own
/// controller must have been stopped at the robot (`aima em stop-app mc`): no topic does it.
public enum AgiBotX2 {
    public static func dialect(_ manifest: PortManifest) -> JointDialect {
        JointDialect(
            manifest, .init(package: "aimdk_msgs", command: "JointCommandArray", state: "JointStateArray"),
            imuTopic: "rt/aima/hal/imu/torso/state", hasSequence: false, commandPeriodNs: 2_000_000
        ) { ("rt/aima/hal/joint/\($0)/command", "rt/aima/hal/joint/\($0)/state") }
    }
}
