/// Plain lines for a terminal or a pipe. Nothing is said by colour alone.
public struct ConsoleReport: Sendable {
    private let usesColour: Bool
    private let language: Language

    public init(usesColour: Bool, language: Language = .en) {
        self.usesColour = usesColour
        self.language = language
    }

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
        let words = test.words(language)
        var lines = [labelled(Phrase("required", "要求"), words.required)]
        let wanted = test.checks.filter { $0.verdict == test.verdict }.prefix(3)
        for check in wanted {
            lines.append(labelled(Phrase("check", "检查"), check.id))
            lines.append(labelled(Phrase("expected", "期望"), check.expected))
            lines.append(labelled(Phrase("seen", "实测"), check.seen))
            if let from = check.fromMs, let until = check.untilMs {
                let place = Phrase(
                    "recording.mcap, \(rounded(from)) to \(rounded(until)) ms of this test",
                    "recording.mcap，本测试的 \(rounded(from)) 至 \(rounded(until)) ms")
                lines.append(labelled(Phrase("evidence", "证据"), place[language]))
            }
        }
        let hints = test.verdict == "FAIL" ? words.fixes : test.verdict == "INCONCLUSIVE" ? [words.advice ?? ""] : []
        for hint in hints where !hint.isEmpty { lines.append(labelled(Phrase("try", "建议"), hint)) }
        let monitor = wanted.first.flatMap { $0.id.hasPrefix("monitor/") ? $0.id : nil }
        let name = (monitor ?? test.id) + (language == .en ? "" : " --lang \(language.rawValue)")
        lines.append(labelled(Phrase("next", "下一步"), "conform explain \(name)"))
        return lines
    }

    /// `  required  …`; a Chinese character is as wide as two.
    private func labelled(_ label: Phrase, _ text: String) -> String {
        let width = label[language].unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : 2) }
        return "  \(label[language])\(String(repeating: " ", count: 10 - width))\(text)"
    }

    public func summary(_ report: RunReport) -> [String] {
        let counts = report.summary
        var lines = [
            "",
            "PASS \(counts.pass) · FAIL \(counts.fail) · INCONCLUSIVE \(counts.inconclusive) · ERROR \(counts.error) · NOT RUN \(counts.notRun) · N/A \(counts.notApplicable)",
            "\(report.answer[language]) — \(report.certifiable.blockers(language).joined(separator: Phrase("; ", "；")[language]))",
        ]
        if let unshown = report.unshown?.map(\.requirement).joined(separator: ", "), !unshown.isEmpty {
            lines.append(
                Phrase(
                    "No verdict here shows: \(unshown) (conform explain says why).",
                    "此处任何裁决都未表明：\(unshown)（conform explain 说明原因）。")[language])
        }
        if let applied = report.appliedFaults, report.target.contains("mutant") {
            lines.append(
                Phrase("Mutant's fault applied \(applied) times.", "变体的故障已施加 \(applied) 次。")[language])
        }
        if let lost = report.robotLost {
            lines.append(
                Phrase(
                    "The robot was lost: \(lost). Evidence up to that moment is kept.",
                    "机器人失联：\(lost)。截至该时刻的证据已保留。")[language])
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
