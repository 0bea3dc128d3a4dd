import Foundation
import PonsClient
import PonsMessages

/// Walks up to a robot, whoever built it, moves an arm through a chunk, and stops. No line here knows a vendor.
///
///     move-arm tls://HOST:PORT KEYS
@main
struct MoveArm {
    static let steps = 75
    static let periodNs: Int64 = 20_000_000

    static func main() {
        guard CommandLine.arguments.count >= 2 else {
            print("usage: move-arm tls://HOST:PORT KEYS   (tcp://HOST:PORT and unix:PATH need no keys)")
            exit(64)
        }
        let keys = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : nil
        do throws(ConnectionFailure) {
            let robot = try RobotConnection(CommandLine.arguments[1], keysIn: keys, name: "move-arm")
            try move(robot)
            robot.close()
        } catch {
            FileHandle.standardError.write(Data("move-arm: \(error)\n".utf8))
            exit(1)
        }
    }

    static func move(_ robot: RobotConnection) throws(ConnectionFailure) {
        let described = robot.descriptor
        let arm = described.resources.first { $0.name.contains("arm") && $0.parentID != 0 } ?? described.resources[0]
        let index = Int(arm.jointIndices[arm.jointIndices.count / 2])
        let joint = described.joints[index]
        print(
            "\(described.vendor) \(described.model): \(described.joints.count) joints; moving \(joint.name) of \(arm.name)"
        )
        try robot.acquire()
        if robot.safety.state == .off { try robot.power(.on) }
        try robot.enable()

        let posture = robot.state.position
        let (path, reach) = wave(joint, from: posture[index])
        let ack = try robot.play(
            path.map { value in
                var row = posture
                row[index] = value
                return row
            })
        print("chunk accepted, first executed step \(ack.firstExecutedStep)")

        var farthest: Float = 0
        try robot.wait(for: "the arm to be back", timeoutMs: Int64(steps) * periodNs / 1_000_000 + 2000) {
            let way = abs(robot.state.position[index] - posture[index])
            farthest = max(farthest, way)
            return farthest > 0.8 * abs(reach) && way < 0.1 * abs(reach)
        }
        print(String(format: "moved %.3f of %.3f rad and back", farthest, abs(reach)))

        try robot.stop()
        print("stopped: \(robot.safety.state.label)")
        try robot.releaseStop()
        try robot.resume()
        try robot.power(.off)
        try robot.release()
    }

    /// There and back on a cosine: within the joint's soft limits, towards the side with more room, slow enough.
    static func wave(_ joint: JointDescription, from start: Float) -> (path: [Float], reach: Float) {
        let up = Float(joint.softPosition?.upper ?? 0) - start
        let down = start - Float(joint.softPosition?.lower ?? 0)
        let duration = Float(steps) * Float(periodNs) * 1e-9
        let way = min(0.2, 0.8 * max(up, down), 0.2 * Float(joint.velocityLimit ?? 0) * duration / .pi)
        let reach = up >= down ? way : -way
        return ((1...steps).map { start + reach * (1 - cos(2 * .pi * Float($0) / Float(steps))) / 2 }, reach)
    }
}
