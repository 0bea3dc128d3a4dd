public import PonsPort

/// `sensor_msgs/Imu`: orientation x y z w by name, rad/s, m/s².
public struct ImuMessage: Equatable, Sendable {
    public static let type = NativeTopic.rosType("sensor_msgs", "Imu")

    public var header = MessageHeader()
    public var orientation = [0.0, 0, 0, 1]
    public var angularVelocity = [0.0, 0, 0]
    public var linearAcceleration = [0.0, 0, 0]

    public init() {}

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 352)
        header.write(to: &writer)
        for vector in [orientation, angularVelocity, linearAcceleration] {
            for value in vector { writer.write(value) }
            // Covariance is not known: zeros say so.
            for _ in 0..<9 { writer.write(0.0) }
        }
        return writer.bytes
    }

    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        header = try MessageHeader(&reader)
        orientation = try Self.vector(4, &reader)
        angularVelocity = try Self.vector(3, &reader)
        linearAcceleration = try Self.vector(3, &reader)
    }

    private static func vector(_ count: Int, _ reader: inout CDRReader) throws(CDRReader.Malformed) -> [Double] {
        var values: [Double] = []
        for _ in 0..<count { values.append(try reader.double()) }
        for _ in 0..<9 { _ = try reader.double() }
        return values
    }
}
