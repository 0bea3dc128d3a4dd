import ConformDriver
import ConformJudge
import Foundation
import PonsBrain
import PonsMessages
import PonsPipe
import PonsPort
import PonsRecording
import PonsRobot
import PonsSecurity
import PonsSimulator
import PonsTransport
import VendorPorts

/// What is tested: `FILE.mcap`, `codec:COMMAND`, `robot:COMMAND`, `adapter:FOLDER`, `brain:tls://…`, `tls://…`, `tcp://…`, `udp://…`, `unix:…` or `sim:MODEL[?mutant=ID&plant=NAME&mounting=NAME]`.
struct TargetArgument {
    enum Kind {
        case robot(Endpoint)
        case simulator(SimulatorOptions)
        /// A command that is a robot, in step with this program's clock.
        case program(String)
        case simulatedBrain(BrainFault?)
        /// Where the runner listens, as a robot, for a brain.
        case brain(Endpoint)
        case simulatedCodec(CodecFault?)
        /// A command that answers for a codec.
        case codec(String)
        case simulatedRecording(RecordingFault?)
        /// A file that a robot has written.
        case recording(URL)
    }

    let text: String
    let kind: Kind

    static let models = ["humanoid", "brain", "codec", "recording"] + VendorPorts.ids

    init(_ text: String) throws {
        self.text = text
        if text.hasPrefix("brain:") {
            kind = .brain(try Self.place(String(text.dropFirst("brain:".count))))
            return
        }
        if text.hasSuffix(".mcap") {
            kind = .recording(URL(fileURLWithPath: text))
            return
        }
        if text.hasPrefix("codec:") {
            kind = .codec(try Self.command(text, "codec:", example: "codec:python3 my_codec.py"))
            return
        }
        if text.hasPrefix("robot:") {
            kind = .program(try Self.command(text, "robot:", example: "robot:build/my-robot --in-step"))
            return
        }
        if text.hasPrefix("adapter:") {
            kind = .simulator(try Self.program(String(text.dropFirst("adapter:".count))))
            return
        }
        guard text.hasPrefix("sim:") else {
            do throws(Endpoint.Malformed) { kind = .robot(try Endpoint(text)) } catch {
                throw Failure(error.description, hint: "conform check --help has examples", code: .usage)
            }
            return
        }
        let parts = text.dropFirst("sim:".count).split(separator: "?", maxSplits: 1).map(String.init)
        guard let model = parts.first, Self.models.contains(model) else {
            let name = parts.first ?? ""
            throw Failure(
                "no simulated robot '\(name)'", hint: Suggestion.sentence(for: name, in: Self.models), code: .usage)
        }
        let query = parts.count == 2 ? parts[1] : ""
        switch model {
        case "brain": kind = .simulatedBrain(try Self.mutant(query, of: model))
        case "codec": kind = .simulatedCodec(try Self.mutant(query, of: model))
        case "recording": kind = .simulatedRecording(try Self.mutant(query, of: model))
        default: kind = .simulator(try SimulatorOptions(query: query, port: try Self.port(model)))
        }
    }

