public import ArgumentParser
import Foundation
import PonsCalls
import PonsDDS
import PonsPort
import PonsRecording
import PonsRobot
import PonsSecurity
public import PonsSimulator
import PonsTransport
import VendorPorts

/// The reference humanoid as a process of its own.
@main
struct PonsSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pons-sim",
        abstract: "Runs the Pons reference humanoid and listens for controllers.",
        discussion: """
            EXAMPLES
              conform keys create keys && pons-sim --listen tls://127.0.0.1:7447 --keys keys
              pons-sim --listen tcp://127.0.0.1:7447
              pons-sim --listen unix:/tmp/humanoid.sock
              pons-sim --listen shm:/tmp/humanoid.shm                 shared memory, for processes of this computer
              pons-sim --listen udp://127.0.0.1:7447 --mutant MOT-03
              pons-sim --mounting gantry --hand-over right
              pons-sim --port unitree-g1 --state g1.state
              pons-sim --adapter my-robot
              pons-sim --port unitree-g1 --dds-domain 1 --dds-interface lo   beside pons-native unitree-g1
              pons-sim --adapter my-robot --dds-domain 0 --dds-interface eth0   a robot behind ros2_control
              pons-sim --port agibot-a2 --dds-domain 232 --dds-interface eth0 --native-host 192.168.100.100

            tls:// needs --keys. Where a robot listens on tcp:// or udp:// anybody may drive it: it
            is in lab mode, and its state says INSECURE.

            A simulator's results never name hardware. Ends on SIGINT or SIGTERM, or with
            its parent where --until-parent-exits is given.
            """)

    @Option(
        help: "Where to listen: tls://HOST:PORT (port 0 picks one), tcp://…, udp://… (in clear), unix:PATH or shm:PATH."
    )
    var listen = "tcp://127.0.0.1:7447"

    @Option(help: ArgumentHelp("Folder with robot.pem, robot.key and authority.pem, for tls://.", valueName: "dir"))
    var keys: String?

    @Flag(help: "Lab mode on tls:// as well: peers that speak in clear are admitted, and the state says INSECURE.")
    var lab = false

    @Option(
        help:
            "The body: mujoco (contacts, balance, cameras) or exact (joints only); of a vendor's robot exact where nothing is said."
    )
    var plant: HumanoidConfiguration.PlantKind?

    @Option(help: "free (on its feet) or gantry (hanging, feet off the floor).")
    var mounting = HumanoidConfiguration.Mounting.free

    @Option(help: "Hold a bottle out to the left or right gripper until it is taken.")
    var handOver: HumanoidConfiguration.Side?

    @Option(help: "Break exactly this requirement, by id; conform list mutants shows them.")
    var mutant: String?

    @Option(
        help:
            "A vendor's robot instead of the humanoid, with its native side simulated: \(VendorPorts.ids.joined(separator: ", "))."
    )
    var port: String?

    @Option(
        help:
            "The native side is on this DDS domain (0 to 230) and not simulated here; pons-native simulates one."
    )
    var ddsDomain: UInt32?

    @Option(help: "Network interface of --dds-domain; lo keeps everything on this machine.")
    var ddsInterface: String?

    @Option(help: "Where a robot on --dds-domain takes calls over HTTP, if it does.")
    var nativeHost = "127.0.0.1"

    @Option(
        help: ArgumentHelp(
            "A robot whose manifest.yaml is in this folder: its adapter is a program, or it is behind ros2_control.",
            valueName: "dir"))
    var adapter: String?

    @Option(
        help: "What the port's adapter gets wrong: \(AdapterMistake.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mistake: String?

    @Option(help: "Seed of the encoder noise.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Write a picture of the standing humanoid and end.", valueName: "file.png"))
    var picture: String?

    @Option(help: "What --picture shows: head (what the robot sees) or cell (the robot from aside).")
    var view = HumanoidPicture.View.cell

    @Option(
        help: ArgumentHelp(
            "Folder for the recordings that clients ask for, refused without it, and for incidents: ten seconds before to five after each stop, the newest hundred.",
            valueName: "dir"))
    var recordings: String?

    @Option(
        help: ArgumentHelp(
            "Keeps a latched stop over a power cycle; without it every start is a first one.", valueName: "file"))
    var state: String?

    @Flag(help: "End when the parent process ends: for whoever starts the simulator as a child.")
    var untilParentExits = false

    func run() throws {
        if let picture { return try draw(picture) }
        let endpoint: Endpoint
        do throws(Endpoint.Malformed) { endpoint = try Endpoint(listen) } catch {
            throw ValidationError(error.description)
        }
        var fault: Fault?
        if let mutant {
            guard let known = Fault(rawValue: mutant) else {
                throw ValidationError(
                    "no mutant '\(mutant)'; known: \(Fault.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            fault = known
        }
        if let port, !VendorPorts.ids.contains(port) {
            throw ValidationError("no port '\(port)'; there are \(VendorPorts.ids.joined(separator: ", "))")
        }
        if let ddsDomain, (port == nil && adapter == nil) || ddsDomain > 230 {
            throw ValidationError(
                "--dds-domain \(ddsDomain): needs --port or --adapter, and DDS has domains 0 to 230")
        }
        if let mistake, (port == nil && adapter == nil) || AdapterMistake(rawValue: mistake) == nil {
            throw ValidationError(
                "no mistake '\(mistake)'; with --port or --adapter there are "
                    + AdapterMistake.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let listener: Socket
        do throws(Socket.Failure) { listener = try Socket.listen(endpoint) } catch {
            FileHandle.standardError.write(Data("pons-sim: \(error.description)\n".utf8))
            throw ExitCode(2)
        }
        let ring = try keyRing(for: endpoint)
        let file = state.map { StateFile(URL(fileURLWithPath: $0)) }
        let robot: SimulatedHumanoid
        do throws(PlantFailure) { robot = try build(fault, isLab: isLab(endpoint), file) } catch {
            FileHandle.standardError.write(Data("pons-sim: \(error.description)\n".utf8))
            throw ExitCode(2)
        }
        let server = RobotServer(robot: robot, listener: listener)
        if let ring { server.secure { robot in try? ring.robotEnd(admitsClear: robot) } }
        if case .tls(let host, _) = endpoint, let side = try? Socket.listen(.udp(host: host, port: UInt16(server.port)))
        {
            server.datagrams(through: side)
        }
        if let file {
            server.latches { latch, epoch in
                do { try file.store(latch: latch, epoch: epoch) } catch {
                    FileHandle.standardError.write(Data("pons-sim: --state: \(error.localizedDescription)\n".utf8))
                }
            }
        }
        let recorder = try recordingFolder()
        if let recorder { server.recordings { recorder.carryOut($0) } }
        print(
            "pons-sim: \(port ?? adapter ?? "humanoid-30") (\(bodyText)\(mutant.map { ", mutant \($0)" } ?? "")) listening on \(endpoint.with(port: server.port))\(isLab(endpoint) ? " INSECURE (lab mode)" : "")"
        )
        fflush(nil)
        StopSignal.catchSignals()
        let parent = getppid()
        server.run { StopSignal.isRaised || (untilParentExits && getppid() != parent) }
        recorder?.finish()
        if fault != nil { print("pons-sim: fault applied \(server.robot.faults.appliedCount) times") }
    }

    /// Where the robot's body is.
    private var bodyText: String {
        if let ddsDomain { return "native side on DDS domain \(ddsDomain)" }
        if adapter != nil { return "body of its adapter" }
        return port == nil ? "plant \(body.rawValue)" : "native side simulated, plant \(body.rawValue)"
    }

    /// What moves.
    private var body: HumanoidConfiguration.PlantKind { plant ?? (port == nil && adapter == nil ? .mujoco : .exact) }

    private func recordingFolder() throws -> RecordingFolder? {
        guard let recordings else { return nil }
        guard let schemaSet = RecordingFolder.schemaSet() else {
            throw ValidationError("--recordings: no schema found (Spec/v1/pons-v1.binpb above the program)")
        }
        do { return try RecordingFolder(URL(fileURLWithPath: recordings), schemaSet: schemaSet) } catch {
            throw ValidationError("--recordings: \(error.localizedDescription)")
        }
    }

    /// The robot's keys, which `tls://` needs; read before anything else starts.
    private func keyRing(for endpoint: Endpoint) throws -> KeyRing? {
        do throws(CredentialError) {
            let ring = try KeyRing.needed(at: endpoint, folder: keys)
            _ = try ring?.robotEnd { false }
            return ring
        } catch { throw ValidationError(error.description) }
    }

    /// Whether anybody may drive the robot.
    private func isLab(_ endpoint: Endpoint) -> Bool {
        switch endpoint {
        case .tls, .unix, .shared: lab
        case .tcp, .udp: true
        }
    }

    private func draw(_ path: String) throws {
        do {
            var configuration = HumanoidConfiguration(plant: .mujoco)
            configuration.mounting = mounting
            let picture = try HumanoidPicture(of: MuJoCoPlant(configuration), from: view)
            let png = PNG.encode(rgb: picture.rgb, width: picture.width, height: picture.height)
            try Data(png).write(to: URL(fileURLWithPath: path))
        } catch {
            FileHandle.standardError.write(Data("pons-sim: no picture: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    /// A robot with its native side in this process, or on DDS.
    private func portedRobot() throws(ManifestError) -> SimulatedPort? {
        let folder = adapter.map { URL(fileURLWithPath: $0) }
        guard let ddsDomain else {
            if let port { return try VendorPorts.simulated(port) }
            guard let folder else { return nil }
            return try VendorPorts.described(in: folder)
        }
        let manifest: PortManifest
        if let folder {
            manifest = try VendorPorts.manifest(in: folder)
        } else {
            manifest = try VendorPorts.manifest(port ?? "")
        }
        if let folder, manifest.ros2 == nil {
            throw ManifestError(
                file: folder.appending(path: "manifest.yaml").path, line: nil, message: "nothing of it is on DDS",
                hint: "leave --dds-domain out, or write ros2: with the robot's controllers")
        }
        do throws(DDSBus.Failure) {
            let topics = try DDSBus(
                domain: ddsDomain, interface: ddsInterface, side: .adapter, topics: VendorPorts.topics(of: manifest))
            let calls = VendorPorts.calls(of: manifest)
            let caller = HTTPCaller(host: nativeHost, calls: calls)
            return VendorPorts.remote(manifest, on: JoinedBus(topics: topics, calls: caller, for: calls))
        } catch {
            throw ManifestError(
                file: "--dds-domain", line: nil, message: error.description, hint: "see --dds-interface")
        }
    }

    private func build(
        _ fault: Fault?, isLab: Bool, _ file: StateFile?
    ) throws(PlantFailure) -> SimulatedHumanoid {
        var configuration = HumanoidConfiguration(plant: body, fault: fault, seed: seed)
        do throws(StateFile.Unreadable) {
            if let stored = try file?.load() { (configuration.latch, configuration.epoch) = stored }
        } catch { throw PlantFailure(error.description) }
        do throws(ManifestError) {
            configuration.port = try portedRobot()
        } catch { throw PlantFailure(error.description) }
        configuration.mistake = mistake.flatMap(AdapterMistake.init(rawValue:))
        configuration.mounting = mounting
        configuration.handOver = handOver
        configuration.isRealTime = true
        configuration.isLab = isLab
        return try Humanoid.make(configuration, random: SystemRandomNumberGenerator(), at: MonotonicClock.nowNs)
    }
}

extension HumanoidConfiguration.PlantKind: ExpressibleByArgument {}
extension HumanoidConfiguration.Mounting: ExpressibleByArgument {}
extension HumanoidPicture.View: ExpressibleByArgument {}
extension HumanoidConfiguration.Side: ExpressibleByArgument {}
