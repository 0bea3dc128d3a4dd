import Foundation

/// One self-contained HTML file: no script, works from disk, prints, says every colour in words too.
public enum HTMLReport {
    public static func html(_ report: RunReport) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Pons conformance report · \(e(report.robot.model))</title><style>\(style)</style></head><body>
        <header><h1>Conformance report</h1><p class="sub">\(e(report.robot.vendor)) \(e(report.robot.model)), firmware \(e(report.robot.firmwareVersion))\(report.robot.isSimulator ? ", <strong>simulator</strong>: these results never name hardware" : "")\(report.robot.isInsecure ? ", <strong>INSECURE</strong>: in lab mode, anybody may drive it" : "")</p></header>
        <main>\(head(report))\(requirements(report))\(details(report))\(method(report))</main>
        <footer><p>Interface behaviour only: no performance level is certified, and a network stop never replaces a hard-wired emergency stop.</p></footer>
        </body></html>

        """
    }

    // MARK: Top

    private static func head(_ report: RunReport) -> String {
        let summary = report.summary
        let answer = report.certifiable.isCertifiable ? "YES" : "NO"
        let blockers = report.certifiable.blockers.map { "<li>\(e($0))</li>" }.joined()
        return """
            <section aria-labelledby="answer"><h2 id="answer">Certifiable\(report.basis.claims.isEmpty ? "" : " for \(e(report.basis.claims.joined(separator: ", ")))"): \(answer)</h2><ul class="blockers">\(blockers)</ul>
            <dl class="counts">
            \(count("PASS", summary.pass))\(count("FAIL", summary.fail))\(count("INCONCLUSIVE", summary.inconclusive))\(count("ERROR", summary.error))\(count("NOT RUN", summary.notRun))\(count("N/A", summary.notApplicable))
            </dl>
            \(report.robotLost.map { "<p class=\"lost\">The robot was lost: \(e($0))</p>" } ?? "")
            \(latency(report.latency))</section>
            """
    }

    private static func count(_ name: String, _ value: Int) -> String {
        "<div class=\"\(css(name))\"><dt>\(name)</dt><dd>\(value)</dd></div>"
    }

    private static func latency(_ latency: RunReport.Latency) -> String {
        let samples = latency.samplesMs
        guard samples.count > 1, let last = samples.last else { return "" }
        func scaled(_ ms: Double) -> Double { log10(max(ms, 0.01)) }
        let end = scaled(max(latency.limitMs * 3, last * 1.5))
        var plot = Plot(
            x: scaled(samples[0] / 3)...end, y: 0...1, xLabel: "ms from the command to its Ack, logarithmic",
            yLabel: "share", hasDecades: true)
        plot.band(scaled(latency.limitMs), end, "over")
        var points: [(Double, Double)] = [(scaled(samples[0] / 3), 0)]
        for (index, sample) in samples.enumerated() {
            points.append((scaled(sample), Double(index) / Double(samples.count)))
            points.append((scaled(sample), Double(index + 1) / Double(samples.count)))
        }
        points.append((end, 1))
        plot.line(points, "measured")
        plot.vertical(scaled(latency.limitMs), "limit", "limit \(number(latency.limitMs)) ms")
        let median = samples[samples.count / 2], high = samples[Int(Double(samples.count - 1) * 0.99)]
        let caption =
            "Reply times of \(samples.count) acknowledged commands: median \(number(median)) ms, 99 % \(number(high)) ms, largest \(number(last)) ms. At 95 % confidence at most \(number(latency.upperBound * 100)) % exceed the limit. Information, not a verdict: CMD-01 has its own test plan."
        return "<figure>\(plot.svg("Distribution of reply times"))<figcaption>\(caption)</figcaption></figure>"
    }

    private static func requirements(_ report: RunReport) -> String {
        let ordered = report.tests.sorted {
            ($0.requirements.first ?? "", $0.id) < ($1.requirements.first ?? "", $1.id)
        }
        let rows = ordered.map { test in
            "<tr><td><a href=\"#\(anchor(test))\">\(e(test.requirements.joined(separator: ", ")))</a></td><td>\(e(test.title["en"] ?? test.id))<div class=\"zh\" lang=\"zh\">\(e(test.title["zh"] ?? ""))</div></td><td>\(badge(test))</td></tr>"
        }.joined()
        return
            "<section aria-labelledby=\"list\"><h2 id=\"list\">Requirements</h2><table><thead><tr><th>Requirement</th><th>What was tested</th><th>Verdict</th></tr></thead><tbody>\(rows)</tbody></table></section>"
    }

    // MARK: Tests

    private static func details(_ report: RunReport) -> String {
        let order = ["FAIL", "ERROR", "INCONCLUSIVE"]
        let sorted = report.tests.sorted { left, right in
            (order.firstIndex(of: left.verdict) ?? 9, left.id) < (order.firstIndex(of: right.verdict) ?? 9, right.id)
        }
        return "<section aria-labelledby=\"tests\"><h2 id=\"tests\">Tests</h2>\(sorted.map(detail).joined())</section>"
    }

    private static func detail(_ test: RunReport.Test) -> String {
        let isOpen = test.verdict != "PASS" && test.notRun == nil
        return """
            <details id="\(anchor(test))"\(isOpen ? " open" : "")><summary>\(badge(test)) <strong>\(e(test.requirements.joined(separator: ", ")))</strong> \(e(test.title["en"] ?? "")) <code>\(e(test.id))</code></summary>
            <p class="required"><span>required</span> \(e(test.requirementText))</p>
            \(test.notRun.map { "<p>\(test.isNotApplicable ? "Not applicable" : "Not run"): \(e($0)).</p>" } ?? "")
            \(test.advice.map { "<p class=\"advice\">\(e(test.reason ?? "")): \(e($0)).</p>" } ?? "")
            \(checks(test))\(motion(test))\(timeline(test))\(help(test))</details>
            """
    }

    private static func checks(_ test: RunReport.Test) -> String {
        guard !test.checks.isEmpty else { return "" }
        let rows = test.checks.map { check in
            "<tr><td>\(verdict(check.verdict))</td><td>\(e(check.id))\(check.isControl ? " <em>control</em>" : "")</td><td>\(e(check.expected))</td><td>\(e(check.seen))</td></tr>"
        }.joined()
        return
            "<table class=\"checks\"><thead><tr><th>Verdict</th><th>Check</th><th>Expected</th><th>Seen</th></tr></thead><tbody>\(rows)</tbody></table>"
    }

    private static func motion(_ test: RunReport.Test) -> String {
        guard let motion = test.motion, let first = motion.timeMs.first, let last = motion.timeMs.last, last > first
        else {
            return ""
        }
        let values = motion.measured + motion.applied
        guard let low = values.min(), let high = values.max() else { return "" }
        let margin = max((high - low) * 0.12, 0.002)
        var plot = Plot(
            x: first...last, y: low - margin...high + margin, xLabel: "ms since the start of the test", yLabel: "rad")
        if let check = test.checks.first(where: { $0.verdict == test.verdict && test.verdict != "PASS" }),
            let from = check.fromMs,
            let until = check.untilMs
        {
            plot.band(from, until, "over")
        }
        plot.line(Array(zip(motion.timeMs, motion.applied)), "applied")
        plot.line(Array(zip(motion.timeMs, motion.measured)), "measured")
        for (row, mark) in test.marks.enumerated() { plot.vertical(mark.timeMs, "event", mark.text, row: row) }
        return
            "<figure>\(plot.svg("Motion of \(motion.joint)"))<figcaption>\(e(motion.joint)): measured (solid) and applied (dashed); vertical lines are safety events\(test.verdict == "PASS" ? "" : "; shaded is the window of the failing check").</figcaption></figure>"
    }

    private static func timeline(_ test: RunReport.Test) -> String {
        guard !test.timeline.isEmpty else { return "" }
        let rows = test.timeline.map { entry in
            "<tr><td class=\"num\">\(entry.peer.isEmpty && entry.direction.isEmpty ? "" : number(entry.timeMs))</td><td>\(e(entry.peer)) \(entry.direction)</td><td>\(e(entry.what))</td><td>\(e(entry.detail))</td></tr>"
        }.joined()
        return
            "<h4>Exchange around the deciding check</h4><table class=\"timeline\"><thead><tr><th>ms</th><th>client</th><th>message</th><th>content</th></tr></thead><tbody>\(rows)</tbody></table>"
    }

    private static func help(_ test: RunReport.Test) -> String {
        let causes = test.causes.map { "<li>\(e($0))</li>" }.joined()
        let fixes = test.fixes.map { "<li>\(e($0))</li>" }.joined()
        return
            "<div class=\"help\"><p><strong>Why.</strong> \(e(test.why))</p><p><strong>Likely causes</strong></p><ul>\(causes)</ul><p><strong>What to try</strong></p><ul>\(fixes)</ul></div>"
    }

    private static func method(_ report: RunReport) -> String {
        """
        <section aria-labelledby="method"><h2 id="method">How this was made</h2><dl class="facts">
        <dt>Tool</dt><dd>conform \(e(report.tool.version)), spec \(e(report.tool.spec)), suite sha256 \(e(String(report.tool.suiteDigest.prefix(16))))…</dd>
        <dt>Target</dt><dd>\(e(report.target)), \(report.isVirtualTime ? "virtual time" : "real time"), seed \(e(report.seed))</dd>
        <dt>Assurance</dt><dd>\(e(report.assurance)), level \(report.certifiable.level) at most</dd>
        \(report.calibration.map { "<dt>Host</dt><dd>own round trip \(number($0.medianMs)) ms at the median; 99.9 %: \(number($0.beforeMs)) ms before, \(number($0.afterMs)) ms after; limits under \(number($0.shortestLimitMs)) ms can be passed from this computer, not failed</dd>" } ?? "")
        \(basis(report.basis))
        <dt>Again</dt><dd><code>conform check \(e(report.target))\(report.isVirtualTime ? " --virtual-time" : "") --seed 0x\(e(report.seed))\(again(report.basis))</code></dd></dl></section>
        """
    }

    /// What else a command line needs for the same run.
    private static func again(_ basis: RunReport.Basis) -> String {
        var words = basis.options.tier == "standard" ? "" : " --tier \(e(basis.options.tier))"
        if basis.statementDigest != nil { words += " --ics ics.yaml" }
        if basis.parametersDigest != nil { words += " --ixit ixit.yaml" }
        if basis.statementDigest == nil { words += basis.claims.map { " --profile \(e($0))" }.joined() }
        return words
    }

    private static func basis(_ basis: RunReport.Basis) -> String {
        func list(_ values: [String: String]) -> String {
            values.sorted { $0.key < $1.key }.map { "<code>\(e($0.key))</code> \(e($0.value))" }.joined(
                separator: " · ")
        }
        let statement = basis.statementDigest.map { "ics.yaml, sha256 \(e(String($0.prefix(16))))…" }
        return """
            <dt>Claims</dt><dd>\(basis.claims.isEmpty ? "everything that applies" : e(basis.claims.joined(separator: ", "))), \(e(basis.options.tier)) tier\(basis.options.envelope == "full" ? "" : ", a tenth of every amplitude")\(basis.options.operator.map { ", watched by \(e($0))" } ?? "")</dd>
            <dt>Statement</dt><dd>\(statement ?? "what the product shows of itself"): \(list(basis.statement))</dd>
            <dt>Parameters</dt><dd>\(list(basis.parameters))</dd>
            <dt>Limits</dt><dd>\(list(basis.limits))</dd>
            """
    }

    // MARK: Pieces

    private static func badge(_ test: RunReport.Test) -> String {
        verdict(test.shownVerdict)
    }

    private static func verdict(_ verdict: String) -> String {
        "<span class=\"badge \(css(verdict))\">\(verdict)</span>"
    }

    private static func css(_ name: String) -> String {
        "v-" + name.lowercased().replacing(" ", with: "-").replacing("/", with: "")
    }

    private static func anchor(_ test: RunReport.Test) -> String { test.id.replacing("/", with: "-") }

    private static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func e(_ text: String) -> String { JUnitReport.escaped(text) }

    private static let style = """
        :root{--ink:#1c2430;--soft:#5a6675;--line:#d9dfe6;--ground:#fff;--pale:#f5f7f9;--pass:#176b3a;--fail:#b3261e;--inc:#8a5a00;--err:#6a1b9a}
        *{box-sizing:border-box}body{margin:0;font:15px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--ground)}
        header,main,footer{max-width:980px;margin:0 auto;padding:0 20px}header{padding-top:28px}h1{font-size:26px;margin:0}h2{font-size:19px;margin:32px 0 10px;border-bottom:1px solid var(--line);padding-bottom:4px}h4{margin:14px 0 4px}
        .sub,.zh,figcaption,footer{color:var(--soft)}.zh{font-size:13px}table{border-collapse:collapse;width:100%;font-size:14px}th{text-align:left;color:var(--soft);font-weight:600}td,th{padding:5px 8px;border-bottom:1px solid var(--line);vertical-align:top}
        .num{text-align:right;font-variant-numeric:tabular-nums}.counts{display:flex;gap:10px;flex-wrap:wrap;margin:14px 0}.counts div{border:1px solid var(--line);border-top:4px solid;border-radius:4px;padding:6px 16px;min-width:104px;background:var(--pale)}.counts dt{font-size:12px;color:var(--soft)}.counts dd{margin:0;font-size:24px;font-weight:600}
        .badge{display:inline-block;font-size:12px;font-weight:700;padding:1px 8px;border-radius:3px;border:1px solid;white-space:nowrap}.v-pass{color:var(--pass);border-top-color:var(--pass)}.v-fail{color:var(--fail);border-top-color:var(--fail)}.v-inconclusive{color:var(--inc);border-top-color:var(--inc)}.v-error{color:var(--err);border-top-color:var(--err)}.v-not-run,.v-na{color:var(--soft);border-top-color:var(--soft)}
        details{border:1px solid var(--line);border-radius:5px;margin:8px 0;padding:6px 12px}summary{cursor:pointer}summary code{color:var(--soft);font-size:12px}.required{border-left:3px solid var(--line);padding-left:10px}.required span{font-size:12px;color:var(--soft);text-transform:uppercase;letter-spacing:.04em}
        .checks td:nth-child(2),.timeline td:nth-child(3){white-space:nowrap}.timeline{font-size:13px;font-family:ui-monospace,"DejaVu Sans Mono",monospace}.help{background:var(--pale);padding:6px 14px;border-radius:4px;margin-top:12px}.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}.facts dt{color:var(--soft)}.facts dd{margin:0}
        figure{margin:14px 0}svg{width:100%;max-width:760px;height:auto;background:var(--pale);border:1px solid var(--line);border-radius:4px}svg text{font:10px system-ui,sans-serif;fill:#5a6675}svg .mark{fill:#1c2430}.grid{stroke:#e3e8ee}.measured{fill:none;stroke:#0b5cad;stroke-width:1.8}.applied{fill:none;stroke:#d9822b;stroke-width:1.2;stroke-dasharray:5 3}.limit{stroke:#b3261e;stroke-width:1.6}.event{stroke:#6b7785;stroke-dasharray:2 3}.over{fill:#b3261e;opacity:.09}
        @media print{details{break-inside:avoid}details>*{display:block}}
        """
}
