public import PonsPort

/// `unitree_hg::msg::dds_::LowState_`: 2092 bytes in memory. It has no time stamp, only a tick in milliseconds.
public struct LowState: Equatable, Sendable {
    public struct Motor: Equatable, Sendable {
        public var mode: UInt8 = 0
        public var q: Float = 0
        public var dq: Float = 0
        public var ddq: Float = 0
        public var tauEstimate: Float = 0
        /// °C: casing, winding.
        public var temperature: SIMD2<Int16> = [25, 25]
        public var voltage: Float = 0
        public var sensor: SIMD2<UInt32> = [0, 0]
        /// Fault bits; 0x40000000 is the lost connection to the computer.
        public var state: UInt32 = 0
        public var reserve: SIMD4<UInt32> = [0, 0, 0, 0]

        public init() {}
    }

    public static let topic = "rt/lowstate"

    public var version: [UInt32] = [0, 0]
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
    public var rpy: [Float] = [0, 0, 0]
    public var imuTemperature: Int16 = 25
    public var motors = Array(repeating: Motor(), count: LowCommand.motorCount)
    public var wirelessRemote: [UInt8] = Array(repeating: 0, count: 40)
    public var reserve: [UInt32] = [0, 0, 0, 0]
    public var crc: UInt32 = 0

    public init() {}

    public var expectedCRC: UInt32 {
        var words = version + [UInt32(modePR) | UInt32(modeMachine) << 8, tick]
        words.reserveCapacity(523)
        words += (quaternion + gyroscope + accelerometer + rpy).map(\.bitPattern)
        words.append(UInt32(UInt16(bitPattern: imuTemperature)))
        for motor in motors {
            words += [
                UInt32(motor.mode), motor.q.bitPattern, motor.dq.bitPattern, motor.ddq.bitPattern,
                motor.tauEstimate.bitPattern,
                UInt32(UInt16(bitPattern: motor.temperature[0]))
                    | UInt32(UInt16(bitPattern: motor.temperature[1])) << 16,
                motor.voltage.bitPattern,
            ]
            words += [motor.sensor[0], motor.sensor[1], motor.state]
            for index in 0..<4 { words.append(motor.reserve[index]) }
        }
        for index in stride(from: 0, to: 40, by: 4) {
            words.append((0..<4).reduce(0) { $0 | UInt32(wirelessRemote[index + $1]) << (8 * UInt32($1)) })
        }
        return UnitreeCRC.of(words + reserve)
    }

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 2092)
        for word in version { writer.write(word) }
        writer.write(modePR)
        writer.write(modeMachine)
        writer.write(tick)
        for value in quaternion + gyroscope + accelerometer + rpy { writer.write(value) }
        writer.write(imuTemperature)
        for motor in motors {
            writer.write(motor.mode)
            for value in [motor.q, motor.dq, motor.ddq, motor.tauEstimate] { writer.write(value) }
            for index in 0..<2 { writer.write(motor.temperature[index]) }
            writer.write(motor.voltage)
            for index in 0..<2 { writer.write(motor.sensor[index]) }
            writer.write(motor.state)
            for index in 0..<4 { writer.write(motor.reserve[index]) }
        }
        for byte in wirelessRemote { writer.write(byte) }
        for word in reserve { writer.write(word) }
        writer.write(crc)
        return writer.bytes
    }

    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        for index in version.indices { version[index] = try reader.number() }
        modePR = try reader.number()
        modeMachine = try reader.number()
        tick = try reader.number()
        for index in quaternion.indices { quaternion[index] = try reader.float() }
        for index in gyroscope.indices { gyroscope[index] = try reader.float() }
        for index in accelerometer.indices { accelerometer[index] = try reader.float() }
        for index in rpy.indices { rpy[index] = try reader.float() }
        imuTemperature = try reader.number()
        for index in motors.indices { motors[index] = try Motor(&reader) }
        for index in wirelessRemote.indices { wirelessRemote[index] = try reader.number() }
        for index in reserve.indices { reserve[index] = try reader.number() }
        crc = try reader.number()
    }
}

extension LowState.Motor {
    fileprivate init(_ reader: inout CDRReader) throws(CDRReader.Malformed) {
        mode = try reader.number()
        q = try reader.float()
        dq = try reader.float()
        ddq = try reader.float()
        tauEstimate = try reader.float()
        for index in temperature.indices { temperature[index] = try reader.number() }
        voltage = try reader.float()
        for index in sensor.indices { sensor[index] = try reader.number() }
        state = try reader.number()
        for index in reserve.indices { reserve[index] = try reader.number() }
    }
}
