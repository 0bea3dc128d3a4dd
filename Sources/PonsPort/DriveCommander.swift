public import PonsRobot
import PonsSafety

/// Makes drive targets of what the runtime allows and asks: which gains, and the way to the statically stable posture.
///
/// It translates and repairs nothing: targets stand within all limits before they come here.
public struct DriveCommander: Sendable {
    /// On the way to the stable posture, rad/s.
    private static let settleSpeed: Float = 1.2

    private let joints: [PortManifest.Joint]
    private let periodNs: Int64
    private var lastNs: Int64?
    private var settleTargets: [Float]?
    private var resting: [Float]?
    /// Whether the stable posture is not reached yet.
    public private(set) var isSettling = false

    /// - Parameter periodNs: between two commands to the drives; 0 where each cycle has one.
    public init(_ manifest: PortManifest, periodNs: Int64 = 0) {
        joints = manifest.joints
        self.periodNs = periodNs
    }

    /// The targets that are due; `nil` in a cycle without a command to the drives.
    ///
    /// - Parameter measured: positions now, in the manifest's order.
    public mutating func targets(
        for command: ActuatorCommand, measured: [Float], at now: Int64
    ) -> [DriveTarget]? {
        if let lastNs, now - lastNs < periodNs { return nil }
        let seconds = Float(now - (lastNs ?? now)) * 1e-9
        lastNs = now
        let positions = positions(command, measured, seconds)
        return joints.indices.map { target($0, position: positions[$0], command) }
    }

    private func target(_ index: Int, position: Float, _ command: ActuatorCommand) -> DriveTarget {
        var target = DriveTarget()
        guard command.permission != .off else { return target }
        target.isEnabled = true
        let joint = joints[index]
        target.damping = index < command.damping.count ? command.damping[index] : Float(joint.damping ?? 0)
        if command.permission == .damp { return target }
        target.position = position
        target.stiffness = index < command.stiffness.count ? command.stiffness[index] : Float(joint.stiffness ?? 0)
        if command.permission != .settle && command.permission != .recover {
            target.velocity = command.velocity[index]
        }
        return target
    }

    private mutating func positions(
        _ command: ActuatorCommand, _ measured: [Float], _ seconds: Float
    ) -> [Float] {
        if command.permission != .settle {
            settleTargets = nil
            isSettling = false
        }
        if command.permission != .recover { resting = nil }
        switch command.permission {
        case .settle: return settle(from: measured, seconds)
        case .recover:
            // Whoever is helped up keeps the posture in which it lay.
            let positions = resting ?? measured
            resting = positions
            return positions
        default: return command.position
        }
    }

    private mutating func settle(from measured: [Float], _ seconds: Float) -> [Float] {
        var targets = settleTargets ?? measured
        let step = Self.settleSpeed * seconds
        isSettling = false
        for index in joints.indices {
            let distance = Float(joints[index].seat) - targets[index]
            targets[index] += max(-step, min(step, distance))
            if abs(distance) > 0.002 { isSettling = true }
        }
        settleTargets = targets
        return targets
    }
}
