public import PonsMessages
import PonsReflection

/// One thing that a product has or has not: an item of the implementation conformance statement (ICS).
public struct StatementItem: Sendable {
    public let id: String
    public let text: [String: String]
    /// What the descriptor says where the product has it; `nil` where nothing on the wire shows it.
    public let shownBy: StepArgument?
    /// A field of the descriptor whose value the vendor promises, instead of yes or no.
    public let field: String?
    /// Profiles whose products must have it.
    public let mandatoryFor: [String]
    /// Items that a product with this one must have, and must not have.
    public let requires: [String]
    public let excludes: [String]
    /// Steps and messages of a test that can't be played without it.
    public let steps: [String]
    public let messages: [String]

    public init(
        id: String, text: [String: String], shownBy: StepArgument?, field: String?, mandatoryFor: [String],
        requires: [String], excludes: [String], steps: [String], messages: [String]
    ) {
        self.id = id
        self.text = text
        self.shownBy = shownBy
        self.field = field
        self.mandatoryFor = mandatoryFor
        self.requires = requires
        self.excludes = excludes
        self.steps = steps
        self.messages = messages
    }

    /// What the robot itself says: yes, no, the value it declares; `.ask` where nothing shows it.
    public func shown(in descriptor: Descriptor) -> Answer {
        if let field {
            guard let number = descriptor.value(at: field)?.asDouble else { return .no }
            return .value(Quantity(number, Self.dimension(of: field)))
        }
        guard let shownBy else { return .ask }
        var evidence = Evidence()
        evidence.descriptor = descriptor
        let context = JudgeContext(test: TestDefinition(id: id, file: ""), evidence: evidence)
        return (try? context.describes(shownBy)) == true ? .yes : .no
    }

    private static func dimension(of field: String) -> Quantity.Dimension {
        field.hasSuffix("_ns") ? .time : field.hasSuffix("_hz") ? .frequency : .one
    }
}
