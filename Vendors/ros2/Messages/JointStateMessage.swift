public import PonsPort

/// `sensor_msgs/JointState`: joints by name; each array is as long as the names, or empty where nothing is known.
public struct JointStateMessage: Equatable, Sendable {
    public static let type = NativeTopic.rosType("sensor_msgs", "JointState")

    public var header = MessageHeader()
    public var names: [String] = []
    /// rad, rad/s, N·m; m, m/s, N where a joint slides.
    public var position: [Double] = []
    public var velocity: [Double] = []
    public var effort: [Double] = []

    public init() {}

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 64 + 64 * names.count)
        header.write(to: &writer)
        writer.write(names)
        for values in [position, velocity, effort] { writer.write(values) }
        return writer.bytes
    }

    /// - Throws: where bytes are missing, or an array is neither empty nor as long as the names.
    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        header = try MessageHeader(&reader)
        names = try reader.texts(atMost: 256)
        position = try reader.doubles(atMost: 256)
        velocity = try reader.doubles(atMost: 256)
        effort = try reader.doubles(atMost: 256)
        for (what, values) in [("position", position), ("velocity", velocity), ("effort", effort)]
        where !values.isEmpty && values.count != names.count {
            throw CDRReader.Malformed(description: "\(values.count) of \(what) for \(names.count) names")
        }
    }
}
