public import ConformJudge
public import PonsBrain
public import PonsMessages
public import PonsPipe
public import PonsRecording
import PonsRobot
public import PonsSecurity
public import PonsSimulator
public import PonsTransport

/// Plays and judges a selection of tests against one target.
public final class Runner {
    /// What is tested.
    public enum Target {
        /// The reference humanoid on the discrete-event clock.
        case virtual(HumanoidConfiguration)
        /// A robot in a process of its own, in step with the discrete-event clock.
        case program(RobotProgram)
        /// The reference brain, or one with a fault, on the humanoid that the runner plays.
        case virtualBrain(BrainFault?)
        /// A brain that connects to the robot which the runner plays here.
        case host(Socket, keys: KeyRing?)
        /// A robot behind sockets.
        case stage(any Stage)
        /// The reference codec, or one with a fault.
        case virtualCodec(CodecFault?)
        /// A codec in a process of its own.
        case codec(CodecProcess)
        /// A recording of the reference robot, or one with a fault.
        case virtualRecording(RecordingFault?)
        /// The bytes of a recording.
        case recording([UInt8])

        /// The kind of product it is.
        public var kind: TestDefinition.Target {
            switch self {
            case .virtualBrain, .host: .brain
            case .virtual, .program, .stage: .robot
            case .virtualCodec, .codec: .codec
            case .virtualRecording, .recording: .recording
            }
        }

        /// The reference product of a kind, unbroken.
        public static func reference(_ kind: TestDefinition.Target) -> Target {
            switch kind {
            case .robot: .virtual(HumanoidConfiguration(plant: .exact))
            case .brain: .virtualBrain(nil)
            case .codec: .virtualCodec(nil)
            case .recording: .virtualRecording(nil)
            }
        }

        /// The reference product that breaks exactly this requirement; `nil` where none can.
        public static func mutant(_ id: String) -> Target? {
            if let fault = Fault(rawValue: id) { return .virtual(HumanoidConfiguration(plant: .exact, fault: fault)) }
            if let fault = BrainFault(rawValue: id) { return .virtualBrain(fault) }
            if let fault = CodecFault(rawValue: id) { return .virtualCodec(fault) }
            return RecordingFault(rawValue: id).map { .virtualRecording($0) }
        }

        var isVirtual: Bool {
            switch self {
            case .virtual, .program, .virtualBrain, .virtualCodec, .virtualRecording: true
            case .stage, .host, .codec, .recording: false
            }
        }

        /// What many can be made of. An adapter that is a program is started once at a time: nobody has promised us more.
        var fresh: FreshProduct? {
            switch self {
            case .virtual(let configuration): configuration.port?.folder == nil ? .robot(configuration) : nil
            case .virtualBrain(let fault): .brain(fault)
            default: nil
            }
        }
    }

    /// One test, played and judged.
    public struct Play: Sendable {
        public let result: TestResult
        public let evidence: Evidence

        public init(result: TestResult, evidence: Evidence) {
            self.result = result
            self.evidence = evidence
        }
    }

    public struct Run {
        public var plays: [Play] = []
        /// What kind of product was tested; the descriptor is that of the robot in any case.
        public var kind: TestDefinition.Target
        public var descriptor: Descriptor
        public var seed: UInt64
        /// How often a mutant's fault changed something, where the target is a mutant of ours.
        public var appliedFaults: Int?
        public var wasInterrupted = false
        public var robotLost: String?
    }

    /// How much the robot may be moved.
    public var envelope = MotionEnvelope.full

    /// Whether what was recorded of a test outlives its verdict; some 2 GB in a whole run.
    public var keepsEvidence = true

    /// How many tests may be played side by side, where each has a product of its own on a clock of its own. Verdicts and
    /// evidence don't depend on it.
    public var threads = 1

    /// What this computer adds to delays by itself, where it was calibrated; ns.
    public var testerDelayNs: Int64?

