/// Inline SVG, drawn by hand: no script, no library, works from disk and in print.
struct Plot {
    let width = 640.0
    let height = 220.0
    private let left = 52.0, right = 12.0, top = 14.0, bottom = 30.0
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>
    /// Decades along x; x is then given in log10.
    private let hasDecades: Bool
    private var body = ""

    init(x: ClosedRange<Double>, y: ClosedRange<Double>, xLabel: Phrase, yLabel: Phrase, hasDecades: Bool = false) {
        self.x = x
        self.y = y
        self.hasDecades = hasDecades
        axes(xLabel, yLabel)
    }

    func svg(_ title: String) -> String {
        let name = JUnitReport.escaped(title)
        return
            "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"\(name)\"><title>\(name)</title>\(body)</svg>"
    }

    mutating func line(_ points: [(Double, Double)], _ style: String) {
        let path = points.map { "\(fix(px($0.0))),\(fix(py($0.1)))" }.joined(separator: " ")
        body += "<polyline class=\"\(style)\" points=\"\(path)\"/>"
    }

    mutating func vertical(_ at: Double, _ style: String, _ text: Phrase, row: Int = 0) {
        guard x.contains(at) else { return }
        body +=
            "<line class=\"\(style)\" x1=\"\(fix(px(at)))\" x2=\"\(fix(px(at)))\" y1=\"\(fix(top))\" y2=\"\(fix(height - bottom))\"/>"
        let isRight = px(at) > width * 0.8
        body +=
            "<text class=\"mark\" text-anchor=\"\(isRight ? "end" : "start")\" x=\"\(fix(px(at) + (isRight ? -3 : 3)))\" y=\"\(fix(top + 9 + Double(row % 4) * 11))\">\(text.svg)</text>"
    }

    mutating func band(_ from: Double, _ until: Double, _ style: String) {
        let start = px(max(x.lowerBound, from)), end = px(min(x.upperBound, until))
        guard end > start else { return }
        body +=
            "<rect class=\"\(style)\" x=\"\(fix(start))\" y=\"\(fix(top))\" width=\"\(fix(end - start))\" height=\"\(fix(height - bottom - top))\"/>"
    }

    private mutating func axes(_ xLabel: Phrase, _ yLabel: Phrase) {
        for tick in hasDecades ? Self.decades(x) : Self.ticks(x) {
            body +=
                "<line class=\"grid\" x1=\"\(fix(px(tick)))\" x2=\"\(fix(px(tick)))\" y1=\"\(fix(top))\" y2=\"\(fix(height - bottom))\"/>"
            body +=
                "<text class=\"tick\" text-anchor=\"middle\" x=\"\(fix(px(tick)))\" y=\"\(fix(height - bottom + 13))\">\(Self.text(hasDecades ? Self.power(tick) : tick))</text>"
        }
        for tick in Self.ticks(y) {
            body +=
                "<line class=\"grid\" x1=\"\(fix(left))\" x2=\"\(fix(width - right))\" y1=\"\(fix(py(tick)))\" y2=\"\(fix(py(tick)))\"/>"
            body +=
                "<text class=\"tick\" text-anchor=\"end\" x=\"\(fix(left - 5))\" y=\"\(fix(py(tick) + 3))\">\(Self.text(tick))</text>"
        }
        body +=
            "<text class=\"axis\" text-anchor=\"end\" x=\"\(fix(width - right))\" y=\"\(fix(height - 4))\">\(xLabel.svg)</text>"
        body += "<text class=\"axis\" x=\"4\" y=\"10\">\(yLabel.svg)</text>"
    }

    private func px(_ value: Double) -> Double {
        left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * (width - left - right)
    }

    private func py(_ value: Double) -> Double {
        height - bottom - (value - y.lowerBound) / (y.upperBound - y.lowerBound) * (height - top - bottom)
    }

    private func fix(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    /// Four to eight round values inside a range.
    static func ticks(_ range: ClosedRange<Double>) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite else { return [] }
        var step = 1.0
        while step * 8 < span { step *= 10 }
        while step > span { step /= 10 }
        for divided in [step / 5, step / 2, step] where span / divided <= 8 {
            step = divided
            break
        }
        let first = (range.lowerBound / step).rounded(.up)
        return (0...12).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound }
    }

    private static func decades(_ range: ClosedRange<Double>) -> [Double] {
        let first = Int(range.lowerBound.rounded(.up)), last = Int(range.upperBound.rounded(.down))
        return first <= last ? (first...last).map(Double.init) : []
    }

    /// Ten to the power of a whole number.
    private static func power(_ exponent: Double) -> Double {
        (0..<Int(abs(exponent))).reduce(1.0) { value, _ in exponent < 0 ? value / 10 : value * 10 }
    }

    private static func text(_ value: Double) -> String {
        let rounded = (value * 10000).rounded() / 10000
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
