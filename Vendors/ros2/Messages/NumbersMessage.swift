public import PonsPort

/// `std_msgs/Float64MultiArray`: what a forward_command_controller is told, one number for each of its interfaces in its
/// own order. Its layout is empty, as ROS 2's controllers expect it.
public struct NumbersMessage: Equatable, Sendable {
    public static let type = NativeTopic.rosType("std_msgs", "Float64MultiArray")

    public var values: [Double]

    public init(_ values: [Double]) { self.values = values }

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 24 + 8 * values.count)
        writer.count(0)
        writer.write(UInt32(0))
        writer.write(values)
        return writer.bytes
    }

    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        for _ in 0..<(try reader.count(atMost: 8)) {
            _ = try reader.text()
            _ = try reader.number() as UInt32
            _ = try reader.number() as UInt32
        }
        _ = try reader.number() as UInt32
        values = try reader.doubles(atMost: 256)
    }
}