    private static func command(_ text: String, _ prefix: String, example: String) throws -> String {
        let command = text.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces)
        if !command.isEmpty { return command }
        throw Failure("\(prefix) needs a command", hint: "for example conform check \"\(example)\"", code: .usage)
    }

    /// `FOLDER[?mutant=ID]` of an adapter that is a program.
    private static func program(_ text: String) throws -> SimulatorOptions {
        let parts = text.split(separator: "?", maxSplits: 1).map(String.init)
        let port: SimulatedPort
        do throws(ManifestError) {
            port = try VendorPorts.described(in: URL(fileURLWithPath: parts.first ?? "."))
        } catch {
            throw Failure(error.description, code: .usage)
        }
        return try SimulatorOptions(query: parts.count == 2 ? parts[1] : "", port: port)
    }

    /// The vendor's robot of this name; `nil` for the reference humanoid.
    private static func port(_ model: String) throws -> SimulatedPort? {
        guard VendorPorts.ids.contains(model) else { return nil }
        do throws(ManifestError) { return try VendorPorts.simulated(model) } catch {
            throw Failure(error.description, code: .usage)
        }
    }

    /// Whether it lives in virtual time: what conform makes itself, and programs that keep step.
    var isSimulated: Bool {
        switch kind {
        case .simulator, .program, .simulatedBrain, .simulatedCodec, .simulatedRecording: true
        case .robot, .brain, .codec, .recording: false
        }
    }

    /// The kind of product, which decides what tests there are for it.
    var product: TestDefinition.Target {
        switch kind {
        case .simulatedBrain, .brain: .brain
        case .robot, .simulator, .program: .robot
        case .simulatedCodec, .codec: .codec
        case .simulatedRecording, .recording: .recording
        }
    }

    /// What the product says of itself: it is read as an observer reads it, and a simulated one in virtual time.
    func describe(_ suite: Suite, keys: String?) throws -> Descriptor {
        let runner = Runner(suite: suite, target: try runnerTarget(keys: keys), seed: 1, attempts: 1)
        do throws(StageError) { return try runner.describe() } catch {
            throw Failure(error.message, hint: error.hint, code: .robotLost)
        }
    }

    /// What the runner plays against. Nothing is started or listened to: simulated products live in virtual time.
    func runnerTarget(keys: String?) throws -> Runner.Target {
        switch kind {
        case .robot(let endpoint):
            return .stage(SocketStage(endpoint: endpoint, keys: try Self.keyRing(for: endpoint, folder: keys)))
        case .simulator(let options): return .virtual(options.configuration(isVirtual: true))
        case .program(let command):
            do throws(StageError) { return .program(try RobotProgram(command)) } catch {
                throw Failure(error.message, hint: error.hint, code: .usage)
            }
        case .brain: return .virtualBrain(nil)
        case .simulatedBrain(let fault): return .virtualBrain(fault)
        case .simulatedCodec(let fault): return .virtualCodec(fault)
        case .simulatedRecording(let fault): return .virtualRecording(fault)
        case .recording(let url):
            do { return .recording(Array(try Data(contentsOf: url))) } catch {
                throw Failure(
                    "\(url.path) can't be read: \(error.localizedDescription)", hint: "check the path", code: .usage)
            }
        case .codec(let command):
            do throws(StageError) { return .codec(try CodecProcess(command)) } catch {
                throw Failure(error.message, hint: error.hint, code: .usage)
            }
        }
    }

    static func keyRing(for endpoint: Endpoint, folder: String?) throws -> KeyRing? {
        do throws(CredentialError) { return try KeyRing.needed(at: endpoint, folder: folder) } catch {
            throw Failure(error.message, hint: error.hint, code: .usage)
        }
    }

    private static func place(_ text: String) throws -> Endpoint {
        do throws(Endpoint.Malformed) {
            let endpoint = try Endpoint(text)
            guard case .udp = endpoint else { return endpoint }
        } catch {
            throw Failure(
                error.description, hint: "brain:tls://0.0.0.0:7447 listens there, as a robot", code: .usage)
        }
        throw Failure(
            "a brain is tested on a stream",
            hint: "use brain:tls://HOST:PORT, brain:tcp://HOST:PORT, brain:unix:PATH or brain:shm:PATH",
            code: .usage)
    }

    /// The fault that follows the `?` of a product that has nothing else to choose.
    private static func mutant<Fault: CaseIterable & RawRepresentable<String>>(
        _ query: String, of model: String
    ) throws -> Fault? {
        if query.isEmpty { return nil }
        let name = query.hasPrefix("mutant=") ? String(query.dropFirst("mutant=".count)) : ""
        if let fault = Fault(rawValue: name) { return fault }
        throw Failure(
            "'\(query)' is not understood",
            hint: "use sim:\(model)?mutant=ID; \(Suggestion.sentence(for: name, in: Fault.allCases.map(\.rawValue)))",
            code: .usage)
    }
}

/// What follows the `?` of a `sim:` target.
struct SimulatorOptions: Equatable {
    var fault: Fault?
    /// Where nothing is said: MuJoCo in real time, the exact joints in virtual time and of a vendor's robot.
    var plant: HumanoidConfiguration.PlantKind?
    var mounting = HumanoidConfiguration.Mounting.free
    var variant: RobotVariant?
    var late: LateReaction?
    /// A vendor's robot instead of the reference humanoid, and what its adapter gets wrong.
    let port: SimulatedPort?
    var mistake: AdapterMistake?

