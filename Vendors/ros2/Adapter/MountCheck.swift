import PonsPort
import ROS2Messages

/// Whether sensors are where the manifest says. One whose mount `/tf_static` puts somewhere else is not believed: whoever uses its
/// readings would turn them wrongly.
struct MountCheck: Sendable {
    private var transforms = TransformTree()

    mutating func advance(_ bus: any NativeBus) {
        for bytes in bus.take(ROS2Topics.staticTransforms) {
            if let message = try? TransformsMessage(cdr: bytes) { transforms.add(message) }
        }
    }

    /// - Parameter frame: that the sensor's message names.
    func isBelieved(_ sensor: PortManifest.Sensor, _ frame: String) -> Bool {
        guard frame == sensor.frame else { return false }
        guard let mount = sensor.mount, let told = transforms.pose(of: frame, in: mount.parent) else { return true }
        return told.isNear(mount.pose)
    }
}
