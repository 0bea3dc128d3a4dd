import ConformDriver
import ConformJudge
import ConformReport
import Foundation
import PonsMessages
import PonsSimulator

extension Selftest {
    /// Robots whose messages are well formed and mean nonsense now and then: none may bring the suite to an end before its
    /// verdicts, or make a report that can't be written. Returns how many tests had none.
    ///
    /// What it finds is mostly a trap: the seed that was being played stands on standard error.
    func untested(_ suite: Suite, robots: Int) -> Int {
        let rows = parallel(robots) { index in
            let seed = UInt64(firstSeed + index)
            FileHandle.standardError.write(Data("a robot that says nonsense, seed \(seed)\n".utf8))
            return Self.nonsense(suite, seed: seed)
        }
        for problem in rows.flatMap(\.problems) { print(problem) }
        let verdicts = rows.reduce(into: [:]) { $0.merge($1.verdicts, uniquingKeysWith: +) }
        let told = verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        print("robots that say nonsense: \(robots), each tested to the end: \(told)")
        return rows.reduce(0) { $0 + $1.problems.count }
    }

    private struct Row: Sendable {
        var verdicts: [String: Int] = [:]
        var problems: [String] = []
    }

    private static func nonsense(_ suite: Suite, seed: UInt64) -> Row {
        var row = Row()
        var configuration = HumanoidConfiguration(plant: .exact)
        // The more seldom it is, the further a test gets before it is hit.
        configuration.tampering = WireTampering(seed: seed, interval: 4 << (seed % 8))
        let runner = Runner(suite: suite, target: .virtual(configuration), seed: seed, attempts: 1)
        runner.keepsEvidence = false
        // Every second one says nonsense of itself as well, unless that can't be read: then there is nothing to test.
        let described = seed % 2 == 0 ? try? runner.describe() : nil
        guard
            let descriptor = described
                ?? (try? Runner(suite: suite, target: .reference(.robot), seed: seed, attempts: 1).describe())
        else {
            row.problems.append("seed \(seed): the reference could not be described")
            return row
        }
        let joints = descriptor.joints.map(\.name)
        let run = runner.run(suite.tests(for: .robot), descriptor: descriptor) { play, _, _ in
            row.verdicts[play.result.verdict.rawValue, default: 0] += 1
            if play.result.verdict == .error {
                let why = play.result.checks.first { $0.verdict == .error }
                row.problems.append(
                    "seed \(seed): \(play.result.test.id) is taken for wrong itself: \(why?.seen ?? "")")
            }
            let test = RunReport.Test(play, suite: suite, jointNames: joints)
            do {
                _ = try JSONReport.data(test)
            } catch {
                row.problems.append("seed \(seed): \(test.id) can't be written into a report: \(error)")
            }
            return true
        }
        if let lost = run.robotLost { row.problems.append("seed \(seed): the run ended: \(lost)") }
        return row
    }
}
