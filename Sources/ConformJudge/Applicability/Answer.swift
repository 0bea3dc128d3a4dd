/// What a statement says about an item.
public enum Answer: Equatable, Sendable {
    case yes
    case no
    /// Not answered, or nothing on the wire shows it. Certification needs it answered.
    case ask
    /// The value the vendor promises.
    case value(Quantity)

    /// Whether the product has it; `nil` where nobody has said.
    public var holds: Bool? {
        switch self {
        case .yes, .value: true
        case .no: false
        case .ask: nil
        }
    }

    public var text: String {
        switch self {
        case .yes: "yes"
        case .no: "no"
        case .ask: "ask"
        case .value(let quantity): quantity.text
        }
    }
}
