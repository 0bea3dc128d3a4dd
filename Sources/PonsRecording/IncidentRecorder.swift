import PonsMessages
public import PonsRobot

/// Makes a file of every stop and fault, from ten seconds before to five seconds after (REC-05). Produces bytes and does no I/O.
///
/// Cost: what a robot records in ten to fifteen seconds is held in memory; some 10 MB for thirty joints at 500 Hz.
public struct IncidentRecorder: Sendable {
    /// What an action means for the files.
    public struct Step: Sendable {
        /// A new file begins.
        public var opensFile = false
        /// What to append to the file that is open; whole chunks only.
        public var bytes: [UInt8] = []
        /// The file is complete.
        public var closesFile = false
    }

    /// What was recorded from one heading to the next.
    private struct Segment {
        let descriptor: Descriptor
        let bootID: [UInt8]
        var messages: [Recorded] = []
    }

    private static let beforeNs: Int64 = 10_000_000_000
    private static let afterNs: Int64 = 5_000_000_000

    private var writer: RecordingWriter
    private let fault: RecordingFault?
    private var past: [Segment] = []
    private var episode: RecordingControl?
    /// Until when the file that is open goes on; ns.
    private var endNs: Int64?
    private var cause = ""
    private var faultCount = 0

    /// How often the fault changed something.
    public var appliedFaults: Int { faultCount + writer.appliedFaults }

    /// - Parameter schemaSet: serialised FileDescriptorSet of the schema.
    public init(schemaSet: [UInt8], fault: RecordingFault? = nil) {
        writer = RecordingWriter(schemaSet: schemaSet, fault: fault)
        self.fault = fault
    }

    public mutating func carryOut(_ action: RecordingAction) -> Step {
        switch action {
        case .begin(let control, _, _): episode = control
        case .end: episode = nil
        case .heading(let descriptor, let bootID): past.append(Segment(descriptor: descriptor, bootID: bootID))
        case .message(let recorded): return add(recorded)
        case .incident(let incident): return keep(incident)
        }
        return Step()
    }

    private mutating func add(_ recorded: Recorded) -> Step {
        guard !past.isEmpty else { return Step() }
        past[past.count - 1].messages.append(recorded)
        // A segment is needed while the one after it begins too late.
        while past.count > 1, let next = past[1].messages.first, next.timeNs <= recorded.timeNs - Self.beforeNs {
            past.removeFirst()
        }
        guard let endNs else { return Step() }
        if recorded.timeNs <= endNs { return Step(bytes: writer.carryOut(.message(recorded))) }
        self.endNs = nil
        return Step(bytes: writer.carryOut(.end(outcome: "stopped: \(cause)")), closesFile: true)
    }

    /// A stop soon after another one makes the file longer.
    private mutating func keep(_ incident: Incident) -> Step {
        guard let first = past.first else { return Step() }
        let isOpen = endNs != nil
        endNs = incident.timeNs + Self.afterNs
        guard !isOpen else { return Step() }
        cause = incident.cause
        var step = Step(opensFile: true)
        step.bytes = writer.begin(
            episode: episode, incident: incident, descriptor: first.descriptor, bootID: first.bootID)
        for recorded in past.flatMap(\.messages) where isKept(recorded, of: incident) {
            step.bytes += writer.carryOut(.message(recorded))
        }
        return step
    }

    /// A broken recorder begins with the stop.
    private mutating func isKept(_ recorded: Recorded, of incident: Incident) -> Bool {
        guard fault == .pastOfStops, recorded.timeNs < incident.timeNs, recorded.topic == "state" else { return true }
        faultCount += 1
        return false
    }
}
