public import PonsPort
public import ROS2Messages

/// `joint_msgs/JointCommand` and `JointState`, and their likes in `aimdk_msgs`: a header and a list of joints by name.
public struct JointMessage: Equatable, Sendable {
    public struct Joint: Equatable, Sendable {
        public var name = ""
        public var sequence: UInt32 = 0
        /// rad, rad/s, N·m.
        public var position = 0.0
        public var velocity = 0.0
        public var effort = 0.0
        /// Of commands alone.
        public var stiffness = 0.0
        public var damping = 0.0

        public init() {}
    }

    /// Which fields stand on the wire.
    public struct Layout: Equatable, Sendable {
        /// Every joint has a sequence number (`joint_msgs`), or none has (`aimdk_msgs`).
        public var hasSequence: Bool
        /// Commands carry stiffness and damping.
        public var hasGains: Bool

        public init(hasSequence: Bool, hasGains: Bool) {
            (self.hasSequence, self.hasGains) = (hasSequence, hasGains)
        }
    }

    /// More than any robot of this vendor has on a topic.
    private static let mostJoints = 64

    public var header = MessageHeader()
    public var joints: [Joint] = []

    public init() {}

    public func cdr(_ layout: Layout) -> [UInt8] {
        var writer = CDRWriter(size: 64 + joints.count * 96)
        header.write(to: &writer)
        writer.count(joints.count)
        for joint in joints {
            writer.write(joint.name)
            if layout.hasSequence { writer.write(joint.sequence) }
            writer.write(joint.position)
            writer.write(joint.velocity)
            writer.write(joint.effort)
            guard layout.hasGains else { continue }
            writer.write(joint.stiffness)
            writer.write(joint.damping)
        }
        return writer.bytes
    }

    public init(cdr bytes: [UInt8], _ layout: Layout) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        header = try MessageHeader(&reader)
        for _ in 0..<(try reader.count(atMost: Self.mostJoints)) {
            var joint = Joint()
            joint.name = try reader.text()
            if layout.hasSequence { joint.sequence = try reader.number() }
            joint.position = try reader.double()
            joint.velocity = try reader.double()
            joint.effort = try reader.double()
            if layout.hasGains {
                joint.stiffness = try reader.double()
                joint.damping = try reader.double()
            }
            joints.append(joint)
        }
    }
}
