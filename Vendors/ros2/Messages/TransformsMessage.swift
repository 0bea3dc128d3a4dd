public import PonsPort

/// `tf2_msgs/TFMessage`: where frames are in their parents; on `/tf_static` what never moves.
public struct TransformsMessage: Equatable, Sendable {
    public struct Transform: Equatable, Sendable {
        /// With the parent's frame.
        public var header = MessageHeader()
        public var child = ""
        /// m
        public var translation = [0.0, 0, 0]
        /// x y z w
        public var rotation = [0.0, 0, 0, 1]

        public init() {}
    }

    public static let type = NativeTopic.rosType("tf2_msgs", "TFMessage")

    public var transforms: [Transform] = []

    public init() {}

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 8 + 128 * transforms.count)
        writer.count(transforms.count)
        for transform in transforms {
            transform.header.write(to: &writer)
            writer.write(transform.child)
            for value in transform.translation + transform.rotation { writer.write(value) }
        }
        return writer.bytes
    }

    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        for _ in 0..<(try reader.count(atMost: 1000)) {
            var transform = Transform()
            transform.header = try MessageHeader(&reader)
            transform.child = try reader.text()
            for index in 0..<3 { transform.translation[index] = try reader.double() }
            for index in 0..<4 { transform.rotation[index] = try reader.double() }
            transforms.append(transform)
        }
    }
}
