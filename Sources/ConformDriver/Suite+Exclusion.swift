import ConformJudge

extension Suite {
    /// Why a requirement has no test in this suite, and what it would take to have one.
    public struct Exclusion: Sendable {
        /// So many are borne; more would be a standard that nobody can test.
        public static let limit = 15

        /// Who keeps such a requirement.
        public enum Subject: String, Sendable {
            /// The product: whoever reads of a verdict is told what it doesn't show.
            case product
            /// The standard's text, tools and suite, by tests of their own.
            case standard
        }

        /// `nil` where the registry says neither.
        public let about: Subject?
        /// By language.
        public let why: [String: String]
        public let instrument: [String: String]

        init(_ entry: StepArgument) {
            about = entry["about"]?.text.flatMap(Subject.init)
            why = Self.texts(entry, "why")
            instrument = Self.texts(entry, "instrument")
        }

        /// In one line.
        public func text(_ language: String = "en") -> String {
            let why = why[language] ?? why["en"] ?? "", instrument = instrument[language] ?? instrument["en"] ?? ""
            return language == "zh" ? "\(why)；需要\(instrument)" : "\(why); it would need \(instrument)"
        }

        /// Whether it says in both languages all that it has to say.
        public var isReasoned: Bool {
            about != nil && ["en", "zh"].allSatisfy { why[$0]?.isEmpty == false && instrument[$0]?.isEmpty == false }
        }

        private static func texts(_ entry: StepArgument, _ key: String) -> [String: String] {
            ["en": entry[key], "zh": entry[key + "_zh"]].compactMapValues { $0?.text }
        }
    }
}
