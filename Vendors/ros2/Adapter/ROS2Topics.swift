public import PonsPort
import ROS2Messages

/// How ROS 2 names things on DDS, and what of them a bridge uses.
public enum ROS2Topics {
    public static let staticTransforms = wire("tf_static")

    /// `/joint_states` on the wire is `rt/joint_states`.
    public static func wire(_ name: String) -> String {
        "rt/" + (name.hasPrefix("/") ? String(name.dropFirst()) : name)
    }
    public static func trajectory(of controller: String) -> String { wire(controller) + "/joint_trajectory" }
    public static func commands(of controller: String) -> String { wire(controller) + "/commands" }

    /// Every topic between the bridge and the robot.
    public static func all(_ manifest: PortManifest, _ interface: PortManifest.ROS2) -> [NativeTopic] {
        var topics = [NativeTopic(wire(interface.jointStates), JointStateMessage.type, .fromBody)]
        for controller in interface.controllers {
            topics.append(
                controller.kind == .trajectory
                    ? NativeTopic(trajectory(of: controller.name), JointTrajectoryMessage.type, .toBody)
                    : NativeTopic(commands(of: controller.name), NumbersMessage.type, .toBody))
        }
        if let power = interface.power { topics.append(NativeTopic(commands(of: power), NumbersMessage.type, .toBody)) }
        for sensor in manifest.sensors {
            guard let topic = sensor.topic else { continue }
            topics.append(
                sensor.optics == nil
                    ? NativeTopic(wire(topic), ImuMessage.type, .fromBody)
                    : NativeTopic(wire(topic), ImageMessage.type, .fromBody, largest: ImageMessage.largest))
        }
        topics.append(
            NativeTopic(staticTransforms, TransformsMessage.type, .fromBody, isReliable: true, isLatched: true))
        return topics
    }
}
