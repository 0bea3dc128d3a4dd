/// A topic of a vendor's native interface, as a middleware announces it.
public struct NativeTopic: Equatable, Sendable {
    public enum Direction: Sendable {
        case toBody
        case fromBody
    }

    /// As on the wire: of ROS 2 with its `rt/`.
    public var name: String
    /// As on the wire: `unitree_hg::msg::dds_::LowState_`.
    public var type: String
    public var direction: Direction
    /// Whether whoever reads it misses nothing: calls, not streams.
    public var isReliable: Bool
    /// Whether whoever comes late still gets the last message: transient local, as ROS 2 says what never changes.
    public var isLatched: Bool
    /// Of a larger message nothing is taken; bytes.
    public var largest: Int

    public init(
        _ name: String, _ type: String, _ direction: Direction, isReliable: Bool = false, isLatched: Bool = false,
        largest: Int = 65_536
    ) {
        self.name = name
        self.type = type
        self.direction = direction
        self.isReliable = isReliable
        self.isLatched = isLatched
        self.largest = largest
    }

    /// How ROS 2 names a message on DDS: `sensor_msgs::msg::dds_::Imu_` of package `sensor_msgs`.
    public static func rosType(_ package: String, _ message: String) -> String { "\(package)::msg::dds_::\(message)_" }
}
