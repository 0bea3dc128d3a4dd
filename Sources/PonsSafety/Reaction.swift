public import PonsVocabulary

/// What a cause leads to, before the posture decides how (Spec/v1/parts/SAF.md, table of causes).
public enum Reaction: Equatable, Sendable {
    /// Emergency stop, latched.
    case emergency
    /// Protective stop of the given category; `whenMoving` causes matter only while motion is permitted.
    case protective(StopCategory, whenMoving: Bool)
    /// Internal fault, latched.
    case fault
    /// The fall reaction, latched.
    case fall
    /// A smaller envelope, or nothing but a report.
    case none

    /// The reaction to a cause.
    public static func to(_ cause: Cause) -> Reaction {
        switch cause {
        case .emergency: .emergency
        case .protective, .humanTooClose, .perceptionLost: .protective(.two, whenMoving: false)
        case .commandTimeout, .leaseExpired, .leaseRevoked, .peerLost, .noTimesync, .clockFault, .contactLimit:
            .protective(.two, whenMoving: true)
        case .integrity, .followingError, .spinalLimit, .thermal, .battery: .protective(.one, whenMoving: false)
        case .internalFault, .stopOverrun, .selftest: .fault
        case .fall: .fall
        default: .none
        }
    }
}
