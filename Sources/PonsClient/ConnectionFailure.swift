public import PonsMessages

/// Why something that was asked of a robot did not come about.
public enum ConnectionFailure: Error, CustomStringConvertible, Sendable {
    /// The robot can't be reached, or the link has ended.
    case link(String)
    /// The robot refused: for which reason, at which field, beyond which limit, and what is in the way.
    case refused(what: String, RejectReason, field: String, limit: Double?, blocking: [String])
    /// What was waited for did not come in time.
    case timeout(String)

    public var description: String {
        switch self {
        case .link(let sentence): return sentence
        case .timeout(let what): return "waited in vain for \(what)"
        case .refused(let what, let reason, let field, let limit, let blocking):
            var text = "\(what): \(reason.label), \(reason.english)"
            if !field.isEmpty { text += ", at \(field)" }
            if let limit { text += ", limit \(limit)" }
            if !blocking.isEmpty { text += "; in the way: \(blocking.joined(separator: ", "))" }
            return text
        }
    }
}
