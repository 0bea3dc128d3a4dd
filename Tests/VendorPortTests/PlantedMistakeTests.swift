import ConformDriver
import ConformJudge
import PonsMessages
import PonsRobot
import PonsSimulator
import Testing
import VendorPorts

/// What people get wrong in adapters is noticed by the test that is about it, on a vendor's robot.
@Suite struct PlantedMistakeTests {
    /// Mistake, and the requirement whose test is about it.
    static let adapterMistakes: [(AdapterMistake, String)] = [
        (.swappedCommands, "DSC-02"), (.swappedMeasurements, "DSC-02"), (.flippedSign, "DSC-02"),
        (.flippedMeasurement, "MOT-18"), (.degrees, "DSC-02"), (.degreesMeasured, "MOT-18"),
        (.quaternionOrder, "PER-09"), (.gravityInG, "PER-12"), (.gravityReversed, "PER-12"),
        (.echoedCommand, "MOT-19"), (.wallClock, "DSC-06"), (.frozenStamp, "DSC-06"), (.clampedTargets, "DSC-02"),
        (.zeroOffset, "DSC-02"), (.limpOnStop, "CMD-15"), (.percentCharge, "SAF-25"), (.velocityPerCycle, "MOT-18"),
        (.motorSpace, "DSC-02"),
    ]

    private func play(_ configuration: HumanoidConfiguration, _ requirement: String) throws -> Runner.Play? {
        let suite = try Suite(root: try Suite.locate(nil))
        let runner = Runner(suite: suite, target: .virtual(configuration), seed: 5, attempts: 1)
        let tests = suite.tests(for: .robot).filter { $0.requirements.contains(requirement) }
        let descriptor = try runner.describe()
        let plan = RunPlan(suite, tests, RunPlan.Wish(), descriptor: descriptor)
        return runner.run(plan, descriptor: descriptor) { _, _, _ in true }.plays.first
    }

    private func verdict(_ configuration: HumanoidConfiguration, _ requirement: String) throws -> TestResult? {
        try play(configuration, requirement)?.result
    }

    private func configuration() throws -> HumanoidConfiguration {
        var configuration = HumanoidConfiguration(plant: .exact)
        configuration.port = try VendorPorts.simulated("unitree-g1")
        return configuration
    }

    @Test func `every mistake is planted here`() {
        #expect(Set(Self.adapterMistakes.map(\.0)) == Set(AdapterMistake.allCases))
    }

    @Test(arguments: adapterMistakes)
    func `a mistake of the adapter is noticed`(mistake: AdapterMistake, requirement: String) throws {
        var configuration = try configuration()
        #expect(try verdict(configuration, requirement)?.verdict == .pass)
        configuration.mistake = mistake
        let result = try verdict(configuration, requirement)
        #expect(result?.verdict == .fail, "\(result?.notRun?.text ?? result?.checks.map(\.seen).joined() ?? "")")
    }

    @Test func `drives that measure nothing any more stop the robot`() throws {
        var configuration = try configuration()
        configuration.mistake = .frozenStamp
        let records = try play(configuration, "MOT-19")?.evidence.records ?? []
        let events = records.compactMap { $0.message as? SafetyEvent }
        #expect(events.contains { $0.cause == .internalFault }, "\(events.map(\.cause))")
    }

    /// What the runtime would have to do wrong behind the same adapter: the dropped lease, the repeated command.
    @Test(
        arguments: [
            Fault.cmd01, .cmd03, .cmd05, .cmd06, .cmd07, .cmd08, .dsc03, .fmt01, .mot03, .mot05, .mot09, .mot12, .saf06,
            .saf14, .saf28, .ver04,
        ])
    func `a mistake behind the adapter is noticed`(fault: Fault) throws {
        var configuration = try configuration()
        configuration.fault = fault
        #expect(try verdict(configuration, fault.rawValue)?.verdict == .fail)
    }
}
