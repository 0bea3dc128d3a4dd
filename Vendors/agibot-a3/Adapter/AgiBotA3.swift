public import AgiBot
public import PonsPort

/// Expedition A3: four groups on `/body_drive/*`, commands stamped with the monotonic clock and read 1000 times a second.
public enum AgiBotA3 {
    public static func dialect(_ manifest: PortManifest) -> JointDialect {
        JointDialect(
            manifest, .init(package: "joint_msgs", command: "JointCommand", state: "JointState"),
            imuTopic: "rt/body_drive/pelvis_imu/data", hasSequence: true, commandPeriodNs: 1_000_000
        ) { ("rt/body_drive/\($0)_joint_command", "rt/body_drive/\($0)_joint_state") }
    }
}
