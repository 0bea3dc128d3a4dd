public import PonsMessages
public import PonsPort
public import PonsRobot
import PonsSafety

/// A robot of Unitree's behind its low-level topics: takes the body over from the robot's own controller, then commands every
/// motor 500 times a second and reads what they say.
///
/// A state whose CRC is wrong is not believed; nothing about a command is repaired.
public struct UnitreeRobot: RobotAdapter {
    private static let commandPeriodNs: Int64 = 2_000_000
    private static let retryNs: Int64 = 250_000_000

    public var descriptor: Descriptor { description.descriptor }
    public private(set) var measurement: Measurement
    private let description: PortDescription
    private let bus: any NativeBus
    private let family: MessageFamily
    private let slots: [Int]
    /// What enables each drive.
    private let modes: [UInt8]
    private var commander: DriveCommander
    private var modeMachine: UInt8?
    private var release: (call: ServiceCall, sentNs: Int64)?
    private var isReleased = false

    public init(_ manifest: PortManifest, bus: any NativeBus, isSimulator: Bool, isLab: Bool) {
        description = PortDescription(
            manifest, firmware: "not public", isSimulator: isSimulator, isLab: isLab)
        self.bus = bus
        family = MessageFamily(manifest)
        slots = manifest.joints.enumerated().map { $1.native ?? $0 }
        modes = manifest.joints.map { UInt8($0.driveMode ?? 1) }
        commander = DriveCommander(manifest, periodNs: Self.commandPeriodNs)
        measurement = Measurement(jointCount: manifest.joints.count)
    }

    public mutating func boot(at now: Int64) { isReleased = false }

    public mutating func advance(to now: Int64, _ command: ActuatorCommand) {
        for bytes in bus.take(LowState.topic) { read(bytes, at: now) }
        for bytes in bus.take(BatteryReport.topic) { readBattery(bytes) }
        takeOver(at: now)
        guard let targets = commander.targets(for: command, measured: measurement.position, at: now) else { return }
        send(targets)
        if commander.isSettling { measurement.stability = .dynamic }
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { false }

    public func content(sha256: [UInt8]) -> [UInt8]? { description.content(sha256: sha256) }

    // MARK: Commands

    /// Asks the robot's own controller to let go, until it says that it has.
    private mutating func takeOver(at now: Int64) {
        for bytes in bus.take(ServiceCall.responses(of: MotionSwitcher.service)) {
            guard let response = try? ServiceCall(response: bytes), response.id == release?.call.id else { continue }
            // An answer that says no is asked again: nothing moves until then.
            if response.code == 0 { isReleased = true }
        }
        guard !isReleased, now - (release?.sentNs ?? .min / 2) >= Self.retryNs else { return }
        let call = ServiceCall(id: now, api: MotionSwitcher.releaseMode)
        release = (call, now)
        bus.publish(call.request, on: ServiceCall.requests(to: MotionSwitcher.service))
    }

    private func send(_ targets: [DriveTarget]) {
        // The robot's variant is what its state says; before it has spoken it is told nothing.
        guard let modeMachine else { return }
        var command = LowCommand(family)
        command.modeMachine = modeMachine
        for (joint, target) in targets.enumerated() where target.isEnabled {
            let slot = slots[joint]
            command.motors[slot].mode = modes[joint]
            command.motors[slot].q = target.position
            command.motors[slot].dq = target.velocity
            command.motors[slot].tau = target.effort
            command.motors[slot].kp = target.stiffness
            command.motors[slot].kd = target.damping
        }
        bus.publish(command.cdr, on: LowCommand.topic)
    }

    // MARK: State

    private mutating func read(_ bytes: [UInt8], at now: Int64) {
        guard let state = try? LowState(cdr: bytes, family), state.isIntact else { return }
        modeMachine = state.modeMachine
        measurement.captureNs = now
        for (joint, slot) in slots.enumerated() {
            let motor = state.motors[slot]
            measurement.position[joint] = motor.q
            measurement.velocity[joint] = motor.dq
            measurement.effort[joint] = motor.tauEstimate
            measurement.temperature[joint] = Float(motor.temperature)
        }
        measurement.judgeStandstill()
        measurement.stability = .static
        let (w, x, y, z) = (state.quaternion[0], state.quaternion[1], state.quaternion[2], state.quaternion[3])
        measurement.imu = [x, y, z, w] + state.gyroscope + state.accelerometer
        guard family == .go else { return }
        measurement.battery = BatteryMeasurement(
            charge: min(1, Double(state.charge) / 100), voltage: Double(state.voltage),
            current: Double(state.current) / 1000)
    }

    private mutating func readBattery(_ bytes: [UInt8]) {
        guard let report = try? BatteryReport(cdr: bytes) else { return }
        measurement.battery = BatteryMeasurement(
            charge: min(1, Double(report.charge) / 100), voltage: Double(report.voltage[0]) / 1000,
            current: Double(report.current) / 1000)
    }
}