    private let suite: Suite
    private let target: Target
    private let seed: RunSeed
    private let attempts: Int
    private let link: LinkProfile?
    private var appliedFaults = 0
    /// Where the joints of a robot that goes on running were before the first test.
    private var startPosture: [Float]?
    /// Every move draws its own ids.
    private var movesMade = 0
    private var codec: CodecLine?
    private var recording: (file: [UInt8], reader: MCAPReader)?

    /// - Parameters:
    ///   - attempts: how often a test is played while it stays inconclusive; every attempt is reported.
    ///   - link: what the links to the robot are made to be; `nil` leaves them as they are.
    public init(suite: Suite, target: Target, seed: UInt64, attempts: Int, link: LinkProfile? = nil) {
        self.link = link
        self.suite = suite
        self.target = target
        self.seed = RunSeed(value: seed)
        self.attempts = max(1, attempts)
        switch target {
        case .virtualCodec(let fault): codec = .reference(CodecPipe(fault: fault))
        case .codec(let process): codec = .process(process)
        default: codec = nil
        }
    }

    /// What the robot says of itself.
    public func describe() throws(StageError) -> Descriptor {
        switch target {
        case .virtualCodec: return Self.described(vendor: "Pons reference", model: "codec")
        case .codec(let process): return Self.described(vendor: process.command, model: "codec")
        case .virtualRecording, .recording:
            let reader = try readRecording().reader
            guard let descriptor = RecordingPlayer.descriptor(in: reader) else {
                throw StageError(
                    "the recording does not describe its robot: no readable /pons/description/Descriptor",
                    hint: "is it an MCAP file of profile pons/1? \(reader.problems.first ?? "")")
            }
            return descriptor
        case .virtualBrain, .host:
            // The robot that a brain will meet.
            let stage = try FreshProduct.robot(HumanoidConfiguration(plant: .exact)).stage(for: "describe", seed: seed)
            return try DescriptorFetcher.fetch(on: stage)
        case .virtual, .program, .stage:
            let stage = try stage(for: "describe")
            return try patiently(stage) { () throws(StageError) in try DescriptorFetcher.fetch(on: stage) }
        }
    }

    /// A codec has no descriptor: what is known of it is how it is started.
    private static func described(vendor: String, model: String) -> Descriptor {
        var descriptor = Descriptor()
        (descriptor.vendor, descriptor.model) = (vendor, model)
        return descriptor
    }

    /// The recording under test: made once where it is ours, and read once.
    private func readRecording() throws(StageError) -> (file: [UInt8], reader: MCAPReader) {
        if let recording { return recording }
        var file: [UInt8] = []
        switch target {
        case .recording(let bytes): file = bytes
        case .virtualRecording(let fault):
            let made = try ReferenceRecording.make(fault: fault, suite: suite, seed: seed.mixed(with: "recording"))
            file = made.file
            appliedFaults = made.appliedFaults
        default: break
        }
        let read = (file: file, reader: MCAPReader(file))
        recording = read
        return read
    }

    /// Plays those of the tests that apply to what the robot shows of itself.
    public func run(
        _ tests: [TestDefinition], descriptor: Descriptor, progress: (Play, Int, Int) -> Bool
    ) -> Run {
        run(RunPlan(suite, tests, descriptor: descriptor), descriptor: descriptor, progress: progress)
    }

