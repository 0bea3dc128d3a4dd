public import PonsMessages

/// How much a run may move the robot (CNF-06).
public enum MotionEnvelope: String, CaseIterable, Sendable {
    /// The first run of a product: every joint by itself before anything else, then a tenth of each amplitude, and the end
    /// at the first surprise.
    case first
    /// As the tests say.
    case full

    /// What is allowed where nobody has said: hardware is met for the first time.
    public static func usual(for descriptor: Descriptor) -> MotionEnvelope { descriptor.simulator ? .full : .first }

    /// Share of each amplitude, and so of each speed.
    public var scale: Double {
        switch self {
        case .first: 0.1
        case .full: 1
        }
    }

    /// From this motion class on a test moves joints on purpose.
    static let movingClass = "M2"
}
