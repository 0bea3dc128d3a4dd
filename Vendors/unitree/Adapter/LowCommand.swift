public import PonsPort

/// `LowCmd_` of either family: 1004 bytes in memory of `unitree_hg`, 812 of `unitree_go`.
public struct LowCommand: Equatable, Sendable {
    public struct Motor: Equatable, Sendable {
        /// 0 disabled; enabled is 1, or 10 for the strong motors of an H1.
        public var mode: UInt8 = 0
        public var q: Float = 0
        public var dq: Float = 0
        public var tau: Float = 0
        public var kp: Float = 0
        public var kd: Float = 0

        public init() {}
    }

    public static let topic = "rt/lowcmd"

    public let family: MessageFamily
    /// 0: ankles and waist as serial pitch and roll; 1: as parallel motors A and B. Of `unitree_hg`.
    public var modePR: UInt8 = 0
    /// Must echo what ``LowState`` says, or the firmware ignores the command. Of `unitree_hg`.
    public var modeMachine: UInt8 = 0
    /// Must be `FE EF FF`. Of `unitree_go`.
    public var head: [UInt8] = Self.properHead
    public var motors: [Motor]
    /// Of a message that was read: whether its check sum held.
    public private(set) var isIntact = true

    public static let properHead: [UInt8] = [0xFE, 0xEF, 0xFF]

    public init(_ family: MessageFamily) {
        self.family = family
        motors = Array(repeating: Motor(), count: family.motorCount)
    }

    /// With the check sum that the firmware expects.
    public var cdr: [UInt8] {
        var writer = StructWriter(size: 1004)
        switch family {
        case .hg:
            writer.write(modePR)
            writer.write(modeMachine)
        case .go:
            for byte in head + [0] { writer.write(byte) }
            writer.zeros(4, as: UInt32.self)
            writer.zeros(1, as: UInt16.self)
        }
        for motor in motors {
            writer.boundary()
            writer.write(motor.mode)
            writer.write([motor.q, motor.dq, motor.tau, motor.kp, motor.kd])
            writer.zeros(family.reservedWords, as: UInt32.self)
        }
        writer.zeros(family.commandTail.bytes, as: UInt8.self)
        writer.zeros(family.commandTail.words, as: UInt32.self)
        return writer.sealed()
    }

    public init(cdr bytes: [UInt8], _ family: MessageFamily) throws(CDRReader.Malformed) {
        self.init(family)
        var reader = try StructReader(bytes)
        switch family {
        case .hg:
            modePR = try reader.number()
            modeMachine = try reader.number()
        case .go:
            for index in head.indices { head[index] = try reader.number() }
            try reader.skip(1, as: UInt8.self)
            try reader.skip(4, as: UInt32.self)
            try reader.skip(1, as: UInt16.self)
        }
        for index in motors.indices {
            reader.boundary()
            motors[index].mode = try reader.number()
            motors[index].q = try reader.float()
            motors[index].dq = try reader.float()
            motors[index].tau = try reader.float()
            motors[index].kp = try reader.float()
            motors[index].kd = try reader.float()
            try reader.skip(family.reservedWords, as: UInt32.self)
        }
        try reader.skip(family.commandTail.bytes, as: UInt8.self)
        try reader.skip(family.commandTail.words, as: UInt32.self)
        isIntact = try reader.isIntact()
    }
}

extension MessageFamily {
    /// Behind each motor of a command.
    fileprivate var reservedWords: Int { self == .hg ? 1 : 3 }

    /// Behind all motors: reserve; of `unitree_go` battery, remote control, lights, fans and pins before it.
    fileprivate var commandTail: (bytes: Int, words: Int) { self == .hg ? (0, 4) : (4 + 40 + 12 + 2 + 1, 1) }
}
