/// JUnit XML, for every CI system there is. Inconclusive is an error: red until somebody decides otherwise.
public enum JUnitReport {
    public static func xml(_ report: RunReport) -> String {
        let summary = report.summary
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text +=
            "<testsuite name=\"pons-conform\" tests=\"\(report.tests.count)\" failures=\"\(summary.fail)\" "
            + "errors=\"\(summary.error + summary.inconclusive + summary.notRun)\" skipped=\"\(summary.notApplicable)\">\n"
        for test in report.tests {
            let seconds = test.durationMs / 1000
            text +=
                "  <testcase classname=\"\(escaped(test.requirements.joined(separator: ",")))\" name=\"\(escaped(test.id))\" time=\"\(seconds)\">"
            text += body(test) + "</testcase>\n"
        }
        return text + "</testsuite>\n"
    }

    private static func body(_ test: RunReport.Test) -> String {
        if let notRun = test.notRun, test.isNotApplicable { return "<skipped message=\"\(escaped(notRun))\"/>" }
        if let notRun = test.notRun { return "<error type=\"not-run\" message=\"\(escaped(notRun))\"/>" }
        let decisive = test.checks.first { $0.verdict == test.verdict }
        let message = decisive.map { "\($0.id): expected \($0.expected); seen \($0.seen)" } ?? ""
        switch test.verdict {
        case "PASS": return ""
        case "FAIL": return "<failure message=\"\(escaped(message))\"/>"
        case "INCONCLUSIVE":
            return "<error type=\"inconclusive\" message=\"\(escaped("\(test.reason ?? ""): \(message)"))\"/>"
        default: return "<error type=\"error\" message=\"\(escaped(message))\"/>"
        }
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
