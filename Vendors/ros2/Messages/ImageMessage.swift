public import PonsPort

/// `sensor_msgs/Image`: rows of pixels, stamped when they were taken.
public struct ImageMessage: Equatable, Sendable {
    public static let type = NativeTopic.rosType("sensor_msgs", "Image")
    /// Bytes of a message.
    public static let largest = 1 << 24

    public var header = MessageHeader()
    public var height: UInt32 = 0
    public var width: UInt32 = 0
    /// As `sensor_msgs/image_encodings.hpp` names them: `rgb8`, `16UC1`, …
    public var encoding = ""
    public var isBigEndian = false
    /// Bytes of a row.
    public var step: UInt32 = 0
    public var pixels: [UInt8] = []

    public init() {}

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 128 + pixels.count)
        header.write(to: &writer)
        writer.write(height)
        writer.write(width)
        writer.write(encoding)
        writer.write(UInt8(isBigEndian ? 1 : 0))
        writer.write(step)
        writer.write(bytes: pixels)
        return writer.bytes
    }

    /// - Throws: where bytes are missing, or there are not as many as rows and steps say.
    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        header = try MessageHeader(&reader)
        height = try reader.number()
        width = try reader.number()
        encoding = try reader.text()
        isBigEndian = try reader.number() as UInt8 != 0
        step = try reader.number()
        pixels = try reader.bytes(atMost: Self.largest)
        guard UInt64(pixels.count) == UInt64(height) * UInt64(step) else {
            throw CDRReader.Malformed(description: "\(pixels.count) bytes for \(height) rows of \(step)")
        }
    }
}
