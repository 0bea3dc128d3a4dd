import AgiBotA2
public import PonsMessages
public import PonsPort
public import PonsSimulator
public import ROS2BridgeNative

/// The own side of an A2: a controller that takes servo commands in one of its modes only, and calls that change modes.
///
/// What is known is the interface. How long a mode takes to change, and what a software emergency stop does, are guesses of this
/// simulator: torque goes at once, and the robot must be asked for a mode again.
public struct AgiBotA2Body: NativeBody {
    private static let prepareNs: Int64 = 20_000_000
    private static let postureNs: Int64 = 100_000_000
    /// Of the calls of this vendor: anything but 0 means that nothing was done.
    private static let refusal: UInt64 = 5

    private let bus: any NativeBus
    private var body: ControlledBody
    /// Switched on as robots are: stopped.
    private var isStopped = true
    private var isSitting = false
    private var action: (name: BodyAction, sinceNs: Int64)?

    public init(_ body: ControlledBody, bus: any NativeBus) {
        self.body = body
        self.bus = bus
    }

    public var droppedCommands: Int { body.droppedCommands }

    public mutating func step(to now: Int64) {
        for bytes in bus.take(ActionCalls.setEmergency.requests) { answer(emergency: bytes) }
        for bytes in bus.take(ActionCalls.setAction.requests) { answer(action: bytes, at: now) }
        for _ in bus.take(ActionCalls.getAction.requests) {
            bus.publish(
                ProtobufJSON.bytes(ActionReport(action?.name, status(at: now))), on: ActionCalls.getAction.answers)
        }
        isSitting = action?.name == .sitDown || (isSitting && action?.name != .standUp)
        let isServed = action?.name == .armServo && status(at: now) == .running
        body.authority = isStopped ? .nobody : isServed ? .controllers : .itself
        body.step(to: now)
    }

    public mutating func inject(_ injection: InjectRequest, at now: Int64) -> Bool { body.inject(injection, at: now) }

    private func status(at now: Int64) -> ActionStatus {
        guard let action else { return .unknown }
        let isPosture = action.name != .armServo
        if now - action.sinceNs < (isPosture ? Self.postureNs : Self.prepareNs) { return .prepare }
        return isPosture ? .done : .running
    }

    private mutating func answer(emergency bytes: [UInt8]) {
        let request = ProtobufJSON.message(EmergencyRequest.self, bytes)
        if let request {
            isStopped = request.command.softwareEmergencyStop
            if isStopped { action = nil }
        }
        let report = CommonReport(code: request == nil ? Self.refusal : 0)
        bus.publish(ProtobufJSON.bytes(report), on: ActionCalls.setEmergency.answers)
    }

    private mutating func answer(action bytes: [UInt8], at now: Int64) {
        let wanted = ProtobufJSON.message(ActionRequest.self, bytes).flatMap(isPossible)
        // Asked for what it does already, it goes on.
        if let wanted, wanted != action?.name { action = (wanted, now) }
        let report = CommonReport(code: wanted == nil ? Self.refusal : 0)
        bus.publish(ProtobufJSON.bytes(report), on: ActionCalls.setAction.answers)
    }

    private func isPossible(_ request: ActionRequest) -> BodyAction? {
        guard request.command.action == BodyAction.external, !isStopped,
            let wanted = BodyAction(rawValue: request.command.extAction)
        else { return nil }
        // Nobody walks off a chair.
        return wanted == .armServo && isSitting ? nil : wanted
    }
}
