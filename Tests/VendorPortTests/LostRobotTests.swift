import ConformDriver
import ConformJudge
import PonsPort
import PonsSimulator
import Synchronization
import Testing
import Unitree
import UnitreeNative
import VendorPorts

@Suite struct LostRobotTests {
    @Test(arguments: [1, 4]) func `a robot that can't be made any more is lost, and said to be`(threads: Int) throws {
        let manifest = try VendorPorts.manifest("unitree-g1")
        let made = Mutex(0)
        var configuration = HumanoidConfiguration(plant: .exact)
        configuration.port = SimulatedPort(manifest) { isLab, seed, _ throws(PlantFailure) in
            let number = made.withLock { made in
                made += 1
                return made
            }
            guard number < 4 else { throw PlantFailure("out of robots") }
            let bus = LoopbackBus()
            return SimulatedPort.Pair(
                adapter: UnitreeRobot(manifest, bus: bus, isSimulator: true, isLab: isLab),
                body: UnitreeBody(manifest, bus: bus, motors: MotorBank(manifest, seed: seed)))
        }
        let suite = try Suite(root: try Suite.locate(nil))
        let runner = Runner(suite: suite, target: .virtual(configuration), seed: 5, attempts: 1)
        runner.threads = threads
        let tests = suite.tests(for: .robot).filter { $0.id.hasPrefix("time/") }
        let run = runner.run(tests, descriptor: try runner.describe()) { _, _, _ in true }
        let judged = run.plays.filter { $0.result.notRun == nil }
        let lost = run.plays.filter { $0.result.notRun == .robotLost }
        #expect(run.robotLost == "out of robots")
        #expect(judged.count <= 2 && judged.allSatisfy { $0.result.verdict == .pass })
        #expect(lost.count > tests.count / 2)
    }
}
