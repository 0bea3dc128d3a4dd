/// A difference between two schemas that a reader of the older one would trip over.
public struct SchemaChange: Equatable, Sendable {
    /// Stable, for scripts: `NUMBER-NOT-RESERVED`.
    public let code: String
    /// `JointSetpoint.position`
    public let place: String
    public let what: String
    public let fix: String
}
