import AgiBot
import AgiBotA3
import AgiBotA3Native
import AgiBotNative
import AgiBotX2
public import Foundation
public import PonsPort
public import PonsSimulator
import UnitreeG1
import UnitreeG1Native

/// The robots that this repository has ports for.
public enum VendorPorts {
    public static let ids = ["agibot-a3", "agibot-x2", "unitree-g1"]

    /// A port with a simulated native side.
    ///
    /// - Throws: where its manifest isn't found or can't be believed.
    public static func simulated(_ id: String) throws(ManifestError) -> SimulatedPort {
        let manifest = try manifest(id)
        return SimulatedPort(manifest) { isLab, seed throws(PlantFailure) in
            let bus = LoopbackBus()
            return switch id {
            case "agibot-a3": agibot(manifest, AgiBotA3.dialect(manifest), AgiBotA3Body.watchdog, bus, isLab, seed)
            case "agibot-x2": agibot(manifest, AgiBotX2.dialect(manifest), nil, bus, isLab, seed)
            default:
                SimulatedPort.Pair(
                    adapter: UnitreeG1(manifest, bus: bus, isSimulator: true, isLab: isLab),
                    body: UnitreeG1Body(manifest, bus: bus, seed: seed))
            }
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

    private static func agibot(
        _ manifest: PortManifest, _ dialect: JointDialect, _ watchdog: JointTopicBody.Watchdog?,
        _ bus: LoopbackBus, _ isLab: Bool, _ seed: UInt64
    ) -> SimulatedPort.Pair {
        SimulatedPort.Pair(
            adapter: JointTopicRobot(manifest, dialect, bus: bus, isSimulator: true, isLab: isLab),
            body: JointTopicBody(manifest, dialect, watchdog, bus: bus, seed: seed))
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
