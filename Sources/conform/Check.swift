import ArgumentParser
import ConformDriver
import ConformJudge
import ConformReport
import Foundation
import PonsMessages
import PonsRobot
import PonsSecurity
import PonsTransport

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plays the suite against a robot, judges it and writes the report.",
        discussion: """
            EXAMPLES
              conform check sim:humanoid
              conform check sim:humanoid --virtual-time --seed 7 --only 'motion/*'
              conform check tls://192.168.1.20:7447 --keys keys --out reports/a3
              conform check unix:/run/robot.sock --only MOT-03 --json
              conform check sim:brain
              conform check brain:tls://0.0.0.0:7447 --keys keys   a brain of yours, connecting to a robot played here
              conform check sim:unitree-g1 --virtual-time         a vendor's robot over its simulated native side
              conform check adapter:my-robot --virtual-time       your adapter, a program that conform starts
              conform check "robot:my-robot --in-step"             a robot of yours, a program in step with virtual time
              conform check "codec:python3 my_codec.py"            a codec of yours, asked over a pipe like pons-codec
              conform check episode-1.mcap                         a recording that a robot has written
              conform check URL --ics ics.yaml --ixit ixit.yaml --profile consumer   as conform init wrote them
              conform check URL --lang zh                          in Chinese
              conform check URL --tier quick                       a minute, nothing moves
              conform check URL --ics ics.yaml --ixit ixit.yaml --certify --operator "Li Wei"

            Writes result.json, report.html, junit.xml and recording.mcap below --out.
            A target of sim:… is started by conform itself.
            """)

    @Argument(
        help:
            "tls://HOST:PORT, tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, shm:PATH, sim:MODEL[?mutant=ID&plant=NAME], adapter:FOLDER, robot:COMMAND, brain:URL to listen on, codec:COMMAND, or FILE.mcap."
    )
    var target: String

    @OptionGroup var suite: SuiteOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var options: PlanOptions

    @Flag(help: "A run for a certificate: whole suite, full tier, complete statement, nothing chosen by hand.")
    var certify = false

    @Flag(help: "Robot, link and runner on one discrete-event clock; sim:, adapter: and robot: targets only.")
    var virtualTime = false

    @Option(help: "Seed of order, phases and noise; decimal or hexadecimal with 0x. Drawn when not given.")
    var seed: String?

    @Option(help: ArgumentHelp("Folder for result.json, report.html, junit.xml and recording.mcap.", valueName: "dir"))
    var out = "out"

    @Option(help: ArgumentHelp("Folder with the certificates to show on tls://.", valueName: "dir"))
    var keys: String?

    @Option(help: "Make the link worse than it is: \(LinkArgument.help); conform relay --help has them.")
    var link: String?

    @Option(help: "How often a test is played while it stays inconclusive; every attempt is reported.")
    var attempts = 3

    @Flag(help: "Print result.json on standard output and nothing else.")
    var json = false

    @Flag(name: .shortAndLong, help: "Only the summary.")
    var quiet = false

    @OptionGroup var speech: LanguageOptions

    @Flag(help: "No colour, whatever the terminal can.")
    var noColor = false

    func run() throws {
        try Failure.guarded {
            let target = try TargetArgument(target)
            if virtualTime && !target.isSimulated {
                throw Failure(
                    "--virtual-time works with sim:, adapter: and robot: targets only",
                    hint: "a real robot lives in real time", code: .usage
                )
            }
            let suite = try suite.load()
            if certify { try requireCertifiable() }
            let tests = try selection.select(from: suite, for: target.product)
            let seed = try Self.seed(seed)
            try CheckSession(command: self, target: target, suite: suite, tests: tests, seed: seed).run()
        }
    }

    /// A certificate rests on what nobody has chosen: anything that selects or repeats is refused.
    private func requireCertifiable() throws {
        var problems: [String] = []
        if !selection.only.isEmpty || !selection.skip.isEmpty { problems.append("--only and --skip choose tests") }
        if options.tier != .full { problems.append("the tier must be full: --tier full") }
        if options.ics == nil || options.ixit == nil { problems.append("--ics and --ixit are needed") }
        if !options.profile.isEmpty { problems.append("profiles are those the statement claims, not --profile") }
        if options.maxMotion != nil { problems.append("--max-motion leaves tests out") }
        if seed != nil { problems.append("the seed must be drawn, not given") }
        if virtualTime { problems.append("virtual time measures nothing") }
        if link != nil { problems.append("--link changes the link") }
        if attempts != 3 { problems.append("--attempts is fixed") }
        guard problems.isEmpty else {
            throw Failure(
                "--certify: \(problems.joined(separator: "; "))", hint: "conform plan shows what such a run plays",
                code: .usage)
        }
    }

    /// The seed given, or one drawn from the system.
    static func seed(_ text: String?) throws -> UInt64 {
        guard let text else { return UInt64.random(in: 1...UInt64(UInt32.max)) }
        let value =
            text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text) ?? UInt64(text, radix: 16)
        guard let value else {
            throw Failure("'\(text)' is no seed", hint: "use a number such as 7 or 0x5eed", code: .usage)
        }
        return value
    }
}