    /// Plays what is planned, in an order that the seed gives.
    ///
    /// - Parameter progress: called after each test; returns false to stop.
    public func run(_ plan: RunPlan, descriptor: Descriptor, progress: (Play, Int, Int) -> Bool) -> Run {
        var run = Run(kind: target.kind, descriptor: descriptor, seed: seed.value)
        let round = TestRound(
            seed: seed, attempts: attempts, link: link, envelope: envelope, testerDelayNs: testerDelayNs,
            declarations: suite.catalogue.facts(plan.statement, descriptor))
        let order = ordered(plan.tests).map(plan.binding.applied(to:)).map(watched)
        var hasToured = envelope == .full || target.kind != .robot
        var surprise: String?
        let ahead = sideBySide(order, descriptor, round)
        defer { ahead?.stop() }
        for (index, test) in order.enumerated() {
            if run.wasInterrupted || run.robotLost != nil {
                run.plays.append(notRun(test, run.robotLost == nil ? .aborted : .robotLost))
                continue
            }
            if let surprise {
                run.plays.append(notRun(test, .beyond("a first run ends at a surprise: \(surprise)")))
                continue
            }
            let play: Play
            do throws(StageError) {
                if !hasToured && test.motion >= MotionEnvelope.movingClass {
                    try tour(descriptor)
                    hasToured = true
                }
                let outcome = if let ahead { try ahead.next().get() } else { try self.play(test, descriptor, round) }
                appliedFaults += outcome.appliedFaults
                play = outcome.play
            } catch {
                run.robotLost = error.message
                run.plays.append(notRun(test, .robotLost))
                continue
            }
            run.plays.append(keepsEvidence ? play : Play(result: play.result, evidence: Evidence()))
            run.wasInterrupted = !progress(play, index + 1, order.count)
            let isBad = play.result.verdict == .fail || play.result.verdict == .error
            if envelope == .first && isBad && test.motion > "M0" { surprise = test.id }
        }
        run.plays += plan.leftOut.map { notRun($0.test, $0.notRun!) }
        if target.isVirtual { run.appliedFaults = appliedFaults }
        run.plays.sort { $0.result.test.id < $1.result.test.id }
        return run
    }

    /// A variant of the reference robot that somebody else always looks at.
    private func watched(_ test: TestDefinition) -> TestDefinition {
        guard case .virtual(let configuration) = target, configuration.variant == .onlooker,
            // A test that fills every place counts its own clients only.
            !test.stimulus.contains(where: { $0.arguments["count"]?.text?.contains("max_sessions") == true })
        else { return test }
        let entries = [("peer", "onlooker"), ("role", "observer")].map { key, value in
            StepArgument.Entry(key: key, value: StepArgument(.scalar(value)))
        }
        var test = test
        test.stimulus.insert(TestDefinition.Step(verb: "open", arguments: StepArgument(.map(entries))), at: 0)
        return test
    }

    /// The tests on several threads, each with a product of its own; `nil` where one product or one order matters.
    private func sideBySide(
        _ tests: [TestDefinition], _ descriptor: Descriptor, _ round: TestRound
    ) -> OrderedWork<Result<TestRound.Outcome, StageError>>? {
        guard let product = target.fresh, threads > 1, envelope == .full else { return nil }
        return OrderedWork(tests.count, threads: threads) { index in
            Result { () throws(StageError) -> TestRound.Outcome in
                try round.play(tests[index]) { (name: String) throws(StageError) -> (any Stage, Descriptor) in
                    (try product.stage(for: name, seed: round.seed), descriptor)
                }
            }
        }
    }

    private func play(
        _ test: TestDefinition, _ descriptor: Descriptor, _ round: TestRound
    ) throws(StageError) -> TestRound.Outcome {
        switch target.kind {
        case .codec: return TestRound.Outcome(play: try playCodec(test))
        case .recording:
            let (file, reader) = try readRecording()
            let player = RecordingPlayer(test: test, file: file, reader: reader, seed: seed.mixed(with: test.id))
            return TestRound.Outcome(play: judge(test, player.play()))
        case .robot, .brain:
            return try round.play(test) { (name: String) throws(StageError) -> (any Stage, Descriptor) in
                let stage = try stage(for: name)
                return (stage, stage.startsFresh ? descriptor : try restored(stage))
            }
        }
    }

    /// A robot that goes on running is brought back to where the first test found it. Returns its descriptor: an earlier test
    /// may have changed a tool, and commands need it as it is now.
    private func restored(_ stage: any Stage) throws(StageError) -> Descriptor {
        try patiently(stage) { () throws(StageError) in
            try Restorer.restore(stage)
            let descriptor = try DescriptorFetcher.fetch(on: stage)
            try restorePosture(stage, descriptor)
            return descriptor
        }
    }

