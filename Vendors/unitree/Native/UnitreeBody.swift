public import PonsMessages
public import PonsPort
import PonsRobot
public import PonsSimulator
import Unitree

/// The own side of Unitree's robots: firmware that drops what has a wrong CRC, a wrong variant or head, or comes while its own
/// controller drives, and goes limp when the computer falls silent.
public struct UnitreeBody: NativeBody {
    private static let modeMachine: UInt8 = 5
    private static let statePeriodNs: Int64 = 2_000_000
    private static let batteryPeriodNs: Int64 = 100_000_000
    /// The true value is not public; the vendor's own termination rule has this one.
    private static let silenceNs: Int64 = 1_000_000_000

    private let bus: any NativeBus
    private let family: MessageFamily
    private let slots: [Int]
    private let modes: [UInt8]
    private var motors: MotorBank
    private var targets: [DriveTarget]
    private var battery = BatteryModel()
    private var startedNs: Int64?
    private var lastCommandNs: Int64?
    private var stateDueNs: Int64 = .min
    private var batteryDueNs: Int64 = .min
    /// Its own controller drives, and holds it standing; low-level commands are ignored.
    private var isDrivingItself = true
    /// Commands that the firmware dropped without a word.
    public private(set) var droppedCommands = 0

    public init(_ manifest: PortManifest, bus: any NativeBus, motors: MotorBank) {
        self.bus = bus
        family = MessageFamily(manifest)
        slots = manifest.joints.enumerated().map { $1.native ?? $0 }
        modes = manifest.joints.map { UInt8($0.driveMode ?? 1) }
        self.motors = motors
        targets = manifest.joints.map(Self.standing)
    }

    /// What its own controller tells a drive: to stand.
    private static func standing(_ joint: PortManifest.Joint) -> DriveTarget {
        var target = DriveTarget()
        target.isEnabled = true
        target.position = Float(joint.stand)
        target.stiffness = Float(joint.stiffness ?? 0)
        target.damping = Float(joint.damping ?? 0)
        return target
    }

    public mutating func step(to now: Int64) {
        if startedNs == nil { startedNs = now }
        for bytes in bus.take(ServiceCall.requests(to: MotionSwitcher.service)) { answer(bytes) }
        for bytes in bus.take(LowCommand.topic) { obey(bytes, at: now) }
        if let lastCommandNs, now - lastCommandNs > Self.silenceNs { goLimp() }
        motors.step(targets, at: now, seconds: 0.001)
        battery.draw(watts: 40 + motors.power)
        if now >= stateDueNs {
            stateDueNs = now + Self.statePeriodNs
            publishState(at: now)
        }
        if family == .hg && now >= batteryDueNs {
            batteryDueNs = now + Self.batteryPeriodNs
            publishBattery()
        }
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool {
        motors.inject(injection, at: now) || battery.inject(injection)
    }

    // MARK: What comes in

    private mutating func answer(_ bytes: [UInt8]) {
        guard let call = try? ServiceCall(request: bytes) else { return }
        var response = call
        switch call.api {
        case MotionSwitcher.checkMode: response.parameter = #"{"form":"0","name":"\#(isDrivingItself ? "ai" : "")"}"#
        case MotionSwitcher.selectMode: isDrivingItself = true
        case MotionSwitcher.releaseMode:
            if isDrivingItself { goLimp() }
            isDrivingItself = false
            response.parameter = ""
        default: response.code = 3203
        }
        bus.publish(response.response, on: ServiceCall.responses(of: MotionSwitcher.service))
    }

    private mutating func obey(_ bytes: [UInt8], at now: Int64) {
        guard !isDrivingItself, let command = try? LowCommand(cdr: bytes, family), command.isIntact,
            family == .go ? command.head == LowCommand.properHead : command.modeMachine == Self.modeMachine
        else {
            droppedCommands += 1
            return
        }
        lastCommandNs = now
        for (joint, slot) in slots.enumerated() {
            let motor = command.motors[slot]
            targets[joint].isEnabled = motor.mode == modes[joint]
            targets[joint].position = motor.q
            targets[joint].velocity = motor.dq
            targets[joint].effort = motor.tau
            targets[joint].stiffness = motor.kp
            targets[joint].damping = motor.kd
        }
    }

    private mutating func goLimp() {
        for joint in targets.indices { targets[joint] = DriveTarget() }
    }

    // MARK: What goes out

    private mutating func publishState(at now: Int64) {
        var state = LowState(family)
        state.modeMachine = Self.modeMachine
        state.tick = UInt32(truncatingIfNeeded: (now - (startedNs ?? now)) / 1_000_000)
        state.accelerometer = [0, 0, 9.81]
        for (joint, slot) in slots.enumerated() {
            state.motors[slot].mode = targets[joint].isEnabled ? modes[joint] : 0
            state.motors[slot].q = Float(motors.measuredPosition(joint))
            state.motors[slot].dq = Float(motors.measuredVelocity(joint))
            state.motors[slot].tauEstimate = Float(motors.torque[joint])
            state.motors[slot].temperature = Int16(motors.temperature[joint].rounded())
        }
        state.charge = UInt8((battery.measurement.charge * 100).rounded())
        state.voltage = Float(battery.measurement.voltage)
        state.current = Int32(battery.measurement.current * 1000)
        bus.publish(state.cdr, on: LowState.topic)
    }

    private func publishBattery() {
        var report = BatteryReport()
        report.charge = UInt8((battery.measurement.charge * 100).rounded())
        report.voltage[0] = UInt32(battery.measurement.voltage * 1000)
        report.current = Int32(battery.measurement.current * 1000)
        bus.publish(report.cdr, on: BatteryReport.topic)
    }
}
