import PonsPort
import ROS2Bridge
import ROS2Messages

/// One controller of ros2_control: takes what is meant for it, and has a reference for each of its joints.
///
/// A joint_trajectory_controller drops trajectories that name other joints than its own, that begin in the past or whose points
/// don't come one after the other; it goes in straight lines from point to point, and stands at the last. A forward command
/// controller drops what has another length than its interfaces, and keeps the last value; so does a driver for JointState.
struct RunningController {
    let topic: String
    let joints: [Int]
    private let kind: PortManifest.ROS2.Controller.Kind
    private let names: [String]
    private let periodNs: Int64
    private(set) var position: [Double]
    private(set) var velocity: [Double]
    private(set) var droppedCommands = 0
    private var plan: (startNs: Int64, from: [Double], points: [JointTrajectoryMessage.Point])?
    private var lastNs: Int64?

    /// - Parameter periodNs: between two commands; a driver goes to its target in that time.
    init(_ controller: PortManifest.ROS2.Controller, names: [String], periodNs: Int64) {
        self.periodNs = periodNs
        kind = controller.kind
        joints = controller.joints
        self.names = joints.map { names[$0] }
        topic = ROS2Topics.commands(of: controller).name
        position = joints.map { _ in 0 }
        velocity = position
    }

    /// Without power the reference is wherever the joints are.
    mutating func rest(at measured: [Double]) {
        plan = nil
        position = measured
        velocity = measured.map { _ in 0 }
    }

    mutating func obey(_ bytes: [UInt8], at now: Int64) {
        let isTaken =
            switch kind {
            case .trajectory: follow(bytes, at: now)
            case .position, .velocity: set(bytes)
            case .jointState: servo(bytes, at: now)
            }
        if !isTaken { droppedCommands += 1 }
    }

    /// What nobody in charge here takes notice of.
    mutating func drop(_ messages: [[UInt8]]) { droppedCommands += messages.count }

    private mutating func servo(_ bytes: [UInt8], at now: Int64) -> Bool {
        guard let message = try? JointStateMessage(cdr: bytes), message.position.count == names.count,
            Set(message.names) == Set(names), message.position.allSatisfy(\.isFinite)
        else { return false }
        var point = JointTrajectoryMessage.Point()
        point.positions = names.map { message.position[message.names.firstIndex(of: $0)!] }
        point.fromStartNs = periodNs
        plan = (now, position, [point])
        return true
    }

    private mutating func follow(_ bytes: [UInt8], at now: Int64) -> Bool {
        guard let message = try? JointTrajectoryMessage(cdr: bytes), message.header.stampNs == 0,
            !message.points.isEmpty, message.names.count == names.count, Set(message.names) == Set(names),
            message.points.allSatisfy({ $0.positions.count == names.count && $0.fromStartNs > 0 }),
            zip(message.points, message.points.dropFirst()).allSatisfy({ $0.fromStartNs < $1.fromStartNs })
        else { return false }
        let order = names.map { message.names.firstIndex(of: $0)! }
        let points = message.points.map { point in
            var own = point
            own.positions = order.map { point.positions[$0] }
            return own
        }
        plan = (now, position, points)
        return true
    }

    private mutating func set(_ bytes: [UInt8]) -> Bool {
        guard let message = try? NumbersMessage(cdr: bytes), message.values.count == joints.count,
            message.values.allSatisfy(\.isFinite)
        else { return false }
        if kind == .velocity { velocity = message.values } else { position = message.values }
        return true
    }

    mutating func advance(to now: Int64) {
        let seconds = Double(now - (lastNs ?? now)) * 1e-9
        lastNs = now
        switch kind {
        case .velocity: for index in position.indices { position[index] += velocity[index] * seconds }
        case .position: break
        case .trajectory, .jointState: goOn(at: now)
        }
    }

    private mutating func goOn(at now: Int64) {
        guard let plan else { return }
        let elapsed = now - plan.startNs
        guard let next = plan.points.firstIndex(where: { $0.fromStartNs > elapsed }) else {
            position = plan.points.last!.positions
            velocity = position.map { _ in 0 }
            return self.plan = nil
        }
        let before = next == 0 ? plan.from : plan.points[next - 1].positions
        let beforeNs = next == 0 ? 0 : plan.points[next - 1].fromStartNs
        let spanNs = Double(plan.points[next].fromStartNs - beforeNs)
        for index in position.indices {
            let way = plan.points[next].positions[index] - before[index]
            position[index] = before[index] + way * Double(elapsed - beforeNs) / spanNs
            velocity[index] = way / (spanNs * 1e-9)
        }
    }
}
