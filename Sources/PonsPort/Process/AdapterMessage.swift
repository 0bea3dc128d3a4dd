import PonsMessages
import PonsRobot
import PonsSafety

/// What host and adapter program say to each other; `docs/adapter-protocol.md` shows every byte.
///
/// Little-endian. A head of eight bytes (length of what follows, kind, version), then fields without padding. The host asks,
/// the program answers with the same kind.
enum AdapterMessage {
    enum Kind: UInt16 { case start = 1, boot = 2, cycle = 3, inject = 4 }

    static let version: UInt16 = 1
    /// No answer is longer; bytes.
    static let longest = 65_536

    static func start(jointCount: Int) -> [UInt8] {
        message(.start) { $0.append(UInt32(jointCount)) }
    }

    static func boot(at now: Int64) -> [UInt8] {
        message(.boot) { $0.append(UInt64(bitPattern: now)) }
    }

    static func cycle(_ now: Int64, _ permission: MotionPermission, _ targets: [DriveTarget]) -> [UInt8] {
        message(.cycle) { bytes in
            bytes.append(UInt64(bitPattern: now))
            bytes.append(permission.number)
            bytes.append(UInt32(targets.count))
            for target in targets {
                bytes.append(UInt32(target.isEnabled ? 1 : 0))
                for value in [target.position, target.velocity, target.effort, target.stiffness, target.damping] {
                    bytes.append(value.bitPattern)
                }
            }
        }
    }

    static func inject(_ injection: InjectRequest) -> [UInt8] {
        message(.inject) { bytes in
            bytes.append(UInt32(injection.kind.rawValue))
            bytes.append(injection.index)
            bytes.append((injection.value ?? 0).bitPattern)
            bytes.append(UInt64(bitPattern: injection.durationNs))
        }
    }

    private static func message(_ kind: Kind, _ body: (inout ProgramMessage) -> Void) -> [UInt8] {
        var message = ProgramMessage(kind: kind.rawValue, version: version)
        body(&message)
        return message.bytes
    }

    /// What the program measured.
    static func read(_ bytes: [UInt8], into measurement: inout Measurement) throws(ProgramFailure) {
        var reader = Reader(bytes)
        let count = measurement.position.count
        guard bytes.count == 16 + 16 * count + 40 + 12 else {
            throw ProgramFailure(
                "an answer to CYCLE of \(bytes.count) bytes, expected \(68 + 16 * count) for \(count) joints")
        }
        measurement.captureNs = Int64(bitPattern: reader.next())
        let stability: UInt32 = reader.next()
        guard (1...5).contains(stability) else {
            throw ProgramFailure("stability \(stability) in an answer to CYCLE, known are 1 STATIC to 5 DOWN")
        }
        measurement.stability = Stability(rawValue: Int32(stability))
        let joints: UInt32 = reader.next()
        guard joints == count else { throw ProgramFailure("\(joints) joints in an answer to CYCLE, expected \(count)") }
        for index in 0..<count {
            measurement.position[index] = reader.float()
            measurement.velocity[index] = reader.float()
            measurement.effort[index] = reader.float()
            measurement.temperature[index] = reader.float()
        }
        measurement.judgeStandstill()
        for index in 0..<10 { measurement.imu[index] = reader.float() }
        measurement.battery = BatteryMeasurement(
            charge: Double(reader.float()), voltage: Double(reader.float()), current: Double(reader.float()))
    }

    /// A single number, the answer to START and INJECT.
    static func number(_ bytes: [UInt8]) throws(ProgramFailure) -> UInt32 {
        guard bytes.count == 4 else { throw ProgramFailure("an answer of \(bytes.count) bytes, expected 4") }
        var reader = Reader(bytes)
        return reader.next()
    }

    private struct Reader {
        private let bytes: [UInt8]
        private var offset = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func next<Number: FixedWidthInteger>() -> Number {
            var value: Number = 0
            for index in 0..<MemoryLayout<Number>.size {
                value |= Number(truncatingIfNeeded: bytes[offset + index]) << (8 * index)
            }
            offset += MemoryLayout<Number>.size
            return value
        }

        mutating func float() -> Float { Float(bitPattern: next()) }
    }
}

extension MotionPermission {
    fileprivate var number: UInt32 {
        switch self {
        case .off: 0
        case .hold: 1
        case .run: 2
        case .decelerate: 3
        case .settle: 4
        case .damp: 5
        case .recover: 6
        }
    }
}
