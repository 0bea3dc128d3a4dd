public import PonsPort

/// `std_msgs/Header`: a stamp of whatever clock the sender uses, and a frame.
public struct MessageHeader: Equatable, Sendable {
    public var seconds: Int32 = 0
    public var nanoseconds: UInt32 = 0
    public var frame = ""

    public init() {}

    public init(stampNs: Int64, frame: String = "") {
        seconds = Int32(truncatingIfNeeded: stampNs / 1_000_000_000)
        nanoseconds = UInt32(stampNs % 1_000_000_000)
        self.frame = frame
    }

    public var stampNs: Int64 { Int64(seconds) * 1_000_000_000 + Int64(nanoseconds) }

    public func write(to writer: inout CDRWriter) {
        writer.write(seconds)
        writer.write(nanoseconds)
        writer.write(frame)
    }

    public init(_ reader: inout CDRReader) throws(CDRReader.Malformed) {
        seconds = try reader.number()
        nanoseconds = try reader.number()
        frame = try reader.text()
    }
}