/// One `conform check` from connecting to the exit code.
struct CheckSession {
    let command: Check
    let target: TargetArgument
    let suite: Suite
    let tests: [TestDefinition]
    let seed: UInt64

    /// A simulated brain and a program in step live in virtual time only, a simulated codec in none.
    private var isVirtual: Bool {
        switch target.kind {
        case .program, .simulatedBrain, .simulatedCodec, .simulatedRecording: true
        default: command.virtualTime
        }
    }

    func run() throws {
        let output = try OutputFolder(command.out, language: command.speech.language, schemaSet: suite.schemaSet())
        let (simulator, runnerTarget) = try start()
        let runner = Runner(
            suite: suite, target: runnerTarget, seed: seed, attempts: command.attempts,
            link: try command.link.map(LinkArgument.profile))
        StopSignal.catchSignals()
        let console = Console(
            isQuiet: command.quiet || command.json, usesColour: !command.noColor, language: command.speech.language)
        let descriptor: Descriptor
        do throws(StageError) { descriptor = try runner.describe() } catch {
            simulator?.stop()
            throw Failure(error.message, hint: error.hint, code: .robotLost)
        }
        let plan: RunPlan
        do { plan = try makePlan(descriptor) } catch {
            simulator?.stop()
            throw error
        }
        console.start(target.text, descriptor, suite, plan, seed, isVirtual: isVirtual, product: target.product)
        let envelope = command.options.envelope(for: descriptor)
        runner.envelope = envelope
        if isVirtual { runner.threads = ProcessInfo.processInfo.activeProcessorCount }
        if envelope == .first && target.product == .robot {
            console.say("envelope a first run: each joint by itself, then a tenth of every amplitude (--envelope full)")
        }
        var writeProblem: String?
        var order: [String] = []
        var played: [RunReport.Test] = []
        do { try output.record(plan) } catch { writeProblem = error.localizedDescription }
        let jointNames = descriptor.joints.map(\.name)
        let before = calibrated()
        runner.testerDelayNs = before?.testerDelayNs
        if let before { console.say(Self.text(before)) }
        let began = ContinuousClock.now
        var result = runner.run(plan, descriptor: descriptor) { play, number, total in
            order.append(play.result.test.id)
            do { try output.record(play) } catch { writeProblem = writeProblem ?? error.localizedDescription }
            let test = RunReport.Test(play, suite: suite, jointNames: jointNames)
            played.append(test)
            console.progress(test, number, total, target: target.text)
            return !StopSignal.isRaised && writeProblem == nil
        }
        simulator?.stop()
        if isVirtual, let pace = Self.pace(of: result, took: ContinuousClock.now - began) { console.say(pace) }
        let calibration = before.map { RunReport.Calibration(before: $0, after: calibrated() ?? $0) }
        if let calibration {
            if calibration.isWorse {
                result = Runner.judged(result, testerDelayNs: calibration.testerDelayNs)
                played = []
                console.say(
                    "host    this computer was busier by the end, \(calibration.afterMs) ms at 99.9 %; verdicts were derived again"
                )
            }
            do { try output.record(testerDelayNs: calibration.testerDelayNs) } catch {
                writeProblem = writeProblem ?? error.localizedDescription
            }
        }
        let status = status(result, writeProblem)
        let report = RunReport(
            result, plan, played: played, calibration: calibration, options: runOptions(envelope), suite: suite,
            target: target.text,
            isVirtualTime: isVirtual, version: Conform.version,
            order: order, exitCode: status.rawValue)
        do { try output.finish(report) } catch { writeProblem = writeProblem ?? error.localizedDescription }
        console.finish(report)
        if command.json { print(String(decoding: try JSONReport.data(report), as: UTF8.self)) }
        if let writeProblem {
            throw Failure(
                "can't write to \(command.out): \(writeProblem)",
                hint: "what was written so far is kept; free some space or name another folder with --out",
                code: .harness)
        }
        console.say(
            "Report: \(output.path("report.html")) · evidence: \(output.path("recording.mcap")) · exit \(status.rawValue)"
        )
        Foundation.exit(status.rawValue)
    }

