public import PonsPort
public import PonsRobot

/// A vendor's robot whose native side is simulated: its adapter, and what the adapter talks to.
public final class SimulatedPort: Equatable, Sendable {
    /// Both ends of one bus.
    public struct Pair: Sendable {
        public var adapter: any RobotAdapter
        public var body: any NativeBody

        public init(adapter: any RobotAdapter, body: any NativeBody) {
            self.adapter = adapter
            self.body = body
        }
    }

    public let manifest: PortManifest
    private let make: @Sendable (_ isLab: Bool, _ seed: UInt64) -> Pair

    /// - Parameter make: joins adapter and body by a bus of their own.
    public init(_ manifest: PortManifest, make: @escaping @Sendable (_ isLab: Bool, _ seed: UInt64) -> Pair) {
        self.manifest = manifest
        self.make = make
    }

    func pair(isLab: Bool, seed: UInt64) -> Pair { make(isLab, seed) }

    public static func == (one: SimulatedPort, other: SimulatedPort) -> Bool { one.manifest == other.manifest }
}
