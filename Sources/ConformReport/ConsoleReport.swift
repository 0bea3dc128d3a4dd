/// Plain lines for a terminal or a pipe. Nothing is said by colour alone.
public struct ConsoleReport: Sendable {
    public let usesColour: Bool

    public init(usesColour: Bool) { self.usesColour = usesColour }

    /// `PASS  MOT-03  motion/silence-stops …`
    public func line(_ test: RunReport.Test) -> String {
        let verdict = test.shownVerdict
        let requirement = test.requirements.joined(separator: ",")
        return "\(padded(verdict, 13, coloured: true))\(padded(requirement, 8))\(test.id)\(tail(test))"
    }

    private func tail(_ test: RunReport.Test) -> String {
        if let notRun = test.notRun { return "  (\(notRun))" }
        if let reason = test.reason, test.verdict == "INCONCLUSIVE" { return "  \(reason)" }
        return test.attempts.count > 1 ? "  (attempt \(test.attempts.count))" : ""
    }

    /// What was required, expected and seen, and what to try next.
    public func detail(_ test: RunReport.Test, target: String) -> [String] {
        guard test.verdict != "PASS", test.notRun == nil else { return [] }
        var lines = ["  required  \(test.requirementText)"]
        let wanted = test.checks.filter { $0.verdict == test.verdict }.prefix(3)
        for check in wanted {
            lines.append("  check     \(check.id)")
            lines.append("  expected  \(check.expected)")
            lines.append("  seen      \(check.seen)")
            if let from = check.fromMs, let until = check.untilMs {
                lines.append("  evidence  recording.mcap, \(rounded(from)) to \(rounded(until)) ms of this test")
            }
        }
        if let advice = test.advice, test.verdict == "INCONCLUSIVE" { lines.append("  try       \(advice)") }
        for fix in test.fixes where test.verdict == "FAIL" { lines.append("  try       \(fix)") }
        let monitor = wanted.first.flatMap { $0.id.hasPrefix("monitor/") ? $0.id : nil }
        lines.append("  next      conform explain \(monitor ?? test.id)")
        return lines
    }

    public func summary(_ report: RunReport) -> [String] {
        let counts = report.summary
        var lines = [
            "",
            "PASS \(counts.pass) · FAIL \(counts.fail) · INCONCLUSIVE \(counts.inconclusive) · ERROR \(counts.error) · NOT RUN \(counts.notRun) · N/A \(counts.notApplicable)",
            "Certifiable\(report.basis.claims.isEmpty ? "" : " for \(report.basis.claims.joined(separator: ", "))"): \(report.certifiable.isCertifiable ? "YES" : "NO") — \(report.certifiable.blockers.joined(separator: "; "))",
        ]
        if let applied = report.appliedFaults, report.target.contains("mutant") {
            lines.append("Mutant's fault applied \(applied) times.")
        }
        if let lost = report.robotLost {
            lines.append("The robot was lost: \(lost). Evidence up to that moment is kept.")
        }
        return lines
    }

    private func padded(_ text: String, _ width: Int, coloured: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(1, width - text.count))
        guard coloured, usesColour else { return text + padding }
        let code = text == "PASS" ? "32" : text == "FAIL" ? "31" : "33"
        return "\u{1B}[\(code)m\(text)\u{1B}[0m\(padding)"
    }

    private func rounded(_ value: Double) -> String { "\(Int(value.rounded()))" }
}
