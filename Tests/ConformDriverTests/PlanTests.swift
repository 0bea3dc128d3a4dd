import ConformDriver
import ConformJudge
import PonsMessages
import PonsSimulator
import Testing

/// What a run plays, and why: statement, parameters, profiles, tiers.
@Suite struct PlanTests {
    private let descriptor = HumanoidDescriptor.make(plant: "exact")

    private func suite() throws -> Suite { try SuiteTests.suite.get() }

    private func plan(
        _ wish: RunPlan.Wish = RunPlan.Wish(), statement: ConformanceStatement? = nil,
        _ change: (inout Descriptor) -> Void = { _ in }
    ) throws -> RunPlan {
        let suite = try suite()
        var descriptor = descriptor
        change(&descriptor)
        return RunPlan(
            suite, suite.tests(for: .robot), wish,
            statement: statement ?? suite.catalogue.discovered(from: descriptor),
            parameters: ParameterSet(suite.catalogue.parameters, descriptor: descriptor), descriptor: descriptor)
    }

    // MARK: Expressions

    @Test(arguments: [
        ("a", "a"), ("a && b || c", "(a && b) || c"), ("!(a || b)", "!(a || b)"), ("( a )&&!b", "a && !b"),
    ])
    func `an expression is read and written`(text: String, meaning: String) throws {
        let read = try ApplicabilityExpression(text)
        #expect(try read == ApplicabilityExpression(meaning))
        #expect(try read == ApplicabilityExpression(read.text()), "\(read.text()) means something else")
    }

    @Test(arguments: ["", "a &&", "a b", "(a", "a)", "&& a", "a & b", String(repeating: "(", count: 40) + "a"])
    func `an expression that is none is refused`(text: String) {
        #expect(throws: ApplicabilityExpression.Malformed.self) { try ApplicabilityExpression(text) }
    }

    @Test func `what nobody has answered decides only what hangs on it`() throws {
        let answers: [String: Bool] = ["yes": true, "no": false]
        func holds(_ text: String) throws -> Bool? { try ApplicabilityExpression(text).holds { answers[$0] } }
        #expect(try holds("open && no") == false)
        #expect(try holds("open && yes") == nil)
        #expect(try holds("open || yes") == true)
        #expect(try holds("!open") == nil)
    }

    // MARK: Plans

    @Test func `everything applies to the reference robot`() throws {
        #expect(try plan().leftOut.map(\.test.id) == [])
    }

