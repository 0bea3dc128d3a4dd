public import PonsMessages

/// What a driver that can record has to do.
public enum RecordingAction: Sendable {
    /// Open a recording: an episode, by a robot of this description.
    case begin(RecordingControl, descriptor: Descriptor, bootID: [UInt8])
    case message(Recorded)
    /// Close it; how the episode ended, in a word.
    case end(outcome: String)
    /// The messages that come next tell robot, state and clocks: who reads from here needs nothing of before. Comes every few
    /// seconds while incidents are kept.
    case heading(descriptor: Descriptor, bootID: [UInt8])
    /// Keep what came before, and what comes next (REC-05).
    case incident(Incident)
}

/// A stop or a fault.
public struct Incident: Sendable {
    /// Name of the cause in the schema: `COMMAND_TIMEOUT`.
    public let cause: String
    /// Robot monotonic, ns.
    public let timeNs: Int64

    public init(cause: String, timeNs: Int64) {
        self.cause = cause
        self.timeNs = timeNs
    }
}

/// One message of a recording, as it happened on the robot (part REC).
public struct Recorded: Sendable {
    /// Where it belongs: `commands` as they came, `verdicts` on them, `state`, `safety`, `clock`, `description`.
    public let topic: String
    /// Name of the message in the schema: `Ack`.
    public let message: String
    /// Robot monotonic, ns.
    public let timeNs: Int64
    public let payload: [UInt8]

    public init(topic: String, message: String, timeNs: Int64, payload: [UInt8]) {
        self.topic = topic
        self.message = message
        self.timeNs = timeNs
        self.payload = payload
    }
}
