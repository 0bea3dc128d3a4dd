import Crypto
public import PonsRobot
public import PonsSafety

/// A complete reference humanoid, ready to be driven.
public typealias ExactHumanoid = RobotRuntime<ReferenceRobot<ExactPlant>, MutantFaults>

public enum Humanoid {
    /// The humanoid on the exact plant.
    ///
    /// - Parameter seed: of the encoder noise.
    public static func exact(
        fault: Fault?, seed: UInt64, random: any RandomNumberGenerator & Sendable, at now: Int64
    ) -> ExactHumanoid {
        RobotRuntime(
            adapter: ReferenceRobot(plant: ExactPlant(seed: seed), named: "exact"), faults: MutantFaults(fault),
            parameters: parameters, random: random, hashing: { Array(SHA256.hash(data: $0)) }, at: now)
    }

    /// What the supervisor must know, as the descriptor declares it.
    public static var parameters: SafetyParameters {
        var parameters = SafetyParameters()
        parameters.isLegged = true
        parameters.isSimulator = true
        parameters.stopTimeNs = 500_000_000
        parameters.settleTimeNs = 6_000_000_000
        return parameters
    }
}
