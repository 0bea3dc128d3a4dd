public import Foundation
public import PonsPort
public import PonsRobot

/// A vendor's robot whose native side is simulated: its adapter, and what the adapter talks to.
public final class SimulatedPort: Equatable, Sendable {
    /// Both ends of one bus.
    public struct Pair: Sendable {
        public var adapter: any RobotAdapter
        /// `nil` where the adapter has its body itself.
        public var body: (any NativeBody)?

        public init(adapter: any RobotAdapter, body: (any NativeBody)?) {
            self.adapter = adapter
            self.body = body
        }
    }

    public let manifest: PortManifest
    /// Where the manifest lies, of an adapter that is a program.
    public let folder: URL?
    private let make:
        @Sendable (_ isLab: Bool, _ seed: UInt64, _ plant: HumanoidConfiguration.PlantKind) throws(PlantFailure) -> Pair

    /// - Parameter make: joins adapter and body by a bus of their own.
    public init(
        _ manifest: PortManifest, in folder: URL? = nil,
        make:
            @escaping @Sendable (_ isLab: Bool, _ seed: UInt64, _ plant: HumanoidConfiguration.PlantKind)
            throws(PlantFailure) -> Pair
    ) {
        self.manifest = manifest
        self.folder = folder
        self.make = make
    }

    func pair(_ configuration: HumanoidConfiguration) throws(PlantFailure) -> Pair {
        try make(configuration.isLab, configuration.seed, configuration.plant)
    }

    public static func == (one: SimulatedPort, other: SimulatedPort) -> Bool {
        one.manifest == other.manifest && one.folder == other.folder
    }
}
