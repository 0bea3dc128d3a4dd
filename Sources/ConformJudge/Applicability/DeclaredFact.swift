/// One thing somebody has declared, beside what the robot itself shows: evidence of the cross-check (DSC-13).
public struct DeclaredFact: Equatable, Sendable {
    /// The item, or the claimed profile.
    public var subject: String
    /// What was declared, and by whom: `yes in the statement`.
    public var declared: String
    /// What the robot shows.
    public var shown: String
    public var agrees: Bool

    public init(subject: String, declared: String, shown: String, agrees: Bool) {
        self.subject = subject
        self.declared = declared
        self.shown = shown
        self.agrees = agrees
    }
}
