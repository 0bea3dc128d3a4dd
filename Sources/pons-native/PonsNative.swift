public import ArgumentParser
import Foundation
import PonsCalls
import PonsDDS
import PonsPort
public import PonsSimulator
import PonsTransport
import VendorPorts

/// The native side of a vendor's robot as a process of its own: what an adapter, or the vendor's own client, talks to.
@main
struct PonsNative: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pons-native",
        abstract: "Simulates the native side of a vendor's robot on DDS.",
        discussion: """
            EXAMPLES
              pons-native unitree-g1 --domain 1 --interface lo
              pons-sim --port unitree-g1 --dds-domain 1 --dds-interface lo     the adapter, in another process
              pons-native my-robot --domain 1 --interface lo     ros2_control as the folder's manifest has it

            Speaks the vendor's topics, types and encoding: a program written against the vendor's SDK finds a robot there.
            It is a simulator: it says nothing about what the hardware does. Ends on SIGINT or SIGTERM.
            """)

    @Argument(
        help: "Which robot: \(VendorPorts.ids.joined(separator: ", ")); or a folder whose manifest.yaml has ros2:.")
    var port: String

    @Option(help: "DDS domain, 0 to 230.")
    var domain: UInt32 = 0

    @Option(help: "Network interface; lo keeps everything on this machine. Without it CYCLONEDDS_URI decides.")
    var interface: String?

    @Option(help: "Where calls over HTTP are listened for, if the robot takes any.")
    var address = "127.0.0.1"

    @Option(help: "Seed of the encoder noise.")
    var seed: UInt64 = 1

    @Option(help: "The body: exact (each joint by itself) or mujoco (joints feel each other).")
    var plant = HumanoidConfiguration.PlantKind.exact

    @Flag(help: "End when the parent process ends: for whoever starts the simulator as a child.")
    var untilParentExits = false

    func validate() throws {
        guard domain <= 230 else { throw ValidationError("--domain \(domain): DDS has domains 0 to 230") }
    }

    private func manifest() throws -> PortManifest {
        if VendorPorts.ids.contains(port) { return try VendorPorts.manifest(port) }
        let manifest = try VendorPorts.manifest(in: URL(fileURLWithPath: port))
        guard manifest.ros2 != nil else {
            throw ManifestError(
                file: "\(port)/manifest.yaml", line: nil, message: "has no native side that is known here",
                hint: "write ros2:, or name one of \(VendorPorts.ids.joined(separator: ", "))")
        }
        return manifest
    }

    func run() throws {
        let topics: DDSBus
        var body: any NativeBody
        do {
            let manifest = try manifest()
            topics = try DDSBus(
                domain: domain, interface: interface, side: .body, topics: VendorPorts.topics(of: manifest))
            let calls = VendorPorts.calls(of: manifest)
            let bus = JoinedBus(
                topics: topics, calls: try HTTPAnswerer(host: address, calls: calls), for: calls)
            body = try VendorPorts.body(of: manifest, on: bus, seed: seed, plant: plant)
        } catch {
            FileHandle.standardError.write(Data("pons-native: \(error)\n".utf8))
            throw ExitCode(2)
        }
        print("pons-native: \(port) (simulated) on DDS domain \(domain)\(interface.map { ", \($0)" } ?? "")")
        fflush(nil)
        StopSignal.catchSignals()
        let parent = getppid()
        var dueNs = MonotonicClock.nowNs
        while !StopSignal.isRaised && !(untilParentExits && getppid() != parent) {
            // Cycles that were missed are caught up with, but not more than a tenth of a second of them.
            let now = MonotonicClock.nowNs
            dueNs = max(dueNs, now - 100_000_000)
            while dueNs <= now {
                body.step(to: dueNs)
                dueNs += 1_000_000
            }
            usleep(UInt32(max(50, (dueNs - MonotonicClock.nowNs) / 1000)))
        }
        if topics.lostCount > 0 { print("pons-native: \(topics.lostCount) messages were lost") }
    }
}

extension HumanoidConfiguration.PlantKind: ExpressibleByArgument {}
