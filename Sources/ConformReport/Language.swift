/// A language of the standard; the spec, its catalogues and every explanation are written in both.
public enum Language: String, CaseIterable, Sendable {
    case en, zh
}
