import ConformDriver
import ConformJudge
import ConformReport
import PonsMessages
import PonsPort
import PonsSimulator
import Synchronization
import Testing
import Unitree
import UnitreeNative
import VendorPorts

/// What goes wrong on the native wire itself, between the adapter of a G1 and its firmware, is noticed on the standard's side.
@Suite struct WireMistakeTests {
    /// A mistake on the wire: another topic, or other bytes.
    enum WireMistake: String, CaseIterable, Sendable {
        /// A call by its number alone, on a service where that number means something else (hazard H7).
        case misroutedCall = "misrouted-call"
        /// The number that another vendor gives to a motor that obeys (hazard H6).
        case foreignMode = "foreign-mode"
        /// A middleware of another domain, or of a version that doesn't match: nobody is there (hazard H14).
        case otherDomain = "other-domain"

        func spoiled(_ bytes: [UInt8], _ topic: String) -> (bytes: [UInt8], topic: String) {
            switch self {
            case .misroutedCall where topic == ServiceCall.requests(to: MotionSwitcher.service):
                return (bytes, ServiceCall.requests(to: "sport"))
            case .otherDomain: return (bytes, "elsewhere/\(topic)")
            case .foreignMode where topic == LowCommand.topic:
                guard var command = try? LowCommand(cdr: bytes, .hg) else { return (bytes, topic) }
                for index in command.motors.indices where command.motors[index].mode == 1 {
                    command.motors[index].mode = 10
                }
                return (command.cdr, topic)
            default: return (bytes, topic)
            }
        }
    }

    /// The bus with a mistake on it; the adapter's end.
    private final class SpoiledBus: NativeBus {
        private let bus: LoopbackBus
        private let mistake: WireMistake?

        init(_ bus: LoopbackBus, _ mistake: WireMistake?) {
            self.bus = bus
            self.mistake = mistake
        }

        func publish(_ bytes: [UInt8], on topic: String) {
            let (bytes, topic) = mistake?.spoiled(bytes, topic) ?? (bytes, topic)
            bus.publish(bytes, on: topic)
        }

        func take(_ topic: String) -> [[UInt8]] { bus.take(mistake == .otherDomain ? "elsewhere/\(topic)" : topic) }
    }

    private func verdict(_ mistake: WireMistake?, _ requirement: String) throws -> TestResult? {
        try play(mistake, requirement).play?.result
    }

    private func play(
        _ mistake: WireMistake?, _ requirement: String
    ) throws -> (play: Runner.Play?, descriptor: Descriptor) {
        let manifest = try VendorPorts.manifest("unitree-g1")
        var configuration = HumanoidConfiguration(plant: .exact)
        configuration.port = SimulatedPort(manifest) { isLab, seed, _ in
            let bus = LoopbackBus()
            return SimulatedPort.Pair(
                adapter: UnitreeRobot(manifest, bus: SpoiledBus(bus, mistake), isSimulator: true, isLab: isLab),
                body: UnitreeBody(manifest, bus: bus, motors: MotorBank(manifest, seed: seed)))
        }
        let suite = try Suite(root: try Suite.locate(nil))
        let runner = Runner(suite: suite, target: .virtual(configuration), seed: 5, attempts: 1)
        let tests = suite.tests(for: .robot).filter { $0.requirements.contains(requirement) }
        let descriptor = try runner.describe()
        let plan = RunPlan(suite, tests, RunPlan.Wish(), descriptor: descriptor)
        return (runner.run(plan, descriptor: descriptor) { _, _, _ in true }.plays.first, descriptor)
    }

    @Test(arguments: WireMistake.allCases)
    func `a mistake on the wire is noticed`(mistake: WireMistake) throws {
        #expect(try verdict(nil, "DSC-02")?.verdict == .pass)
        let result = try verdict(mistake, "DSC-02")
        #expect(result?.verdict == .fail, "\(result?.checks.map(\.seen).joined(separator: "; ") ?? "")")
        #expect((result?.decisive?.id == "monitor/clock") == (mistake == .otherDomain))
    }

    @Test func `a monitor that decided is what the report explains`() throws {
        let suite = try Suite(root: try Suite.locate(nil))
        let (play, descriptor) = try play(.otherDomain, "DSC-02")
        let test = RunReport.Test(try #require(play), suite: suite, jointNames: descriptor.joints.map(\.name))
        let lines = ConsoleReport(usesColour: false).detail(test, target: "sim:unitree-g1").joined(separator: "\n")
        #expect(lines.contains("In every test: The robot's clock never goes back"))
        #expect(lines.contains("try       see that the native topic arrives"))
        #expect(lines.contains("next      conform explain monitor/clock"))
    }
}
