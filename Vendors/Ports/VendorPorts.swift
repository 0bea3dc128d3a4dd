import AgiBot
import AgiBotA2
import AgiBotA2Native
import AgiBotA3
import AgiBotA3Native
import AgiBotNative
import AgiBotX2
public import Foundation
public import PonsPort
import PonsRobot
public import PonsSimulator
import ROS2Bridge
import ROS2BridgeNative
import Unitree
import UnitreeNative

/// The robots that this repository has ports for.
public enum VendorPorts {
    public static let ids = ["agibot-a2", "agibot-a3", "agibot-x2", "ros2", "unitree-g1", "unitree-go2", "unitree-h1"]

    /// What a robot's native interface is.
    private enum Native {
        case unitree
        case a2(PortManifest.ROS2)
        case joints(JointDialect, JointTopicBody.Watchdog?)
        case ros2(PortManifest.ROS2)

        init(_ manifest: PortManifest) {
            switch manifest.id {
            case "agibot-a2" where manifest.ros2 != nil: self = .a2(manifest.ros2!)
            case _ where manifest.ros2 != nil: self = .ros2(manifest.ros2!)
            case "agibot-a3": self = .joints(AgiBotA3.dialect(manifest), AgiBotA3Body.watchdog)
            case "agibot-x2": self = .joints(AgiBotX2.dialect(manifest), nil)
            default: self = .unitree
            }
        }
    }

    /// A port with a simulated native side in the same process.
    ///
    /// - Throws: where its manifest isn't found or can't be believed.
    public static func simulated(_ id: String) throws(ManifestError) -> SimulatedPort { simulated(try manifest(id)) }

    private static func simulated(_ manifest: PortManifest, in folder: URL? = nil) -> SimulatedPort {
        SimulatedPort(manifest, in: folder) { isLab, seed, plant throws(PlantFailure) in
            let bus = LoopbackBus()
            return SimulatedPort.Pair(
                adapter: adapter(manifest, on: bus, isSimulator: true, isLab: isLab),
                body: try body(of: manifest, on: bus, seed: seed, plant: plant))
        }
    }

    /// A port whose native side is somewhere else on a bus. Whether that is a simulator only its manifest can say.
    ///
    /// - Parameter bus: reaches ``topics(of:)`` and ``calls(of:)``.
    public static func remote(_ manifest: PortManifest, on bus: any NativeBus) -> SimulatedPort {
        SimulatedPort(manifest) { isLab, _, _ throws(PlantFailure) in
            SimulatedPort.Pair(
                adapter: adapter(manifest, on: bus, isSimulator: manifest.isSimulated, isLab: isLab), body: nil)
        }
    }

    /// The simulated native side of a port.
    ///
    /// - Throws: where MuJoCo doesn't take its body.
    public static func body(
        of manifest: PortManifest, on bus: any NativeBus, seed: UInt64,
        plant: HumanoidConfiguration.PlantKind = .exact
    ) throws(PlantFailure) -> any NativeBody {
        let motors = try MotorBank(manifest, seed: seed, plant: plant)
        return switch Native(manifest) {
        case .unitree: UnitreeBody(manifest, bus: bus, motors: motors)
        case .joints(let dialect, let watchdog):
            JointTopicBody(manifest, dialect, watchdog, bus: bus, motors: motors)
        case .ros2(let interface): ControlledBody(manifest, interface, bus: bus, motors: motors)
        case .a2(let interface):
            AgiBotA2Body(ControlledBody(manifest, interface, bus: bus, motors: motors), bus: bus)
        }
    }

    /// What travels between a port's adapter and its native side.
    public static func topics(of manifest: PortManifest) -> [NativeTopic] {
        switch Native(manifest) {
        case .unitree: UnitreeRobot.topics(MessageFamily(manifest))
        case .joints(let dialect, _): dialect.topics
        case .ros2(let interface), .a2(let interface): ROS2Topics.all(manifest, interface)
        }
    }

    /// What of a port's native interface are calls over HTTP.
    public static func calls(of manifest: PortManifest) -> [NativeCall] {
        if case .a2 = Native(manifest) { ActionCalls.all } else { [] }
    }

    private static func adapter(
        _ manifest: PortManifest, on bus: any NativeBus, isSimulator: Bool, isLab: Bool
    ) -> any RobotAdapter {
        switch Native(manifest) {
        case .unitree: UnitreeRobot(manifest, bus: bus, isSimulator: isSimulator, isLab: isLab)
        case .joints(let dialect, _):
            JointTopicRobot(manifest, dialect, bus: bus, isSimulator: isSimulator, isLab: isLab)
        case .ros2(let interface):
            ControlBridge(manifest, interface, bus: bus, isSimulator: isSimulator, isLab: isLab)
        case .a2(let interface):
            ArmServoRobot(manifest, interface, bus: bus, isSimulator: isSimulator, isLab: isLab)
        }
    }

    /// A robot that a folder describes: its manifest names a program that is the adapter, or says how ros2_control shows the
    /// robot, whose native side is simulated then.
    ///
    /// - Throws: where the manifest isn't found or can't be believed.
    public static func described(in folder: URL) throws(ManifestError) -> SimulatedPort {
        let manifest = try manifest(in: folder)
        if manifest.ros2 != nil { return simulated(manifest, in: folder) }
        return SimulatedPort(manifest, in: folder) { isLab, _, _ throws(PlantFailure) in
            do throws(ProgramFailure) {
                return SimulatedPort.Pair(adapter: try ProcessAdapter(manifest, in: folder, isLab: isLab), body: nil)
            } catch { throw PlantFailure("\(folder.path): \(error)") }
        }
    }

    /// The manifest of a folder.
    public static func manifest(in folder: URL) throws(ManifestError) -> PortManifest {
        let url = folder.appending(path: "manifest.yaml")
        guard let source = try? String(contentsOf: url, encoding: .utf8) else {
            throw ManifestError(
                file: url.path, line: nil, message: "not found",
                hint: "name a folder with a manifest; conform new-adapter writes one")
        }
        return try PortManifest(parsing: source, file: url.path)
    }

    /// From the nearest checkout above the working folder or the program.
    public static func manifest(_ id: String) throws(ManifestError) -> PortManifest {
        let name = "Vendors/\(id)/manifest.yaml"
        guard
            let source = Checkout.places.lazy.compactMap({
                try? String(contentsOf: $0.appending(path: name), encoding: .utf8)
            }).first
        else {
            throw ManifestError(
                file: name, line: nil, message: "not found", hint: "work inside a checkout of Pons")
        }
        return try PortManifest(parsing: source, file: name)
    }
}
