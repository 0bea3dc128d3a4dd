import PonsPort
import PonsSafety

/// Asks the robot's own controller for the mode in which the arms are ours, and gives them back.
///
/// Everything is asked again until the robot says that it is so: calls get lost, and somebody with a gamepad may change the mode.
struct ActionDesk {
    private static let askAgainNs: Int64 = 250_000_000
    /// Between two questions what it does: until it does what was asked, and from then on.
    private static let pollNs: Int64 = 20_000_000
    private static let watchNs: Int64 = 500_000_000

    private enum Goal {
        case stopped
        case seated
        case serving
    }

    private let bus: any NativeBus
    private var goal: Goal?
    private var isStopped: Bool?
    /// What was asked and not answered yet: every call has one answer, an empty one where none came.
    private var askedStop: Bool?
    private var action: BodyAction?
    private var status = ActionStatus.unknown
    private var hasSat = false
    private var askedNs = Int64.min / 2
    private var reportDueNs = Int64.min / 2

    init(bus: any NativeBus) { self.bus = bus }

    /// Whether servo commands are heeded.
    var isServing: Bool { isStopped == false && action == .armServo && status == .running }

    /// Whether it sits, or has no torque left to fall with.
    var isSettled: Bool { isStopped == true || (action == .sitDown && status == .done) }

    mutating func advance(to now: Int64, _ permission: MotionPermission) {
        hear()
        let goal: Goal = permission == .off ? .stopped : permission == .settle ? .seated : .serving
        if goal != self.goal {
            self.goal = goal
            (askedNs, reportDueNs) = (.min / 2, now)
        }
        if now >= reportDueNs {
            reportDueNs = now + (isReached(goal) ? Self.watchNs : Self.pollNs)
            bus.publish(ProtobufJSON.bytes(["header": RequestHeader()]), on: ActionCalls.getAction.requests)
        }
        guard !isReached(goal), now - askedNs >= Self.askAgainNs else { return }
        ask(goal, at: now)
    }

    private func isReached(_ goal: Goal) -> Bool {
        switch goal {
        case .stopped: isStopped == true
        case .seated: isSettled
        case .serving: isServing
        }
    }

    /// One step towards the goal.
    private mutating func ask(_ goal: Goal, at now: Int64) {
        askedNs = now
        switch goal {
        case .stopped: ask(emergency: true)
        case .serving where isStopped != false: ask(emergency: false)
        case .seated: ask(.sitDown)
        case .serving: ask(hasSat && !(action == .standUp && status == .done) ? .standUp : .armServo)
        }
    }

    private func ask(_ action: BodyAction) {
        bus.publish(ProtobufJSON.bytes(ActionRequest(action)), on: ActionCalls.setAction.requests)
    }

    private mutating func ask(emergency isStopped: Bool) {
        guard askedStop == nil else { return }
        askedStop = isStopped
        bus.publish(
            ProtobufJSON.bytes(EmergencyRequest(isStopped: isStopped)), on: ActionCalls.setEmergency.requests)
    }

    // MARK: What the robot says

    private mutating func hear() {
        for bytes in bus.take(ActionCalls.setEmergency.answers) {
            guard let asked = askedStop else { continue }
            askedStop = nil
            guard let report = ProtobufJSON.message(CommonReport.self, bytes), report.header?.code ?? 0 == 0 else {
                continue
            }
            isStopped = asked
            askedNs = .min / 2
        }
        // Whether the mode was taken up is what reports say.
        _ = bus.take(ActionCalls.setAction.answers)
        for bytes in bus.take(ActionCalls.getAction.answers) {
            guard let report = ProtobufJSON.message(ActionReport.self, bytes), report.header?.code ?? 0 == 0 else {
                continue
            }
            let (before, beforeStatus) = (action, status)
            action = report.info?.extAction.flatMap(BodyAction.init)
            status = report.info?.status ?? .unknown
            if action == .sitDown { hasSat = true }
            if action == .armServo { hasSat = false }
            if (before, beforeStatus) != (action, status) { askedNs = .min / 2 }
        }
    }
}
