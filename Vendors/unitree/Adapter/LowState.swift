public import PonsPort

/// `LowState_` of either family: 2092 bytes in memory of `unitree_hg`, 1180 of `unitree_go`. It has no time stamp, only a tick in
/// milliseconds. What nobody has explained is skipped, and written as zero.
public struct LowState: Equatable, Sendable {
    public struct Motor: Equatable, Sendable {
        public var mode: UInt8 = 0
        public var q: Float = 0
        public var dq: Float = 0
        public var tauEstimate: Float = 0
        /// °C of the winding.
        public var temperature: Int16 = 25

        public init() {}
    }

    public static let topic = "rt/lowstate"

    public let family: MessageFamily
    /// Of `unitree_hg`.
    public var modePR: UInt8 = 0
    public var modeMachine: UInt8 = 0
    /// ms since power-on; wraps after 49.7 days.
    public var tick: UInt32 = 0
    /// w, x, y, z: not the order of Pons.
    public var quaternion: [Float] = [1, 0, 0, 0]
    /// rad/s
    public var gyroscope: [Float] = [0, 0, 0]
    /// m/s²
    public var accelerometer: [Float] = [0, 0, 0]
    public var motors: [Motor]
    /// Of `unitree_go`, whose battery has no topic of its own: percent, mA, V.
    public var charge: UInt8 = 0
    public var current: Int32 = 0
    public var voltage: Float = 0
    /// Of a message that was read: whether its check sum held.
    public private(set) var isIntact = true

    public init(_ family: MessageFamily) {
        self.family = family
        motors = Array(repeating: Motor(), count: family.motorCount)
    }

    public var cdr: [UInt8] {
        var writer = StructWriter(size: 2092)
        if family == .hg { writeHG(&writer) } else { writeGo(&writer) }
        return writer.sealed()
    }

    public init(cdr bytes: [UInt8], _ family: MessageFamily) throws(CDRReader.Malformed) {
        self.init(family)
        var reader = try StructReader(bytes)
        if family == .hg { try readHG(&reader) } else { try readGo(&reader) }
        isIntact = try reader.isIntact()
    }

    // MARK: Inertial unit

    /// Roll, pitch and yaw say again what the quaternion says.
    private func writeImu(_ writer: inout StructWriter) {
        writer.boundary()
        writer.write(quaternion + gyroscope + accelerometer + [0, 0, 0])
    }

    private mutating func readImu(_ reader: inout StructReader) throws(CDRReader.Malformed) {
        reader.boundary()
        quaternion = try reader.floats(4)
        gyroscope = try reader.floats(3)
        accelerometer = try reader.floats(3)
        _ = try reader.floats(3)
    }

    // MARK: unitree_hg

    private func writeHG(_ writer: inout StructWriter) {
        writer.zeros(2, as: UInt32.self)
        writer.write(modePR)
        writer.write(modeMachine)
        writer.write(tick)
        writeImu(&writer)
        writer.write(25 as Int16)
        for motor in motors {
            writer.boundary()
            writer.write(motor.mode)
            writer.write([motor.q, motor.dq, 0, motor.tauEstimate])
            // Casing, winding.
            writer.write(motor.temperature)
            writer.write(motor.temperature)
            // Voltage, sensors, fault bits, reserve.
            writer.zeros(1 + 2 + 1 + 4, as: UInt32.self)
        }
        writer.zeros(40, as: UInt8.self)
        writer.zeros(4, as: UInt32.self)
    }

    private mutating func readHG(_ reader: inout StructReader) throws(CDRReader.Malformed) {
        try reader.skip(2, as: UInt32.self)
        modePR = try reader.number()
        modeMachine = try reader.number()
        tick = try reader.number()
        try readImu(&reader)
        try reader.skip(1, as: Int16.self)
        for index in motors.indices {
            reader.boundary()
            motors[index].mode = try reader.number()
            motors[index].q = try reader.float()
            motors[index].dq = try reader.float()
            _ = try reader.float()
            motors[index].tauEstimate = try reader.float()
            try reader.skip(1, as: Int16.self)
            motors[index].temperature = try reader.number()
            try reader.skip(1 + 2 + 1 + 4, as: UInt32.self)
        }
        try reader.skip(40, as: UInt8.self)
        try reader.skip(4, as: UInt32.self)
    }

    // MARK: unitree_go

    private func writeGo(_ writer: inout StructWriter) {
        for byte in LowCommand.properHead + [0] { writer.write(byte) }
        writer.zeros(4, as: UInt32.self)
        writer.zeros(1, as: UInt16.self)
        writeImu(&writer)
        writer.write(25 as Int8)
        for motor in motors {
            writer.boundary()
            writer.write(motor.mode)
            writer.write([motor.q, motor.dq, 0, motor.tauEstimate, motor.q, motor.dq, 0])
            writer.write(UInt8(clamping: motor.temperature))
            // Lost messages, reserve.
            writer.zeros(1 + 2, as: UInt32.self)
        }
        writer.boundary()
        for byte: UInt8 in [1, 0, 0, charge] { writer.write(byte) }
        writer.write(current)
        writer.zeros(1, as: UInt16.self)
        writer.zeros(4, as: Int8.self)
        writer.zeros(15, as: UInt16.self)
        // Forces at the feet, in counts that nobody has explained, twice.
        writer.zeros(8, as: Int16.self)
        writer.write(tick)
        writer.zeros(40 + 1, as: UInt8.self)
        writer.write(0 as Float)
        writer.zeros(2, as: UInt8.self)
        writer.write(voltage)
        writer.write(Float(current) / 1000)
        writer.zeros(4, as: UInt16.self)
        writer.zeros(1, as: UInt32.self)
    }

    private mutating func readGo(_ reader: inout StructReader) throws(CDRReader.Malformed) {
        try reader.skip(4, as: UInt8.self)
        try reader.skip(4, as: UInt32.self)
        try reader.skip(1, as: UInt16.self)
        try readImu(&reader)
        try reader.skip(1, as: Int8.self)
        for index in motors.indices {
            reader.boundary()
            motors[index].mode = try reader.number()
            motors[index].q = try reader.float()
            motors[index].dq = try reader.float()
            _ = try reader.float()
            motors[index].tauEstimate = try reader.float()
            _ = try reader.floats(3)
            motors[index].temperature = Int16(try reader.number() as UInt8)
            try reader.skip(1 + 2, as: UInt32.self)
        }
        reader.boundary()
        try reader.skip(3, as: UInt8.self)
        charge = try reader.number()
        current = try reader.number()
        try reader.skip(1, as: UInt16.self)
        try reader.skip(4, as: Int8.self)
        try reader.skip(15, as: UInt16.self)
        try reader.skip(8, as: Int16.self)
        tick = try reader.number()
        try reader.skip(40 + 1, as: UInt8.self)
        _ = try reader.float()
        try reader.skip(2, as: UInt8.self)
        voltage = try reader.float()
        _ = try reader.float()
        try reader.skip(4, as: UInt16.self)
        try reader.skip(1, as: UInt32.self)
    }
}
