import Foundation

/// One self-contained HTML file: no script, works from disk, prints, says every colour in words too.
public enum HTMLReport {
    /// Both languages are in it; `language` is the one shown first.
    public static func html(_ report: RunReport, language: Language = .en) -> String {
        """
        <!DOCTYPE html>
        <html lang="\(language.rawValue)"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Pons conformance report · \(e(report.robot.model))</title><style>\(style)</style></head><body>
        \(choice(language))
        <header><h1>\(Phrase("Conformance report", "符合性测试报告").html)</h1><p class="sub">\(e(report.robot.vendor)) \(e(report.robot.model)) · \(Phrase("firmware", "固件").html) \(e(report.robot.firmwareVersion))\(report.robot.isSimulator ? " · <strong>\(simulator.html)</strong>" : "")\(report.robot.isInsecure ? " · <strong>\(insecure.html)</strong>" : "")</p></header>
        <main>\(head(report))\(requirements(report))\(unshown(report))\(details(report))\(method(report))</main>
        <footer><p>\(scope.html)</p></footer>
        </body></html>

        """
    }

    /// Radio buttons before everything else: the page has no script.
    private static func choice(_ language: Language) -> String {
        let buttons = [(Language.en, "English"), (.zh, "中文")].map { choice, name in
            "<input type=\"radio\" name=\"language\" id=\"show-\(choice.rawValue)\"\(choice == language ? " checked" : "")><label for=\"show-\(choice.rawValue)\">\(name)</label>"
        }
        return buttons.joined()
    }

    private static let simulator = Phrase("simulator: these results never name hardware", "仿真器：这些结果绝不代表硬件")
    private static let insecure = Phrase("INSECURE: in lab mode, anybody may drive it", "INSECURE：实验室模式，任何人均可驱动")
    private static let scope = Phrase(
        "Interface behaviour only: no performance level is certified, and a network stop never replaces a hard-wired emergency stop.",
        "仅涉及接口行为：不认证任何性能等级，网络停止绝不取代硬接线的急停。")

    // MARK: Top