    /// What a codec says doesn't depend on time: once is enough.
    private func playCodec(_ test: TestDefinition) throws(StageError) -> Play {
        let before = codec!.appliedFaults
        let evidence = try CodecPlayer(test: test, root: suite.root).play(&codec!)
        appliedFaults += codec!.appliedFaults - before
        return judge(test, evidence)
    }

    private func judge(_ test: TestDefinition, _ evidence: Evidence) -> Play {
        var result = Judge.judge(test, evidence)
        result.attempts = [result.verdict]
        return Play(result: result, evidence: evidence)
    }

    /// Every joint by itself, before anything else moves (CNF-06).
    private func tour(_ descriptor: Descriptor) throws(StageError) {
        let stage = try stage(for: "tour")
        if !stage.startsFresh { try Restorer.restore(stage) }
        let test = TestDefinition(id: "tour", file: "")
        try ScenarioPlayer(stage: stage, test: test, descriptor: descriptor, seed: seed.mixed(with: "tour")).tour()
        if !stage.startsFresh { try Restorer.restore(stage) }
    }

    /// Robot, link or tester may be busy for a while in real time: what failed is tried again, later each time, before the robot
    /// is lost.
    private func patiently<Result>(
        _ stage: any Stage, _ work: () throws(StageError) -> Result
    ) throws(StageError) -> Result {
        for pauseS: Int64 in stage.startsFresh ? [] : [1, 1, 2, 4, 8] {
            do throws(StageError) { return try work() } catch {}
            stage.advance(to: stage.nowNs + pauseS * 1_000_000_000) { _ in false }
        }
        return try work()
    }

    /// Remembers the posture before the first test, and brings the robot back to it before every other.
    private func restorePosture(_ stage: any Stage, _ descriptor: Descriptor) throws(StageError) {
        let mover = ScenarioPlayer(
            stage: stage, test: TestDefinition(id: "restore-posture", file: ""), descriptor: descriptor,
            seed: seed.mixed(with: "posture \(movesMade)"))
        movesMade += 1
        let reached = try mover.restorePosture(startPosture)
        if startPosture == nil {
            startPosture = reached
        } else {
            try Restorer.restore(stage)
        }
    }

    /// Judges a run again where this computer added more to delays by its end than it did before (CNF-05).
    public static func judged(_ run: Run, testerDelayNs: Int64) -> Run {
        var again = run
        again.plays = run.plays.map { play in
            guard play.result.notRun == nil else { return play }
            var evidence = play.evidence
            evidence.constants["tester_delay"] = Quantity(Double(testerDelayNs), .time)
            var result = Judge.judge(play.result.test, evidence)
            result.attempts = play.result.attempts
            return Play(result: result, evidence: evidence)
        }
        return again
    }

    private func notRun(_ test: TestDefinition, _ reason: NotRunReason) -> Play {
        var result = TestResult(test: test)
        result.notRun = reason
        return Play(result: result, evidence: Evidence())
    }

    private func stage(for name: String) throws(StageError) -> any Stage {
        switch target {
        case .virtual(let configuration): return try FreshProduct.robot(configuration).stage(for: name, seed: seed)
        case .program(let program): return try VirtualStage(program, seed: seed.mixed(with: name))
        case .virtualBrain(let fault): return try FreshProduct.brain(fault).stage(for: name, seed: seed)
        case .host(let listener, let keys):
            return try HostStage(listener: listener, keys: keys, seed: seed.mixed(with: name))
        case .stage(let stage): return stage
        case .virtualCodec, .codec, .virtualRecording, .recording:
            throw StageError("codecs and recordings have no stage", hint: "this is a bug of conform")
        }
    }

    /// In an order that the seed gives; a first run comes to motion by and by.
    private func ordered(_ tests: [TestDefinition]) -> [TestDefinition] {
        let order = shuffled(tests)
        guard envelope == .first else { return order }
        return Dictionary(grouping: order, by: \.motion).sorted { $0.key < $1.key }.flatMap(\.value)
    }

    private func shuffled(_ tests: [TestDefinition]) -> [TestDefinition] {
        var generator = SplitMix64(seed: seed.value)
        return tests.sorted { $0.id < $1.id }.shuffled(using: &generator)
    }
}
