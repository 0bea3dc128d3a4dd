import ConformDriver
import ConformJudge
import PonsMessages
import PonsSecurity
import PonsSimulator
import Testing

/// A robot that goes on running between tests, in virtual time.
private final class LastingStage: Stage {
    private let inner: VirtualStage
    let startsFresh = false

    init(_ inner: VirtualStage) { self.inner = inner }

    var nowNs: Int64 { inner.nowNs }
    var robotOffsetNs: Int64? { inner.robotOffsetNs }

    func open(as role: Role, showing certificate: TesterCertificate?, isNarrow: Bool) throws(StageError) -> Int {
        try inner.open(as: role, showing: certificate, isNarrow: isNarrow)
    }

    func close(_ link: Int) { inner.close(link) }
    func send(_ bytes: [UInt8], on link: Int) -> UInt32? { inner.send(bytes, on: link) }
    func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool) { inner.advance(to: deadline, deliver) }
    func stopReading(_ link: Int) { inner.stopReading(link) }
    func read(_ link: Int, bytesPerSecond: Int) { inner.read(link, bytesPerSecond: bytesPerSecond) }
    func openDatagrams(_ link: Int, port: Int) throws(StageError) { try inner.openDatagrams(link, port: port) }
    func send(datagram bytes: [UInt8], on link: Int) { inner.send(datagram: bytes, on: link) }
}

@Suite struct RestorerTests {
    /// What most tests begin with.
    private static let next = """
        schema: pons.test/1
        id: next/test
        requirements: [LNK-01]
        motion: M1
        stimulus:
          - open: {peer: A, role: controller}
          - ready: A
        checks:
          - id: it
            count: {message: Ack, at_least: 1}
        explain: {en: {why: it goes on}}
        """

    /// A link that is too uneven, or a computer that is too busy, ends a stimulus anywhere.
    @Test func `however early a test ends, the next one finds the robot ready`() throws {
        let suite = try SuiteTests.suite.get()
        let target = Runner.Target.virtual(HumanoidConfiguration(plant: .exact))
        let descriptor = try Runner(suite: suite, target: target, seed: 1, attempts: 1).describe()
        let next = try DefinitionLoader.test(file: "next.yaml", source: Self.next)
        var lost: [String] = []
        var played = 0
        for test in RunPlan(suite, suite.tests(for: .robot), descriptor: descriptor).tests {
            for count in 1...test.stimulus.count {
                var early = test
                early.stimulus = Array(test.stimulus.prefix(count))
                let stage = LastingStage(try VirtualStage(HumanoidConfiguration(plant: .exact), seed: 5))
                stage.advance(to: stage.nowNs + 200_000_000) { _ in false }
                _ = ScenarioPlayer(stage: stage, test: early, descriptor: descriptor, seed: 3).play()
                played += 1
                do throws(StageError) { try patiently(stage) } catch {
                    lost.append("\(test.id) after \(count) steps: \(error.message)")
                    continue
                }
                let evidence = ScenarioPlayer(stage: stage, test: next, descriptor: descriptor, seed: 4).play()
                for record in evidence.records where record.kind == .stepFailed {
                    lost.append("\(test.id) after \(count) steps: \(record.note)")
                }
            }
        }
        #expect(played > 1000)
        #expect(lost.isEmpty, "\(lost.joined(separator: "\n"))")
    }

    /// A robot whose control loop a test has stopped hears nobody for a while.
    private func patiently(_ stage: LastingStage) throws(StageError) {
        do throws(StageError) { try Restorer.restore(stage) } catch {
            stage.advance(to: stage.nowNs + 1_000_000_000) { _ in false }
            try Restorer.restore(stage)
        }
    }
}
