public import Foundation
import PonsMessages
import PonsRobot
import PonsSafety

/// Traps for an adapter program with a simulated body: does it translate, and nothing but translate? Each one starts the
/// program anew, plays a few hundred cycles and compares what was measured with the law that a drive computes.
public struct AdapterTrial: Sendable {
    /// One trap and what became of it.
    public struct Finding: Equatable, Sendable {
        public let trap: Trap
        /// What was wrong; `nil` where nothing was.
        public let problem: String?
    }

    public enum Trap: String, CaseIterable, Sendable {
        case starts
        case ownJoint = "own-joint"
        case handsOn = "hands-on"
        case noClamp = "no-clamp"
        case gains
        case feedForward = "feed-forward"
        case letsGo = "lets-go"
        case stamps
        case noClock = "no-clock"
        case repeatable
        case strangers
        case boot
        case version
        case silentOutput = "silent-output"
    }

    private static let cycleNs: Int64 = 1_000_000

    private let manifest: PortManifest
    private let folder: URL

    public init(_ manifest: PortManifest, in folder: URL) {
        self.manifest = manifest
        self.folder = folder
    }

    /// Every trap, in order; nothing more where the program doesn't start.
    public func run() -> [Finding] {
        var findings: [Finding] = []
        for trap in Trap.allCases {
            var problem: String?
            do throws(ProgramFailure) { problem = try spring(trap) } catch { problem = error.description }
            findings.append(Finding(trap: trap, problem: problem))
            if trap == .starts && problem != nil { break }
        }
        return findings
    }

    private func spring(_ trap: Trap) throws(ProgramFailure) -> String? {
        guard let command = manifest.command else { throw ProgramFailure("the manifest has no command") }
        let program = try AdapterProcess(command, in: folder, jointCount: manifest.joints.count)
        var bench = Bench(manifest, program)
        switch trap {
        case .starts: return nil
        case .ownJoint: return try ownJoint(&bench)
        case .handsOn: return try effort(&bench, distance: 0.05, "a target 0.05 rad away")
        case .noClamp: return try beyond(&bench)
        case .gains: return try gains(&bench)
        case .feedForward: return try feedForward(&bench)
        case .letsGo: return try letsGo(&bench)
        case .stamps: return try stamps(&bench)
        case .noClock: return try noClock(&bench)
        case .repeatable: return try repeatable(&bench, command)
        case .strangers: return try strangers(&bench)
        case .boot: return try boot(&bench)
        case .version:
            return program.endsAfterForeignVersion() ? nil : "it answers a question of version 9 as if it knew it"
        case .silentOutput:
            try bench.cycle(bench.still)
            return program.hasMore ? "it writes to standard output what nobody asked" : nil
        }
    }

    // MARK: Motion

    private func ownJoint(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        for index in manifest.joints.indices {
            let before = bench.measured.position
            for _ in 0..<400 { try bench.cycle(bench.holding(index, offset: 0.2, from: before)) }
            for other in manifest.joints.indices {
                let travel = bench.measured.position[other] - before[other]
                let wanted: Float = other == index ? 0.2 : 0
                if abs(travel - wanted) > 0.05 {
                    return "told \(manifest.joints[index].name) to go 0.2 rad, \(manifest.joints[other].name) went "
                        + "\(text(travel)) rad: order, sign, unit, or the same in the measurement"
                }
            }
        }
        return nil
    }

    /// The effort in the first cycle towards a target follows the drive's law.
    private func effort(_ bench: inout Bench, distance: Float, _ what: String) throws(ProgramFailure) -> String? {
        for index in manifest.joints.indices {
            try bench.cycle(bench.still)
            let before = bench.measured
            var targets = bench.still
            targets[index].isEnabled = true
            targets[index].position = before.position[index] + distance
            // Soft enough for the torque limit to stay out of it.
            targets[index].stiffness = 0.2 * Float(manifest.joints[index].strength) / distance
            try bench.cycle(targets)
            let wanted = targets[index].stiffness * distance
            if abs(bench.measured.effort[index] - wanted) > 0.05 * wanted {
                return "\(manifest.joints[index].name): \(what) at \(text(targets[index].stiffness)) N·m/rad is "
                    + "\(text(wanted)) N·m; measured \(text(bench.measured.effort[index]))"
            }
        }
        return nil
    }

    private func beyond(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        let farthest = manifest.joints.map { Float($0.upper - $0.stand) }.max() ?? 0
        return try effort(&bench, distance: farthest + 0.5, "a target beyond the limit, which only Pons judges,")
    }

    private func gains(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        var efforts: [Float] = []
        for stiffness: Float in [10, 20] {
            try bench.cycle(bench.still)
            var targets = bench.still
            targets[0].isEnabled = true
            targets[0].position = bench.measured.position[0] + 0.1
            targets[0].stiffness = stiffness
            try bench.cycle(targets)
            efforts.append(bench.measured.effort[0])
        }
        return abs(efforts[1] - 2 * efforts[0]) < 0.1 * abs(efforts[1]) && efforts[0] != 0
            ? nil
            : "twice the stiffness made \(text(efforts[1])) N·m of \(text(efforts[0])): gains are dropped or chosen again"
    }

    private func feedForward(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        var targets = bench.still
        targets[0].isEnabled = true
        targets[0].effort = 0.1 * Float(manifest.joints[0].strength)
        try bench.cycle(targets)
        return abs(bench.measured.effort[0] - targets[0].effort) < 0.05 * targets[0].effort
            ? nil : "told \(text(targets[0].effort)) N·m, measured \(text(bench.measured.effort[0]))"
    }

