import AgiBot
import AgiBotA3
import AgiBotA3Native
import AgiBotNative
import AgiBotX2
public import Foundation
public import PonsPort
import PonsRobot
public import PonsSimulator
import UnitreeG1
import UnitreeG1Native

/// The robots that this repository has ports for.
public enum VendorPorts {
    public static let ids = ["agibot-a3", "agibot-x2", "unitree-g1"]

    /// A port with a simulated native side in the same process.
    ///
    /// - Throws: where its manifest isn't found or can't be believed.
    public static func simulated(_ id: String) throws(ManifestError) -> SimulatedPort {
        let manifest = try manifest(id)
        return SimulatedPort(manifest) { isLab, seed throws(PlantFailure) in
            let bus = LoopbackBus()
            return SimulatedPort.Pair(
                adapter: adapter(manifest, on: bus, isLab: isLab), body: body(of: manifest, on: bus, seed: seed))
        }
    }

    /// A port whose native side is somewhere else on a bus.
    ///
    /// - Parameter bus: reaches ``topics(of:)``.
    public static func remote(_ manifest: PortManifest, on bus: any NativeBus) -> SimulatedPort {
        SimulatedPort(manifest) { isLab, _ throws(PlantFailure) in
            SimulatedPort.Pair(adapter: adapter(manifest, on: bus, isLab: isLab), body: nil)
        }
    }

    /// The simulated native side of a port.
    public static func body(of manifest: PortManifest, on bus: any NativeBus, seed: UInt64) -> any NativeBody {
        guard let dialect = dialect(manifest) else { return UnitreeG1Body(manifest, bus: bus, seed: seed) }
        let watchdog = manifest.id == "agibot-a3" ? AgiBotA3Body.watchdog : nil
        return JointTopicBody(manifest, dialect, watchdog, bus: bus, seed: seed)
    }

    /// What travels between a port's adapter and its native side.
    public static func topics(of manifest: PortManifest) -> [NativeTopic] {
        dialect(manifest)?.topics ?? UnitreeG1.topics
    }

    private static func adapter(_ manifest: PortManifest, on bus: any NativeBus, isLab: Bool) -> any RobotAdapter {
        guard let dialect = dialect(manifest) else {
            return UnitreeG1(manifest, bus: bus, isSimulator: true, isLab: isLab)
        }
        return JointTopicRobot(manifest, dialect, bus: bus, isSimulator: true, isLab: isLab)
    }

    /// Of the vendor whose robots differ in little else.
    private static func dialect(_ manifest: PortManifest) -> JointDialect? {
        switch manifest.id {
        case "agibot-a3": AgiBotA3.dialect(manifest)
        case "agibot-x2": AgiBotX2.dialect(manifest)
        default: nil
        }
    }

    /// A robot whose adapter is a program: the folder holds its manifest.
    ///
    /// - Throws: where the manifest isn't found or can't be believed.
    public static func program(in folder: URL) throws(ManifestError) -> SimulatedPort {
        let url = folder.appending(path: "manifest.yaml")
        guard let source = try? String(contentsOf: url, encoding: .utf8) else {
            throw ManifestError(
                file: url.path, line: nil, message: "not found",
                hint: "name a folder with a manifest; conform new-adapter writes one")
        }
        let manifest = try PortManifest(parsing: source, file: url.path)
        return SimulatedPort(manifest, in: folder) { isLab, _ throws(PlantFailure) in
            do throws(ProgramFailure) {
                return SimulatedPort.Pair(adapter: try ProcessAdapter(manifest, in: folder, isLab: isLab), body: nil)
            } catch { throw PlantFailure("\(url.path): \(error)") }
        }
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
