import PonsPort
import PonsRobot
import ROS2Messages

/// The inertial unit of a robot, where it has one.
struct ImuTopic: Sendable {
    private let sensor: PortManifest.Sensor?

    init(_ manifest: PortManifest) { sensor = manifest.sensors.first { $0.kind == .imu && $0.topic != nil } }

    func advance(_ bus: any NativeBus, _ mounts: MountCheck, _ measurement: inout Measurement) {
        guard let sensor, let topic = sensor.topic else { return }
        for bytes in bus.take(ROS2Topics.wire(topic)) {
            guard let message = try? ImuMessage(cdr: bytes), mounts.isBelieved(sensor, message.header.frame) else {
                continue
            }
            measurement.imu =
                (message.orientation + message.angularVelocity + message.linearAcceleration).map { Float($0) }
        }
    }
}
