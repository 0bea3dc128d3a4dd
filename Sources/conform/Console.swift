import ConformDriver
import ConformJudge
import ConformReport
import Foundation
import PonsMessages

/// A live bar on a terminal, plain lines in a pipe.
struct Console {
    let isQuiet: Bool
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let report: ConsoleReport

    init(isQuiet: Bool, usesColour: Bool, language: Language) {
        self.isQuiet = isQuiet
        report = ConsoleReport(
            usesColour: usesColour && isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil,
            language: language)
    }

    func say(_ text: String) { if !isQuiet { print(text) } }

    func start(
        _ target: String, _ descriptor: Descriptor, _ suite: Suite, _ plan: RunPlan, _ seed: UInt64, isVirtual: Bool,
        product: TestDefinition.Target
    ) {
        guard !isQuiet else { return }
        print(
            "Pons conform \(Conform.version) · suite sha256:\(suite.digest.prefix(8))… · \(who(descriptor, product))\(descriptor.simulator ? " (simulator)" : "")\(descriptor.labMode ? " INSECURE (lab mode)" : "") · seed \(String(seed, radix: 16))"
        )
        let leftOut = plan.leftOut.isEmpty ? "" : " of \(plan.entries.count) (conform plan says why)"
        print(
            "plan    \(plan.tests.count) tests\(leftOut) · target \(target) · \(isVirtual ? "virtual time" : "real time")"
        )
        fflush(nil)
    }

    private func who(_ descriptor: Descriptor, _ product: TestDefinition.Target) -> String {
        let robot = "robot \(descriptor.vendor) \(descriptor.model) fw \(descriptor.firmwareVersion)"
        switch product {
        case .robot: return robot
        case .brain: return "a brain, which meets the \(robot)"
        case .codec: return "codec \(descriptor.vendor)"
        case .recording: return "a recording of the \(robot)"
        }
    }

    func progress(_ test: RunReport.Test, _ number: Int, _ total: Int, target: String) {
        guard !isQuiet else { return }
        if isTerminal { print("\r\u{1B}[2K", terminator: "") }
        print(report.line(test))
        for line in report.detail(test, target: target) where test.verdict != "PASS" { print(line) }
        if isTerminal && number < total {
            let filled = number * 30 / total
            print(
                "[\(String(repeating: "█", count: filled))\(String(repeating: "·", count: 30 - filled))] \(number)/\(total)",
                terminator: "")
        }
        fflush(nil)
    }

    func finish(_ report: RunReport) {
        guard !isQuiet else { return }
        for line in self.report.summary(report) { print(line) }
        fflush(nil)
    }
}
