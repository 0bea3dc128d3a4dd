public import PonsPort

/// `unitree_hg::msg::dds_::LowCmd_`: 1004 bytes in memory, 1000 in CDR.
public struct LowCommand: Equatable, Sendable {
    public struct Motor: Equatable, Sendable {
        /// 1 enabled, 0 disabled.
        public var mode: UInt8 = 0
        public var q: Float = 0
        public var dq: Float = 0
        public var tau: Float = 0
        public var kp: Float = 0
        public var kd: Float = 0
        public var reserve: UInt32 = 0

        public init() {}
    }

    public static let topic = "rt/lowcmd"
    public static let motorCount = 35

    /// 0: ankles and waist as serial pitch and roll; 1: as parallel motors A and B.
    public var modePR: UInt8 = 0
    /// Must echo what ``LowState`` says, or the firmware ignores the command.
    public var modeMachine: UInt8 = 0
    public var motors = Array(repeating: Motor(), count: motorCount)
    public var reserve: [UInt32] = [0, 0, 0, 0]
    public var crc: UInt32 = 0

    public init() {}

    /// What the firmware expects in ``crc``.
    public var expectedCRC: UInt32 {
        var words: [UInt32] = [UInt32(modePR) | UInt32(modeMachine) << 8]
        words.reserveCapacity(250)
        for motor in motors {
            words += [
                UInt32(motor.mode), motor.q.bitPattern, motor.dq.bitPattern, motor.tau.bitPattern,
                motor.kp.bitPattern, motor.kd.bitPattern, motor.reserve,
            ]
        }
        return UnitreeCRC.of(words + reserve)
    }

    public var cdr: [UInt8] {
        var writer = CDRWriter(size: 1000)
        writer.write(modePR)
        writer.write(modeMachine)
        for motor in motors {
            writer.write(motor.mode)
            for value in [motor.q, motor.dq, motor.tau, motor.kp, motor.kd] { writer.write(value) }
            writer.write(motor.reserve)
        }
        for word in reserve { writer.write(word) }
        writer.write(crc)
        return writer.bytes
    }

    public init(cdr bytes: [UInt8]) throws(CDRReader.Malformed) {
        var reader = try CDRReader(bytes)
        modePR = try reader.number()
        modeMachine = try reader.number()
        for index in motors.indices {
            motors[index].mode = try reader.number()
            motors[index].q = try reader.float()
            motors[index].dq = try reader.float()
            motors[index].tau = try reader.float()
            motors[index].kp = try reader.float()
            motors[index].kd = try reader.float()
            motors[index].reserve = try reader.number()
        }
        for index in reserve.indices { reserve[index] = try reader.number() }
        crc = try reader.number()
    }
}