    struct Lack: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let change: @Sendable (inout Descriptor) -> Void
        let gone: [String]
    }

    static let lacks = [
        Lack(
            testDescription: "no gripper", change: { $0.grippers = [] },
            gone: ["motion/gripper-opening", "safety/load-is-held"]),
        Lack(
            testDescription: "no camera", change: { $0.sensors.removeAll { $0.kind == .colourCamera } },
            gone: ["perception/pictures-are-young", "perception/less-when-asked"]),
        Lack(
            testDescription: "no legs", change: { $0.legged = false },
            gone: ["humanoid/a-fall-is-felt", "humanoid/settles-in-time"]),
        Lack(
            testDescription: "no policy", change: { $0.features.removeAll { $0 == "action-chunk" } },
            gone: ["commands/newer-chunk-wins", "commands/chunks-over-radio"]),
        Lack(
            testDescription: "no separation", change: { $0.safety?.separation = nil },
            gone: ["safety/slower-near-people"]),
    ]

    @Test(arguments: lacks) func `tests of what a robot hasn't got do not apply`(lack: Lack) throws {
        let plan = try plan { lack.change(&$0) }
        let gone = plan.leftOut.map(\.test.id)
        for id in lack.gone { #expect(gone.contains(id), "\(id) would be played") }
        for entry in plan.leftOut {
            guard case .notApplicable(let why)? = entry.notRun else {
                Issue.record("\(entry.test.id) is left out for another reason")
                continue
            }
            #expect(why.contains("(no)"), "\(entry.test.id) doesn't say which item: \(why)")
        }
        #expect(plan.tests.contains { $0.id == "motion/silence-stops" })
    }

    @Test func `a false no is no way round a test`() throws {
        var statement = try suite().catalogue.discovered(from: descriptor)
        statement.answers["command.gripper"] = .no
        #expect(try plan(statement: statement).leftOut.isEmpty)
    }

    @Test func `checks of what a robot hasn't got are gone from their test`() throws {
        let plan = try plan { $0.legged = false }
        let test = try #require(plan.tests.first { $0.id == "description/safety-block" })
        #expect(!plan.binding.applied(to: test).checks.contains { $0.id == "fall" })
        #expect(plan.binding.applied(to: test).checks.contains { $0.id == "load" })
    }

    @Test func `the quick tier moves nothing, and each tier includes the shorter`() throws {
        let constants = ScenarioPlayer.constants(of: descriptor)
        var wish = RunPlan.Wish()
        var smaller: Set<String> = []
        for tier in TestDefinition.Tier.allCases {
            wish.tier = tier
            let plan = try plan(wish)
            let tests = plan.tests
            #expect(smaller.isSubset(of: tests.map(\.id)))
            smaller = Set(tests.map(\.id))
            if tier == .quick {
                #expect(tests.allSatisfy { $0.motion <= "M1" })
                #expect(tests.reduce(0) { $0 + plan.binding.applied(to: $1).leastSeconds(for: constants) } < 60)
                #expect(tests.count > 30)
            }
            if tier == .full {
                let seconds = tests.reduce(0) { $0 + plan.binding.applied(to: $1).leastSeconds(for: constants) }
                #expect(
                    (900...1800).contains(seconds),
                    "longer trials than the standard tier's, and no more than half an hour")
            }
        }
    }

    @Test func `a test that waits for what a robot declares takes as long as that`() throws {
        var descriptor = descriptor
        let plan = try plan()
        let named = try #require(plan.tests.first { $0.id == "perception/pictures-are-young" })
        let test = plan.binding.applied(to: named)
        let fast = test.leastSeconds(for: ScenarioPlayer.constants(of: descriptor))
        for index in descriptor.sensors.indices { descriptor.sensors[index].nominalRateHz = 5 }
        let slow = test.leastSeconds(for: ScenarioPlayer.constants(of: descriptor))
        #expect(abs(slow / fast - 3) < 0.01 && fast > 10)
    }

    @Test func `a motion class that is not allowed leaves its tests out, and says so`() throws {
        var wish = RunPlan.Wish()
        wish.maxMotion = "M0"
        let plan = try plan(wish)
        #expect(!plan.tests.isEmpty && plan.tests.allSatisfy { $0.motion == "M0" })
        #expect(plan.leftOut.allSatisfy { $0.notRun?.text.contains("--max-motion") == true })
    }

    @Test func `hardware is not moved unless somebody is named who watches it`() throws {
        var hardware = descriptor
        hardware.simulator = false
        for (name, motion) in [(nil, "M1"), ("", "M1"), ("Li Wei", "M3")] as [(String?, String)] {
            var wish = RunPlan.Wish()
            wish.respect(hardware, watchedBy: name)
            #expect(wish.maxMotion == motion, "\(name ?? "nobody")")
        }
        var wish = RunPlan.Wish()
        wish.respect(hardware, watchedBy: nil)
        let plan = try plan(wish) { $0.simulator = false }
        #expect(plan.tests.allSatisfy { $0.motion <= "M1" } && !plan.tests.isEmpty)
        #expect(plan.leftOut.allSatisfy { $0.notRun?.text.contains("--operator") == true })
        var still = RunPlan.Wish()
        still.maxMotion = "M0"
        still.respect(hardware, watchedBy: nil)
        #expect(still.maxMotion == "M0")
    }

    @Test func `a profile brings its own tests and those of the core`() throws {
        var wish = RunPlan.Wish()
        wish.profiles = ["MOTION/L1"]
        let tests = try plan(wish).tests.map(\.id)
        #expect(tests.contains("motion/silence-stops") && tests.contains("session/nothing-before-hello"))
        #expect(!tests.contains("perception/pictures-are-young") && !tests.contains("humanoid/a-fall-is-felt"))
    }

    @Test func `bundles grow stricter towards people, and the strictest holds`() throws {
        let catalogue = try suite().catalogue
        #expect(catalogue.limits(of: [])["command_silence"] == "100 ms")
        #expect(catalogue.limits(of: ["industrial"])["command_silence"] == "100 ms")
        #expect(catalogue.limits(of: ["commercial", "industrial"])["command_silence"] == "80 ms")
        #expect(catalogue.limits(of: ["commercial", "consumer/L1"])["command_silence"] == "50 ms")
    }

    @Test func `a robot may pass where people are trained and fail in a home`() throws {
        let suite = try suite()
        var configuration = HumanoidConfiguration(plant: .exact)
        configuration.setpointDeadlineNs = 70_000_000
        for (bundle, verdict) in [("industrial", Verdict.pass), ("commercial", .pass), ("consumer", .fail)] {
            let runner = Runner(suite: suite, target: .virtual(configuration), seed: 1, attempts: 1)
            let descriptor = try runner.describe()
            var wish = RunPlan.Wish()
            wish.profiles = [bundle, "MOTION"]
            let tests = suite.tests.filter { $0.id == "motion/silence-stops" }
            let plan = RunPlan(suite, tests, wish, descriptor: descriptor)
            let run = runner.run(plan, descriptor: descriptor) { _, _, _ in true }
            #expect(run.plays.first?.result.verdict == verdict, "\(bundle)")
        }
    }

    // MARK: Statements and parameters

    @Test func `a statement written for a robot is true of it, and complete but for what nothing shows`() throws {
        let catalogue = try suite().catalogue
        let text = StatementFile.template(catalogue, descriptor)
        let statement = try StatementFile.read(text, file: "ics.yaml", catalogue)
        let facts = catalogue.facts(statement, descriptor)
        #expect(facts["items"]?.filter { !$0.agrees } == [])
        #expect(facts["claims"]?.filter { !$0.agrees } == [])
        let profiles = catalogue.profiles(of: statement.claims)
        #expect(statement.problems(catalogue.items, profiles: profiles, isComplete: false) == [])
        #expect(
            statement.problems(catalogue.items, profiles: profiles, isComplete: true).map { $0.prefix { $0 != " " } }
                == ["body.battery", "body.local_control", "safety.contact"])
    }

    @Test(arguments: [
        ("command.gripper: yes", "command.gripper: no", "command.gripper"),
        ("timing.setpoint_deadline: 50 ms", "timing.setpoint_deadline: 40 ms", "timing.setpoint_deadline"),
        ("firmware: '0.1.0'", "firmware: '9.9'", "product.firmware"),
    ])
    func `a statement that says otherwise than the robot fails the cross-check`(
        line: String, changed: String, subject: String
    ) throws {
        let suite = try suite()
        let text = StatementFile.template(suite.catalogue, descriptor).replacing(line, with: changed)
        let statement = try StatementFile.read(text, file: "ics.yaml", suite.catalogue)
        let runner = Runner(
            suite: suite, target: .virtual(HumanoidConfiguration(plant: .exact)), seed: 1, attempts: 1)
        let tests = suite.tests.filter { $0.id == "description/what-is-declared-is-there" }
        let plan = RunPlan(
            suite, tests, RunPlan.Wish(), statement: statement,
            parameters: ParameterSet(suite.catalogue.parameters, descriptor: descriptor), descriptor: descriptor)
        let run = runner.run(plan, descriptor: try runner.describe()) { _, _, _ in true }
        let result = try #require(run.plays.first?.result)
        #expect(result.verdict == .fail)
        #expect(result.decisive?.seen.contains(subject) == true, "\(result.decisive?.seen ?? "")")
    }

    @Test func `a statement that says yes where the robot shows nothing fails as well`() throws {
        let catalogue = try suite().catalogue
        let statement = try StatementFile.read(
            StatementFile.template(catalogue, descriptor), file: "ics.yaml", catalogue)
        var other = descriptor
        other.grippers = []
        let wrong = catalogue.facts(statement, other)["items"]?.filter { !$0.agrees }
        #expect(wrong?.map(\.subject) == ["command.gripper"])
    }

    @Test(arguments: [
        ("command.gripper: yes", "command.gripper: maybe", "must be yes, no or ask"),
        ("command.gripper: yes", "comand.gripper: yes", "no item 'comand.gripper'"),
        ("50 ms", "50 apples", "timing.setpoint_deadline"),
        ("claims: [CORE", "claims: [COR", "no profile"),
        ("claims: [CORE", "claims: [CORE/L9", "no level"),
        ("pons.ics/1", "pons.ics/2", "schema must be pons.ics/1"),
    ])
    func `a statement that can't be read says where`(
        line: String, changed: String, message: String
    ) throws {
        let catalogue = try suite().catalogue
        let template = StatementFile.template(catalogue, descriptor)
        let lines = template.split(separator: "\n", omittingEmptySubsequences: false)
        let number = try #require(lines.firstIndex { $0.contains(line) }) + 1
        let text = template.replacing(line, with: changed)
        do {
            _ = try StatementFile.read(text, file: "ics.yaml", catalogue)
            Issue.record("it was read")
        } catch {
            #expect(error.description.contains(message), "\(error)")
            #expect(error.line == number, "\(error)")
        }
    }

    @Test func `items that need each other, and a profile its items`() throws {
        let catalogue = try suite().catalogue
        var statement = catalogue.discovered(from: descriptor)
        statement.answers["command.setpoints"] = .no
        statement.answers["sensor.imu"] = .no
        let problems = statement.problems(
            catalogue.items, profiles: catalogue.profiles(of: ["MOTION"]), isComplete: false)
        #expect(problems.contains { $0.contains("command.impedance is yes, but needs command.setpoints") })
        #expect(problems.contains { $0.contains("command.setpoints is no, but profile MOTION needs it") })
        #expect(problems.contains { $0.contains("body.legged is yes, but needs sensor.imu") })
        #expect(problems.count == 3)
    }

    @Test func `parameters that the robot hasn't got are named with what is near`() throws {
        let catalogue = try suite().catalogue
        let file = try ParameterFile.read(
            "schema: pons.ixit/1\njoint: left_elbo\n", file: "ixit.yaml", catalogue)
        let set = ParameterSet(catalogue.parameters, chosen: file.chosen, descriptor: descriptor)
        #expect(set.problems.count == 1 && set.problems[0].contains("left_elbow"))
        let good = ParameterFile.template(catalogue, descriptor)
        let read = try ParameterFile.read(good, file: "ixit.yaml", catalogue)
        #expect(ParameterSet(catalogue.parameters, chosen: read.chosen, descriptor: descriptor).problems.isEmpty)
    }

    @Test func `another joint is moved where another is named`() throws {
        let suite = try suite()
        let runner = Runner(
            suite: suite, target: .virtual(HumanoidConfiguration(plant: .exact)), seed: 1, attempts: 1)
        let descriptor = try runner.describe()
        let tests = suite.tests.filter { $0.id == "description/order-and-count" }
        let parameters = ParameterSet(
            suite.catalogue.parameters, chosen: ["joint": "left_shoulder_pitch", "second_joint": "waist_yaw"],
            descriptor: descriptor)
        let plan = RunPlan(
            suite, tests, RunPlan.Wish(), statement: suite.catalogue.discovered(from: descriptor),
            parameters: parameters, descriptor: descriptor)
        let run = runner.run(plan, descriptor: descriptor) { _, _, _ in true }
        let result = try #require(run.plays.first?.result)
        #expect(result.verdict == .pass, "\(result.decisive?.seen ?? "")")
        #expect(result.checks.contains { $0.expected.contains("left_shoulder_pitch") })
    }
}