    private static func head(_ report: RunReport) -> String {
        let summary = report.summary
        let blockers = list(report.certifiable.blockers, report.certifiable.blockers(.zh))
        return """
            <section aria-labelledby="answer"><h2 id="answer">\(report.answer.html)</h2><ul class="blockers">\(blockers)</ul>
            <dl class="counts">
            \(count("PASS", summary.pass))\(count("FAIL", summary.fail))\(count("INCONCLUSIVE", summary.inconclusive))\(count("ERROR", summary.error))\(count("NOT RUN", summary.notRun))\(count("N/A", summary.notApplicable))
            </dl>
            \(report.robotLost.map { "<p class=\"lost\">\(Phrase("The robot was lost: \($0)", "机器人失联：\($0)").html)</p>" } ?? "")
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
            x: scaled(samples[0] / 3)...end, y: 0...1,
            xLabel: Phrase("ms from the command to its Ack, logarithmic", "从指令到其应答的毫秒数，对数坐标"),
            yLabel: Phrase("share", "占比"), hasDecades: true)
        plot.band(scaled(latency.limitMs), end, "over")
        var points: [(Double, Double)] = [(scaled(samples[0] / 3), 0)]
        for (index, sample) in samples.enumerated() {
            points.append((scaled(sample), Double(index) / Double(samples.count)))
            points.append((scaled(sample), Double(index + 1) / Double(samples.count)))
        }
        points.append((end, 1))
        plot.line(points, "measured")
        plot.vertical(
            scaled(latency.limitMs), "limit",
            Phrase("limit \(number(latency.limitMs)) ms", "限值 \(number(latency.limitMs)) ms"))
        let median = samples[samples.count / 2], high = samples[Int(Double(samples.count - 1) * 0.99)]
        let caption = Phrase(
            "Reply times of \(samples.count) acknowledged commands: median \(number(median)) ms, 99 % \(number(high)) ms, largest \(number(last)) ms. At 95 % confidence at most \(number(latency.upperBound * 100)) % exceed the limit. Information, not a verdict: CMD-01 has its own test plan.",
            "\(samples.count) 条已应答指令的应答时间：中位数 \(number(median)) ms，99 % \(number(high)) ms，最大 \(number(last)) ms。在 95 % 置信度下至多 \(number(latency.upperBound * 100)) % 超过限值。仅供参考，不是裁决：CMD-01 另有测试计划。"
        )
        return "<figure>\(plot.svg("Distribution of reply times"))<figcaption>\(caption.html)</figcaption></figure>"
    }

    private static func requirements(_ report: RunReport) -> String {
        let ordered = report.tests.sorted {
            ($0.requirements.first ?? "", $0.id) < ($1.requirements.first ?? "", $1.id)
        }
        let rows = ordered.map { test in
            "<tr><td><a href=\"#\(anchor(test))\">\(e(test.requirements.joined(separator: ", ")))</a></td><td>\(title(test).html)</td><td>\(badge(test))</td></tr>"
        }.joined()
        return
            "<section aria-labelledby=\"list\"><h2 id=\"list\">\(Phrase("Requirements", "要求").html)</h2><table><thead><tr>\(headings(Phrase("Requirement", "要求"), Phrase("What was tested", "测试内容"), verdictWord))</tr></thead><tbody>\(rows)</tbody></table></section>"
    }

    /// What a reader must not take from a green table.
    private static func unshown(_ report: RunReport) -> String {
        guard let unshown = report.unshown, !unshown.isEmpty else { return "" }
        let rows = unshown.map { entry in
            "<tr><td>\(e(entry.requirement))</td><td>\(e(entry.level))</td><td>\(said(entry.why).html)</td><td>\(said(entry.instrument).html)</td></tr>"
        }.joined()
        let title = Phrase("What no verdict here shows", "此处任何裁决都未表明的内容")
        let heads = headings(
            Phrase("Requirement", "要求"), Phrase("Level", "级别"), Phrase("Why", "原因"), Phrase("It would need", "所需"))
        return
            "<section aria-labelledby=\"unshown\"><h2 id=\"unshown\">\(title.html)</h2><table><thead><tr>\(heads)</tr></thead><tbody>\(rows)</tbody></table></section>"
    }

    private static func said(_ texts: [String: String]) -> Phrase {
        Phrase(texts["en"] ?? "", texts["zh"] ?? texts["en"] ?? "")
    }

    // MARK: Tests

    private static func details(_ report: RunReport) -> String {
        let order = ["FAIL", "ERROR", "INCONCLUSIVE"]
        let sorted = report.tests.sorted { left, right in
            (order.firstIndex(of: left.verdict) ?? 9, left.id) < (order.firstIndex(of: right.verdict) ?? 9, right.id)
        }
        return
            "<section aria-labelledby=\"tests\"><h2 id=\"tests\">\(Phrase("Tests", "测试").html)</h2>\(sorted.map(detail).joined())</section>"
    }

    private static func detail(_ test: RunReport.Test) -> String {
        let isOpen = test.verdict != "PASS" && test.notRun == nil
        return """
            <details id="\(anchor(test))"\(isOpen ? " open" : "")><summary>\(badge(test)) <strong>\(e(test.requirements.joined(separator: ", ")))</strong> \(title(test).html) <code>\(e(test.id))</code></summary>
            <p class="required"><b>\(Phrase("required", "要求").html)</b> \(both(test) { $0.required }.html)</p>
            \(test.notRun.map { "<p>\((test.isNotApplicable ? Phrase("Not applicable", "不适用") : Phrase("Not run", "未运行")).html): \(e($0)).</p>" } ?? "")
            \(test.advice == nil ? "" : "<p class=\"advice\">\(e(test.reason ?? "")): \(both(test) { $0.advice ?? "" }.html)</p>")
            \(checks(test))\(motion(test))\(timeline(test))\(help(test))</details>
            """
    }

    private static func checks(_ test: RunReport.Test) -> String {
        guard !test.checks.isEmpty else { return "" }
        let rows = test.checks.map { check in
            "<tr><td>\(verdict(check.verdict))</td><td>\(e(check.id))\(check.isControl ? " <em>\(Phrase("control", "对照").html)</em>" : "")</td><td>\(e(check.expected))</td><td>\(e(check.seen))</td></tr>"
        }.joined()
        return
            "<table class=\"checks\"><thead><tr>\(headings(verdictWord, Phrase("Check", "检查"), Phrase("Expected", "期望"), Phrase("Seen", "实测")))</tr></thead><tbody>\(rows)</tbody></table>"
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
            x: first...last, y: low - margin...high + margin,
            xLabel: Phrase("ms since the start of the test", "自测试开始的毫秒数"), yLabel: Phrase("rad", "rad"))
        if let check = test.checks.first(where: { $0.verdict == test.verdict && test.verdict != "PASS" }),
            let from = check.fromMs,
            let until = check.untilMs
        {
            plot.band(from, until, "over")
        }
        plot.line(Array(zip(motion.timeMs, motion.applied)), "applied")
        plot.line(Array(zip(motion.timeMs, motion.measured)), "measured")
        for (row, mark) in test.marks.enumerated() {
            plot.vertical(mark.timeMs, "event", Phrase(mark.text, mark.text), row: row)
        }
        let isPass = test.verdict == "PASS"
        let caption = Phrase(
            "\(motion.joint): measured (solid) and applied (dashed); vertical lines are safety events\(isPass ? "" : "; shaded is the window of the failing check").",
            "\(motion.joint)：测得（实线）与施加（虚线）；竖线为安全事件\(isPass ? "" : "；阴影为失败检查的时间窗")。")
        return
            "<figure>\(plot.svg("Motion of \(motion.joint)"))<figcaption>\(caption.html)</figcaption></figure>"
    }

    private static func timeline(_ test: RunReport.Test) -> String {
        guard !test.timeline.isEmpty else { return "" }
        let rows = test.timeline.map { entry in
            "<tr><td class=\"num\">\(entry.peer.isEmpty && entry.direction.isEmpty ? "" : number(entry.timeMs))</td><td>\(e(entry.peer)) \(entry.direction)</td><td>\(e(entry.what))</td><td>\(e(entry.detail))</td></tr>"
        }.joined()
        return
            "<h4>\(Phrase("Exchange around the deciding check", "决定性检查前后的报文").html)</h4><table class=\"timeline\"><thead><tr>\(headings(Phrase("ms", "ms"), Phrase("client", "客户端"), Phrase("message", "消息"), Phrase("content", "内容")))</tr></thead><tbody>\(rows)</tbody></table>"
    }

    private static func help(_ test: RunReport.Test) -> String {
        let chinese = test.words(.zh)
        return """
            <div class="help"><p><strong>\(Phrase("Why.", "为何重要：").html)</strong> \(both(test) { $0.why }.html)</p>
            <p><strong>\(Phrase("Likely causes", "可能原因").html)</strong></p><ul>\(list(test.causes, chinese.causes))</ul>
            <p><strong>\(Phrase("What to try", "建议措施").html)</strong></p><ul>\(list(test.fixes, chinese.fixes))</ul></div>
            """
    }

    private static func method(_ report: RunReport) -> String {
        """
        <section aria-labelledby="method"><h2 id="method">\(Phrase("How this was made", "本报告如何得出").html)</h2><dl class="facts">
        \(term("Tool", "工具"))<dd>conform \(e(report.tool.version)) · \(Phrase("spec", "规范").html) \(e(report.tool.spec)) · \(Phrase("suite", "测试集").html) sha256 \(e(String(report.tool.suiteDigest.prefix(16))))…</dd>
        \(term("Target", "目标"))<dd>\(e(report.target)) · \((report.isVirtualTime ? Phrase("virtual time", "虚拟时间") : Phrase("real time", "实时")).html) · \(Phrase("seed", "种子").html) \(e(report.seed))</dd>
        \(term("Assurance", "保证方式"))<dd>\(e(report.assurance)) · \(Phrase("level \(report.certifiable.level) at most", "级别至多 \(report.certifiable.level)").html)</dd>
        \(report.calibration.map { "\(term("Host", "测试机"))<dd>\(host($0).html)</dd>" } ?? "")
        \(basis(report.basis))
        \(term("Again", "重现"))<dd><code>conform check \(e(report.target))\(report.isVirtualTime ? " --virtual-time" : "") --seed 0x\(e(report.seed))\(again(report.basis))</code></dd></dl></section>
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
            \(term("Claims", "声称"))<dd>\(claims(basis).html)</dd>
            \(term("Statement", "声明书"))<dd>\(statement ?? Phrase("what the product shows of itself", "产品自身所示").html): \(list(basis.statement))</dd>
            \(term("Parameters", "参数"))<dd>\(list(basis.parameters))</dd>
            \(term("Limits", "限值"))<dd>\(list(basis.limits))</dd>
            """
    }

    private static func claims(_ basis: RunReport.Basis) -> Phrase {
        let options = basis.options
        let isFull = options.envelope == "full"
        let named = basis.claims.joined(separator: ", ")
        return Phrase(
            "\(named.isEmpty ? "everything that applies" : named), \(options.tier) tier\(isFull ? "" : ", a tenth of every amplitude")\(options.operator.map { ", watched by \($0)" } ?? "")",
            "\(named.isEmpty ? "一切适用者" : named)，\(options.tier) 档\(isFull ? "" : "，幅度为十分之一")\(options.operator.map { "，由 \($0) 看护" } ?? "")"
        )
    }

    private static func host(_ calibration: RunReport.Calibration) -> Phrase {
        let (median, limit) = (number(calibration.medianMs), number(calibration.shortestLimitMs))
        let (before, after) = (number(calibration.beforeMs), number(calibration.afterMs))
        return Phrase(
            "own round trip \(median) ms at the median; 99.9 %: \(before) ms before, \(after) ms after; limits under \(limit) ms can be passed from this computer, not failed",
            "自身往返中位数 \(median) ms；99.9 %：测试前 \(before) ms，测试后 \(after) ms；在本机上，低于 \(limit) ms 的限值可判通过，不可判失败")
    }

    // MARK: Pieces

    private static let verdictWord = Phrase("Verdict", "裁决")

    private static func headings(_ phrases: Phrase...) -> String {
        phrases.map { "<th>\($0.html)</th>" }.joined()
    }

    private static func term(_ english: String, _ chinese: String) -> String {
        "<dt>\(Phrase(english, chinese).html)</dt>"
    }

    /// Items in both languages; where one has more, the rest stands alone.
    private static func list(_ english: [String], _ chinese: [String]) -> String {
        (0..<max(english.count, chinese.count)).map { index in
            let texts = [english, chinese].map { index < $0.count ? $0[index] : "" }
            return "<li>\(Phrase(texts[0], texts[1]).html)</li>"
        }.joined()
    }

    private static func title(_ test: RunReport.Test) -> Phrase { Phrase(test.title(.en), test.title(.zh)) }

    private static func both(_ test: RunReport.Test, _ text: (RunReport.Words) -> String) -> Phrase {
        Phrase(text(test.words(.en)), text(test.words(.zh)))
    }

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
        .sub,figcaption,footer{color:var(--soft)}table{border-collapse:collapse;width:100%;font-size:14px}th{text-align:left;color:var(--soft);font-weight:600}td,th{padding:5px 8px;border-bottom:1px solid var(--line);vertical-align:top}
        .id{white-space:nowrap}.num{text-align:right;font-variant-numeric:tabular-nums}.counts{display:flex;gap:10px;flex-wrap:wrap;margin:14px 0}.counts div{border:1px solid var(--line);border-top:4px solid;border-radius:4px;padding:6px 16px;min-width:104px;background:var(--pale)}.counts dt{font-size:12px;color:var(--soft)}.counts dd{margin:0;font-size:24px;font-weight:600}
        .badge{display:inline-block;font-size:12px;font-weight:700;padding:1px 8px;border-radius:3px;border:1px solid;white-space:nowrap}.v-pass{color:var(--pass);border-top-color:var(--pass)}.v-fail{color:var(--fail);border-top-color:var(--fail)}.v-inconclusive{color:var(--inc);border-top-color:var(--inc)}.v-error{color:var(--err);border-top-color:var(--err)}.v-not-run,.v-na{color:var(--soft);border-top-color:var(--soft)}
        details{border:1px solid var(--line);border-radius:5px;margin:8px 0;padding:6px 12px}summary{cursor:pointer}summary code{color:var(--soft);font-size:12px}.required{border-left:3px solid var(--line);padding-left:10px}.required b{font-weight:400;font-size:12px;color:var(--soft);text-transform:uppercase;letter-spacing:.04em}
        .checks td:nth-child(2),.timeline td:nth-child(3){white-space:nowrap}.timeline{font-size:13px;font-family:ui-monospace,"DejaVu Sans Mono",monospace}.help{background:var(--pale);padding:6px 14px;border-radius:4px;margin-top:12px}.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}.facts dt{color:var(--soft)}.facts dd{margin:0}
        figure{margin:14px 0}svg{width:100%;max-width:760px;height:auto;background:var(--pale);border:1px solid var(--line);border-radius:4px}svg text{font:10px system-ui,sans-serif;fill:#5a6675}svg .mark{fill:#1c2430}.grid{stroke:#e3e8ee}.measured{fill:none;stroke:#0b5cad;stroke-width:1.8}.applied{fill:none;stroke:#d9822b;stroke-width:1.2;stroke-dasharray:5 3}.limit{stroke:#b3261e;stroke-width:1.6}.event{stroke:#6b7785;stroke-dasharray:2 3}.over{fill:#b3261e;opacity:.09}
        #show-en:checked~* [lang=zh],#show-zh:checked~* [lang=en]{display:none}input[name=language]{position:absolute;opacity:0}input[name=language]+label{float:right;cursor:pointer;margin:12px 12px 0 0;padding:2px 10px;border:1px solid var(--line);border-radius:4px;font-size:13px;color:var(--soft)}input[name=language]:checked+label{color:var(--ink);background:var(--pale);font-weight:600}input[name=language]:focus-visible+label{outline:2px solid #0b5cad}
        @media print{input[name=language]+label{display:none}details{break-inside:avoid}details>*{display:block}}
        """
}
