/// What a report says of itself, in both languages.
struct Phrase: Sendable {
    private let english: String
    private let chinese: String

    init(_ english: String, _ chinese: String) {
        self.english = english
        self.chinese = chinese
    }

    subscript(language: Language) -> String {
        switch language {
        case .en: english
        case .zh: chinese
        }
    }

    /// Both, by the language's code, as results carry them.
    var texts: [String: String] { [Language.en.rawValue: english, Language.zh.rawValue: chinese] }

    /// Both, escaped; the page shows the one that its reader has chosen.
    var html: String { tagged("span") }

    /// Both, as the content of a text of an SVG.
    var svg: String { tagged("tspan") }

    private func tagged(_ tag: String) -> String {
        if english == chinese { return JUnitReport.escaped(english) }
        return
            "<\(tag) lang=\"en\">\(JUnitReport.escaped(english))</\(tag)><\(tag) lang=\"zh\">\(JUnitReport.escaped(chinese))</\(tag)>"
    }
}