    init(query: String, port: SimulatedPort? = nil) throws {
        self.port = port
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            let value = parts.count == 2 ? parts[1] : ""
            switch parts.first {
            case "mutant": fault = try Self.choose(value, "mutant")
            case "late" where port == nil: late = try Self.choose(value, "late reaction") as LateReaction
            case "variant" where port == nil: variant = try Self.choose(value, "variant") as RobotVariant
            case "plant" where port == nil || port?.folder == nil:
                plant = try Self.choose(value, "plant") as HumanoidConfiguration.PlantKind
            case "mounting" where port == nil: mounting = try Self.choose(value, "mounting")
            case "mistake" where port != nil: mistake = try Self.choose(value, "mistake") as AdapterMistake
            default:
                throw Failure(
                    "'\(pair)' is not understood",
                    hint: port == nil
                        ? "use sim:humanoid?mutant=ID, late=ID-within|ID-beyond, variant=NAME, plant=mujoco|exact, mounting=free|gantry; join several with &"
                        : "after the ? of a port there may be mutant=ID, mistake=NAME and plant=mujoco|exact, joined with &",
                    code: .usage)
            }
        }
    }

    private static func choose<Choice: CaseIterable & RawRepresentable<String>>(
        _ value: String, _ what: String
    ) throws -> Choice {
        if let choice = Choice(rawValue: value) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        throw Failure("no \(what) '\(value)'", hint: Suggestion.sentence(for: value, in: names), code: .usage)
    }

    func configuration(isVirtual: Bool) -> HumanoidConfiguration {
        var configuration = HumanoidConfiguration(
            plant: plant ?? (isVirtual || port != nil ? .exact : .mujoco), fault: fault)
        configuration.mounting = mounting
        configuration.variant = variant
        configuration.late = late
        configuration.port = port
        configuration.mistake = mistake
        return configuration
    }
}

/// The reference robot as a child process, listening on a port of its own.
final class SimulatorProcess {
    private let process = Process()
    /// Of this run only: made before the robot starts, gone after it.
    let keys: KeyRing
    private let folder: URL
    let endpoint: Endpoint
    var processID: Int32 { process.processIdentifier }

    init(_ configuration: HumanoidConfiguration, seed: UInt64) throws {
        let program = Checkout.programFolder.appending(path: "pons-sim")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Failure(
                "pons-sim is not beside conform", hint: "build it: swift build -c release --product pons-sim",
                code: .harness)
        }
        folder = FileManager.default.temporaryDirectory.appending(path: "conform-keys-\(UUID().uuidString)")
        do throws(CredentialError) { keys = try KeyRing(laboratory: "conform") } catch {
            throw Failure(error.message, hint: error.hint, code: .harness)
        }
        try keys.write(to: folder)
        let port = Pipe()
        process.executableURL = program
        var arguments = [
            "--listen", "tls://127.0.0.1:0", "--keys", folder.path, "--seed", "\(seed)", "--until-parent-exits",
            "--recordings", folder.appending(path: "recordings").path, "--plant", configuration.plant.rawValue,
            "--mounting", configuration.mounting.rawValue,
        ]
        if let fault = configuration.fault { arguments += ["--mutant", fault.rawValue] }
        if let port = configuration.port {
            arguments += port.folder.map { ["--adapter", $0.path] } ?? ["--port", port.manifest.id]
        }
        if let mistake = configuration.mistake { arguments += ["--mistake", mistake.rawValue] }
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = port
        try process.run()
        let line = String(decoding: port.fileHandleForReading.availableData, as: UTF8.self)
        guard let range = line.firstRange(of: "tls://"),
            let endpoint = try? Endpoint(String(line[range.lowerBound...].prefix { !$0.isWhitespace }))
        else { throw Failure("pons-sim did not start: \(line)", code: .harness) }
        self.endpoint = endpoint
    }

    func stop() {
        try? FileManager.default.removeItem(at: folder)
        guard process.isRunning else { return }
        process.terminate()
        for _ in 0..<100 where process.isRunning { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}
