public import PonsPort

/// `trajectory_msgs/JointTrajectory`: what a joint_trajectory_controller is told. A stamp of zero means: from now on.
public struct JointTrajectoryMessage: Equatable, Sendable {
    public struct Point: Equatable, Sendable {
        /// rad or m; the others may be empty.
        public var positions: [Double] = []
        public var velocities: [Double] = []
        public var accelerations: [Double] = []
        public var effort: [Double] = []
        /// From the trajectory's stamp, ns.
        public var fromStartNs: Int64 = 0

        public init() {}
    }

    public static let type = NativeTopic.rosType("trajectory_msgs", "JointTrajectory")
    private static let mostPoints = 1000

    public var header = MessageHeader()
    public var names: [String] = []
    public var points: [Point] = []

    public init() {}

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 96 + 48 * names.count)
        header.write(to: &writer)
        writer.write(names)
        writer.count(points.count)
        for point in points {
            for values in [point.positions, point.velocities, point.accelerations, point.effort] {
                writer.write(values)
            }
            writer.write(Int32(truncatingIfNeeded: point.fromStartNs / 1_000_000_000))
            writer.write(UInt32(point.fromStartNs % 1_000_000_000))
        }
        return writer.bytes
    }

    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        header = try MessageHeader(&reader)
        names = try reader.texts(atMost: 256)
        for _ in 0..<(try reader.count(atMost: Self.mostPoints)) {
            var point = Point()
            point.positions = try reader.doubles(atMost: 256)
            point.velocities = try reader.doubles(atMost: 256)
            point.accelerations = try reader.doubles(atMost: 256)
            point.effort = try reader.doubles(atMost: 256)
            let seconds: Int32 = try reader.number()
            let nanoseconds: UInt32 = try reader.number()
            point.fromStartNs = Int64(seconds) * 1_000_000_000 + Int64(nanoseconds)
            points.append(point)
        }
    }
}
