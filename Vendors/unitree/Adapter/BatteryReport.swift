public import PonsPort

/// `unitree_hg::msg::dds_::BmsState_`, as far as its fields are explained.
public struct BatteryReport: Equatable, Sendable {
    public static let topic = "rt/lf/bmsstate"

    /// mV
    public var voltage: [UInt32] = [0, 0, 0]
    /// mA
    public var current: Int32 = 0
    /// Percent.
    public var charge: UInt8 = 0

    public init() {}

    public var cdr: [UInt8] {
        var writer = CDRWriter()
        for byte: UInt8 in [1, 0, 0] { writer.write(byte) }
        for _ in 0..<40 { writer.write(UInt16(3900)) }
        for value in voltage { writer.write(value) }
        writer.write(current)
        for byte: UInt8 in [charge, 100] { writer.write(byte) }
        for _ in 0..<12 { writer.write(Int16(25)) }
        for _ in 0..<2 { writer.write(UInt16(0)) }
        for _ in 0..<8 { writer.write(UInt32(0)) }
        return writer.bytes
    }

    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        for _ in 0..<3 { _ = try reader.number() as UInt8 }
        for _ in 0..<40 { _ = try reader.number() as UInt16 }
        for index in voltage.indices { voltage[index] = try reader.number() }
        current = try reader.number()
        charge = try reader.number()
    }
}
