/// A reaction whose time the standard limits, and which the reference robot can take a little too long for.
public enum TimedReaction: String, CaseIterable, Sendable {
    case setpointDeadline = "MOT-03"
    case chunkDeadline = "CMD-15"
    case stopRequest = "SAF-04"
    case contact = "SAF-27"
    case tooClose = "SAF-21"
    case fall = "HUM-06"
}

/// Pairs of robots just within and just beyond a limit: they show where a test draws the line (part CNF).
public enum LateReaction: String, CaseIterable, Sendable {
    case setpointDeadlineWithin = "MOT-03-within", setpointDeadlineBeyond = "MOT-03-beyond"
    case chunkDeadlineWithin = "CMD-15-within", chunkDeadlineBeyond = "CMD-15-beyond"
    case stopRequestWithin = "SAF-04-within", stopRequestBeyond = "SAF-04-beyond"
    case contactWithin = "SAF-27-within", contactBeyond = "SAF-27-beyond"
    case tooCloseWithin = "SAF-21-within", tooCloseBeyond = "SAF-21-beyond"
    case fallWithin = "HUM-06-within", fallBeyond = "HUM-06-beyond"

    public var reaction: TimedReaction { TimedReaction(rawValue: String(rawValue.prefix(6)))! }
    public var isBeyond: Bool { rawValue.hasSuffix("beyond") }

    /// How much later than the reference; ns.
    public var ns: Int64 {
        switch self {
        case .setpointDeadlineWithin, .stopRequestWithin, .chunkDeadlineWithin: 8_000_000
        case .setpointDeadlineBeyond, .stopRequestBeyond: 13_000_000
        case .chunkDeadlineBeyond: 15_000_000
        case .contactWithin: 15_000_000
        case .contactBeyond: 65_000_000
        case .tooCloseWithin: 90_000_000
        case .tooCloseBeyond: 110_000_000
        case .fallWithin: 100_000_000
        case .fallBeyond: 135_000_000
        }
    }
}
