import PonsMessages
import PonsRobot
import PonsSafety

/// What people get wrong when they write an adapter. Each is planted between the runtime and a port, and must be noticed.
public enum AdapterMistake: String, CaseIterable, Sendable {
    case swappedCommands = "swapped-commands"
    case swappedMeasurements = "swapped-measurements"
    case flippedSign = "flipped-sign"
    case flippedMeasurement = "flipped-measurement"
    case degrees
    case degreesMeasured = "degrees-measured"
    case quaternionOrder = "wxyz"
    case gravityInG = "gravity-in-g"
    case gravityReversed = "gravity-reversed"
    case echoedCommand = "echoed-command"
    case wallClock = "wall-clock"
    case frozenStamp = "frozen-stamp"
    case clampedTargets = "clamped-targets"
    case zeroOffset = "zero-offset"
    case limpOnStop = "limp-on-stop"
    case percentCharge = "percent-charge"
    case velocityPerCycle = "velocity-per-cycle"
    case motorSpace = "motor-space"

    /// What is wrong.
    public var text: String {
        switch self {
        case .swappedCommands: "the left elbow and the joint after it are swapped on the way to the motors"
        case .swappedMeasurements: "the left elbow and the joint after it are swapped on the way back"
        case .flippedSign: "commands of one joint have the wrong sign"
        case .flippedMeasurement: "measurements of one joint have the wrong sign"
        case .degrees: "commands go out in degrees"
        case .degreesMeasured: "measurements come in as degrees"
        case .quaternionOrder: "the orientation is handed on as w x y z"
        case .gravityInG: "acceleration in g instead of m/s²"
        case .gravityReversed: "specific force with the sign of gravity"
        case .echoedCommand: "the target is reported as the position"
        case .wallClock: "measurements are stamped with the time of day"
        case .frozenStamp: "every measurement has the stamp of the first"
        case .clampedTargets: "targets are cut to half of the range"
        case .zeroOffset: "the zero of one joint is 0.2 rad off"
        case .limpOnStop: "a stop lets the motors go"
        case .percentCharge: "the battery's charge in percent"
        case .velocityPerCycle: "velocity in rad per millisecond"
        case .motorSpace: "pitch and roll of a parallel ankle go out as if they were its two motors"
        }
    }

    private static func pair(_ descriptor: Descriptor, from name: String = "left_elbow") -> (Int, Int) {
        let index = descriptor.joints.firstIndex { $0.name.contains(name) } ?? 0
        return (index, index + 1 < descriptor.joints.count ? index + 1 : max(0, index - 1))
    }

    func spoil(_ command: inout ActuatorCommand, _ descriptor: Descriptor) {
        let (first, second) = Self.pair(descriptor)
        switch self {
        case .swappedCommands: command.position.swapAt(first, second)
        case .flippedSign: command.position[first] = -command.position[first]
        case .degrees: command.position = command.position.map { $0 * 180 / .pi }
        case .clampedTargets:
            for index in command.position.indices {
                let range = descriptor.joints[index].hardPosition
                let (lower, upper) = (Float(range?.lower ?? 0), Float(range?.upper ?? 0))
                let (middle, quarter) = ((lower + upper) / 2, (upper - lower) / 4)
                command.position[index] = max(middle - quarter, min(middle + quarter, command.position[index]))
            }
        case .motorSpace:
            // Where two motors push together they pitch, where they push against each other they roll.
            let (pitch, roll) = Self.pair(descriptor, from: "left_ankle_pitch")
            let target = (command.position[pitch], command.position[roll])
            (command.position[pitch], command.position[roll]) = (target.0 + target.1, target.0 - target.1)
        case .limpOnStop where command.permission == .decelerate || command.permission == .hold:
            command.permission = .off
        default: break
        }
    }

    func spoil(_ measurement: inout Measurement, _ descriptor: Descriptor, _ command: ActuatorCommand) {
        let (first, second) = Self.pair(descriptor)
        switch self {
        case .swappedMeasurements: measurement.position.swapAt(first, second)
        case .flippedMeasurement: measurement.position[first] = -measurement.position[first]
        case .degreesMeasured: measurement.position = measurement.position.map { $0 * 180 / .pi }
        case .quaternionOrder:
            let imu = measurement.imu
            measurement.imu.replaceSubrange(0..<4, with: [imu[3], imu[0], imu[1], imu[2]])
        case .gravityInG: for index in 7..<10 { measurement.imu[index] /= 9.81 }
        case .gravityReversed: for index in 7..<10 { measurement.imu[index] = -measurement.imu[index] }
        case .echoedCommand where command.permission == .run: measurement.position = command.position
        case .wallClock: measurement.captureNs += 1_790_000_000_000_000_000
        case .frozenStamp: measurement.captureNs = min(measurement.captureNs, 7_000_000_000)
        case .zeroOffset: measurement.position[first] += 0.2
        case .percentCharge: measurement.battery?.charge *= 100
        case .velocityPerCycle: measurement.velocity = measurement.velocity.map { $0 / 1000 }
        default: break
        }
    }
}