    /// What this computer adds by itself, where time is real and a robot or brain is at the other end (CNF-05). Where it
    /// can't be measured the verdicts still hold, and the report has no calibration.
    private func calibrated() -> HostCalibration? {
        guard !isVirtual, target.product == .robot || target.product == .brain else { return nil }
        return try? HostCalibration.measure()
    }

    private static func text(_ calibration: HostCalibration) -> String {
        func ms(_ ns: Int64) -> String { "\((Double(ns) / 1e4).rounded() / 100) ms" }
        return
            "host    own round trip \(ms(calibration.quantileNs(0.5))) at the median, \(ms(calibration.testerDelayNs)) at 99.9 %: limits under \(ms(calibration.shortestLimitNs)) can't be failed from here"
    }

    /// How much faster than real time that was. Of this computer, so it stands in no report.
    private static func pace(of run: Runner.Run, took duration: Duration) -> String? {
        let played = Double(run.plays.reduce(0) { $0 + $1.result.durationNs }) / 1e9
        guard played > 0 else { return nil }
        let seconds = max(duration / .seconds(1), 1e-3)
        func rounded(_ value: Double) -> String { Quantity.rounded((value * 10).rounded() / 10) }
        return
            "pace    \(rounded(played)) s of the product's time in \(rounded(seconds)) s, \(rounded(played / seconds)) times as fast"
    }

    private func runOptions(_ envelope: MotionEnvelope) -> RunReport.Options {
        RunReport.Options(
            tier: command.options.tier.rawValue, isCertifying: command.certify, operator: command.options.operator,
            envelope: envelope.rawValue)
    }

    /// What is played; a run for a certificate needs every item answered.
    private func makePlan(_ descriptor: Descriptor) throws -> RunPlan {
        let plan = try command.options.plan(suite, tests, descriptor)
        if command.certify {
            guard command.options.envelope(for: descriptor) == .full else {
                throw Failure(
                    "--certify: amplitudes must be those of the tests",
                    hint: "when a first run went well, say --envelope full", code: .usage)
            }
            let catalogue = suite.catalogue
            let open = plan.statement.problems(
                catalogue.items, profiles: catalogue.profiles(of: plan.claims), isComplete: true)
            guard open.isEmpty else {
                throw Failure(
                    "--certify: \(open.joined(separator: "\n  "))",
                    hint: "complete \(command.options.ics ?? "ics.yaml")",
                    code: .usage)
            }
            guard !plan.claims.isEmpty else {
                throw Failure("--certify: the statement claims nothing", hint: "write claims: [CORE, …]", code: .usage)
            }
        }
        guard !plan.tests.isEmpty else {
            let reasons = plan.leftOut.prefix(3).map { "\($0.test.id): \($0.notRun?.text ?? "")" }
            throw Failure(
                "nothing to judge: no test is left. \(reasons.joined(separator: "; "))",
                hint: "conform plan shows why each is left out", code: .usage)
        }
        return plan
    }

    /// Starts the simulator where the target is one.
    private func start() throws -> (SimulatorProcess?, Runner.Target) {
        switch target.kind {
        case .brain(let place):
            let listener: Socket
            do throws(Socket.Failure) { listener = try Socket.listen(place) } catch {
                throw Failure(error.description, hint: "is the port taken?", code: .usage)
            }
            let keys = try TargetArgument.keyRing(for: place, folder: command.keys)
            if !command.quiet && !command.json {
                print("waiting for a brain at \(place.with(port: listener.port))")
                fflush(nil)
            }
            return (nil, .host(listener, keys: keys))
        case .simulator(let options) where !command.virtualTime:
            let simulator = try SimulatorProcess(options.configuration(isVirtual: false), seed: seed)
            return (
                simulator,
                .stage(
                    SocketStage(
                        endpoint: simulator.endpoint, keys: simulator.keys, simulator: simulator.processID))
            )
        default: return (nil, try target.runnerTarget(keys: command.keys))
        }
    }

    /// Highest first: harness error, failure, robot lost, inconclusive, interrupted; nothing judged is never success.
    private func status(_ run: Runner.Run, _ writeProblem: String?) -> ExitStatus {
        let judged = run.plays.filter { $0.result.notRun == nil }
        if run.wasInterrupted && writeProblem == nil { return .interrupted }
        if writeProblem != nil || judged.contains(where: { $0.result.verdict == .error }) { return .harness }
        if judged.contains(where: { $0.result.verdict == .fail && $0.result.test.level == .must }) { return .failed }
        if run.robotLost != nil { return .robotLost }
        if judged.contains(where: { $0.result.verdict == .inconclusive }) { return .inconclusive }
        return judged.isEmpty ? .usage : .passed
    }
}
