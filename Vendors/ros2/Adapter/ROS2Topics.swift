public import PonsPort
import ROS2Messages

/// How ROS 2 names things on DDS, and what of them a bridge uses.
public enum ROS2Topics {
    public static let staticTransforms = wire("tf_static")

    /// `/joint_states` on the wire is `rt/joint_states`.
    public static func wire(_ name: String) -> String {
        "rt/" + (name.hasPrefix("/") ? String(name.dropFirst()) : name)
    }
    public static func commands(of controller: String) -> String { wire(controller) + "/commands" }

    /// Where a controller is told what to do.
    public static func commands(of controller: PortManifest.ROS2.Controller) -> NativeTopic {
        switch controller.kind {
        case .trajectory:
            NativeTopic(wire(controller.name) + "/joint_trajectory", JointTrajectoryMessage.type, .toBody)
        case .position, .velocity: NativeTopic(commands(of: controller.name), NumbersMessage.type, .toBody)
        case .jointState: NativeTopic(wire(controller.name), JointStateMessage.type, .toBody)
        }
    }

    /// Every topic between the bridge and the robot.
    public static func all(_ manifest: PortManifest, _ interface: PortManifest.ROS2) -> [NativeTopic] {
        var topics = [NativeTopic(wire(interface.jointStates), JointStateMessage.type, .fromBody)]
        topics += interface.controllers.map { commands(of: $0) }
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
