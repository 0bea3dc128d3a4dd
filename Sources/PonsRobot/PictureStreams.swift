import PonsMessages

/// What the robot keeps of its picture streams: what each session asked for, and what is frozen.
struct PictureStreams: Sendable {
    /// How a session wants one sensor (PER-15).
    struct Shape: Sendable {
        /// Least time between pictures, ns; 0 for as fast as they come.
        var periodNs: Int64 = 0
        /// Greatest size, pixels; 0 for any.
        var width: UInt32 = 0
        var height: UInt32 = 0
        /// When the next one is due; ns.
        var dueNs: Int64 = .min
        /// Sent since the last report, and size and capture of the last one.
        var sent = 0
        var dropped: UInt64 = 0
        var last: (width: UInt32, height: UInt32) = (0, 0)
    }

    /// Of messages in pieces; unique among all sessions.
    var messageCount: UInt64 = 0
    /// By session and sensor.
    private(set) var shapes: [UInt64: [String: Shape]] = [:]
    /// A camera whose driver delivers the same picture again and again: since the picture, until when; ns.
    var frozen: [String: (picture: Image?, untilNs: Int64)] = [:]
    /// What a broken pipeline takes off its numbers after a restart.
    var rewound: UInt64 = 0
    var listenerCount = 0

    func shape(of sensor: String, for session: UInt64) -> Shape? { shapes[session]?[sensor] }

    mutating func set(_ shape: Shape?, of sensor: String, for session: UInt64) {
        shapes[session, default: [:]][sensor] = shape
    }

    mutating func end(session: UInt64) { shapes[session] = nil }
}
