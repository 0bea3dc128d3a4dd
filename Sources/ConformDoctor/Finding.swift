/// Something about the set-up of a test, never about the conformance of the robot: what it is, and what to do.
public struct Finding: Equatable, Sendable {
    public enum Severity: String, Codable, Comparable, Sendable {
        /// As it should be.
        case ok
        /// Worth knowing; the run can go on.
        case note
        /// The run would fail, or say nothing.
        case fault

        public static func < (left: Severity, right: Severity) -> Bool { left.order < right.order }
        private var order: Int { self == .ok ? 0 : self == .note ? 1 : 2 }
    }

    public let severity: Severity
    /// Stable, for scripts: `KEYS-ENDED`.
    public let code: String
    public let what: String
    /// Empty where nothing is to be done.
    public let fix: String

    private init(_ severity: Severity, _ code: String, _ what: String, fix: String) {
        self.severity = severity
        self.code = code
        self.what = what
        self.fix = fix
    }

    public static func ok(_ code: String, _ what: String) -> Finding { Finding(.ok, code, what, fix: "") }
    public static func note(_ code: String, _ what: String, fix: String = "") -> Finding {
        Finding(.note, code, what, fix: fix)
    }
    public static func fault(_ code: String, _ what: String, fix: String) -> Finding {
        Finding(.fault, code, what, fix: fix)
    }
}
