/// A set of requirements for one kind of robot, or a bundle of such sets for a place where robots work.
public struct Profile: Sendable {
    public let id: String
    public let text: [String: String]
    /// Profiles that come with it; those of a bundle.
    public let includes: [String]
    /// Limits by name, as tests write them (`$name`): the strictest of all that are claimed holds.
    public let limits: [String: String]
    public let isBundle: Bool

    public init(id: String, text: [String: String], includes: [String], limits: [String: String], isBundle: Bool) {
        self.id = id
        self.text = text
        self.includes = includes
        self.limits = limits
        self.isBundle = isBundle
    }
}

/// How much a verdict can say, by what was tested and how. A level includes those below.
public enum AssuranceLevel: String, CaseIterable, Comparable, Sendable {
    /// Bytes: a codec or a recording.
    case wire = "L0"
    /// A live session; a simulator is allowed, and the result says so.
    case interoperable = "L1"
    /// Real hardware, and a tester fit to measure the limits.
    case timed = "L2"
    /// Interlocks with an independent instrument and a witness.
    case safe = "L3"

    public static func < (left: AssuranceLevel, right: AssuranceLevel) -> Bool { left.rawValue < right.rawValue }
}
