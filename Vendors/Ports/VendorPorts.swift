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
    /// - Parameter root: the checkout; the nearest above the working folder or the program otherwise.
    /// - Throws: where its manifest isn't found or can't be believed.
    public static func simulated(_ id: String, root: URL? = nil) throws(ManifestError) -> SimulatedPort {
        let manifest = try manifest(id, root: root)
        return SimulatedPort(manifest) { isLab, seed in
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

    private static func agibot(
        _ manifest: PortManifest, _ dialect: JointDialect, _ watchdog: JointTopicBody.Watchdog?,
        _ bus: LoopbackBus, _ isLab: Bool, _ seed: UInt64
    ) -> SimulatedPort.Pair {
        SimulatedPort.Pair(
            adapter: JointTopicRobot(manifest, dialect, bus: bus, isSimulator: true, isLab: isLab),
            body: JointTopicBody(manifest, dialect, watchdog, bus: bus, seed: seed))
    }

    public static func manifest(_ id: String, root: URL? = nil) throws(ManifestError) -> PortManifest {
        let name = "Vendors/\(id)/manifest.yaml"
        guard
            let source = places(root).lazy.compactMap({
                try? String(contentsOf: $0.appending(path: name), encoding: .utf8)
            }).first
        else {
            throw ManifestError(
                file: name, line: nil, message: "not found", hint: "work inside a checkout of Pons, or name it")
        }
        return try PortManifest(parsing: source, file: name)
    }

    /// Where a checkout may be: above the working folder, above the program.
    private static func places(_ root: URL?) -> [URL] {
        if let root { return [root] }
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let working = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        return above(working) + above(program)
    }

    private static func above(_ url: URL) -> [URL] {
        var (urls, folder) = ([url], url)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            urls.append(folder)
        }
        return urls
    }
}
