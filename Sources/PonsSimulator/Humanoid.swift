import Crypto
import PonsMessages
public import PonsRobot
import PonsSafety

/// A complete simulated robot, ready to be driven: the reference humanoid, or a vendor's.
public typealias SimulatedHumanoid = RobotRuntime<MountedAdapter, MutantFaults>

public enum Humanoid {
    /// - Parameters:
    ///   - random: of session ids and challenges.
    ///   - now: ns, robot monotonic.
    /// - Throws: what MuJoCo says where it does not accept the model.
    public static func make(
        _ configuration: HumanoidConfiguration, random: any RandomNumberGenerator & Sendable, at now: Int64
    ) throws(PlantFailure) -> SimulatedHumanoid {
        let adapter = MountedAdapter(try adapter(configuration))
        let parameters = parameters(of: adapter.descriptor)
        var robot = RobotRuntime(
            adapter: adapter, faults: MutantFaults(configuration.fault, late: configuration.late),
            parameters: parameters, latch: configuration.latch, epoch: configuration.epoch, random: random,
            hashing: { Array(SHA256.hash(data: $0)) },
            authentication: { Array(HMAC<SHA256>.authenticationCode(for: $1, using: SymmetricKey(data: $0))) }, at: now)
        robot.firstCounter = configuration.variant?.firstCounter ?? 0
        if configuration.variant == .slowStops { robot.standstillCycles = 700 }
        return robot
    }

    private static func adapter(_ configuration: HumanoidConfiguration) throws(PlantFailure) -> any RobotAdapter {
        if let port = configuration.port { return try PortedRobot(port, configuration) }
        return switch configuration.plant {
        case .exact:
            ReferenceRobot(
                plant: ExactPlant(seed: configuration.seed, picturePeriodNs: configuration.picturePeriodNs),
                configuration)
        case .mujoco: ReferenceRobot(plant: try MuJoCoPlant(configuration), configuration)
        }
    }

    /// What the supervisor must know, as the descriptor declares it.
    private static func parameters(of descriptor: Descriptor) -> SafetyParameters {
        var parameters = SafetyParameters()
        parameters.isLegged = descriptor.legged
        parameters.isSimulator = true
        parameters.stopTimeNs =
            descriptor.safety?.stopPlans.first { $0.kind == .protective }?.maxTimeNs ?? 500_000_000
        if let settleTimeNs = descriptor.safety?.settleTimeNs, descriptor.legged {
            parameters.settleTimeNs = settleTimeNs
        }
        return parameters
    }
}

/// The body could not be built.
public struct PlantFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