    private func letsGo(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        let start = bench.measured.position
        for _ in 0..<50 { try bench.cycle(bench.holding(0, offset: 0.2, from: start)) }
        for _ in 0..<5 { try bench.cycle(bench.still) }
        guard let index = bench.measured.effort.firstIndex(where: { abs($0) > 0.01 }) else { return nil }
        return "no drive is enabled, and \(manifest.joints[index].name) makes \(text(bench.measured.effort[index])) N·m"
    }

    // MARK: Time

    private func stamps(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        for _ in 0..<100 {
            let last = bench.measured.captureNs
            try bench.cycle(bench.still)
            let age = bench.now - bench.measured.captureNs
            if age < 0 || age > 20_000_000 {
                return
                    "captured \(Double(age) / 1e6) ms before it was asked: stamps are of the time that the question says"
            }
            if bench.measured.captureNs <= last { return "the stamp stands still at \(last) ns" }
        }
        return nil
    }

    /// While the clock stands, nothing moves, however long the wait.
    private func noClock(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        let start = bench.measured.position
        for _ in 0..<100 { try bench.cycle(bench.holding(0, offset: 0.2, from: start)) }
        let before = bench.measured
        usleep(60_000)
        try bench.cycle(bench.holding(0, offset: 0.2, from: start), advancing: 0)
        let travel = abs(bench.measured.position[0] - before.position[0])
        return travel < 1e-4 && bench.measured.captureNs <= bench.now
            ? nil
            : "60 ms passed outside and none in the questions, and it moved \(text(travel)) rad: it has a clock of its own"
    }

    private func repeatable(_ bench: inout Bench, _ command: String) throws(ProgramFailure) -> String? {
        var again = Bench(manifest, try AdapterProcess(command, in: folder, jointCount: manifest.joints.count))
        let start = bench.measured.position
        for cycle in 0..<300 {
            try bench.cycle(bench.holding(cycle / 100, offset: 0.1, from: start))
            try again.cycle(again.holding(cycle / 100, offset: 0.1, from: start))
            if bench.answer != again.answer { return "two runs of the same questions differ from cycle \(cycle) on" }
        }
        return nil
    }

    // MARK: What is not expected

    private func strangers(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        try bench.cycle(bench.still)
        for (kind, index) in [(InjectionKind.jointResistance, UInt32(250)), (InjectionKind(rawValue: 999), 0)] {
            var injection = InjectRequest()
            (injection.kind, injection.index, injection.value) = (kind, index, 1)
            let answer = try bench.program.ask(AdapterMessage.inject(injection), .inject)
            if try AdapterMessage.number(answer) != 0 {
                return "it takes injection \(kind.rawValue) into joint \(index), which it can't know"
            }
        }
        try bench.cycle(bench.still)
        return nil
    }

    private func boot(_ bench: inout Bench) throws(ProgramFailure) -> String? {
        let start = bench.measured.position
        for _ in 0..<100 { try bench.cycle(bench.holding(0, offset: 0.1, from: start)) }
        let before = bench.measured.position
        guard try bench.program.ask(AdapterMessage.boot(at: bench.now), .boot).isEmpty else {
            return "the answer to BOOT is not empty"
        }
        try bench.cycle(bench.still)
        let travel = zip(bench.measured.position, before).map { abs($0 - $1) }.max() ?? 0
        return travel < 0.01 ? nil : "a power cycle moved a joint by \(text(travel)) rad"
    }

    private func text(_ value: Float) -> String { "\((value * 1000).rounded() / 1000)" }

    /// The program, its clock, and what it measured last.
    private struct Bench {
        let program: AdapterProcess
        private let joints: [PortManifest.Joint]
        private(set) var now: Int64 = 1_000_000_000
        private(set) var measured: PonsRobot.Measurement
        private(set) var answer: [UInt8] = []

        init(_ manifest: PortManifest, _ program: AdapterProcess) {
            self.program = program
            joints = manifest.joints
            measured = PonsRobot.Measurement(jointCount: manifest.joints.count)
        }

        /// No drive enabled.
        var still: [DriveTarget] { joints.map { _ in DriveTarget() } }

        /// Every drive holds where it was, one `offset` farther.
        func holding(_ index: Int, offset: Float, from start: [Float]) -> [DriveTarget] {
            joints.indices.map { joint in
                var target = DriveTarget()
                target.isEnabled = true
                target.position = start[joint] + (joint == index % joints.count ? offset : 0)
                target.stiffness = Float(joints[joint].stiffness ?? 0)
                target.damping = Float(joints[joint].damping ?? 0)
                return target
            }
        }

        mutating func cycle(_ targets: [DriveTarget], advancing: Int64 = cycleNs) throws(ProgramFailure) {
            now += advancing
            answer = try program.ask(AdapterMessage.cycle(now, .run, targets), .cycle)
            try AdapterMessage.read(answer, into: &measured)
        }
    }
}

extension AdapterTrial.Trap {
    /// What the adapter must do.
    public var rule: String {
        switch self {
        case .starts: "answers START with the manifest's number of joints"
        case .ownJoint: "moves the joint that is told, its way, and reports that one"
        case .handsOn: "hands targets on as they are"
        case .noClamp: "hands targets on that lie beyond a limit: Pons has judged them, and faults must show"
        case .gains: "uses the stiffness of the command"
        case .feedForward: "uses the effort of the command"
        case .letsGo: "lets go of a drive that is not enabled"
        case .stamps: "stamps measurements with the time of the question"
        case .noClock: "has no clock of its own"
        case .repeatable: "gives the same answers to the same questions"
        case .strangers: "refuses injections that it doesn't know"
        case .boot: "keeps its joints where they are through a power cycle"
        case .version: "ends at a question of another version"
        case .silentOutput: "writes nothing but answers to standard output"
        }
    }
}
