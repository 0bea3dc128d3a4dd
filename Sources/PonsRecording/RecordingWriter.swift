import PonsMessages
public import PonsRobot
import PonsVocabulary

/// Turns what a robot records into an MCAP file of profile `pons/1` (part REC). Produces bytes and does no I/O.
public struct RecordingWriter: Sendable {
    /// A chunk is closed after this long, so that a cut loses no more; ns.
    private static let chunkNs: Int64 = 500_000_000

    private let schemaSet: [UInt8]
    private let fault: RecordingFault?
    private var writer: MCAPWriter?
    private var chunkStartNs: Int64?
    /// A command that waits for its verdict, in a recording that keeps accepted ones only.
    private var held: Recorded?
    /// How often the fault changed something.
    public private(set) var appliedFaults = 0

    /// - Parameter schemaSet: serialised FileDescriptorSet of the schema.
    public init(schemaSet: [UInt8], fault: RecordingFault? = nil) {
        self.schemaSet = schemaSet
        self.fault = fault
    }

    /// Bytes to append to the file; those of ``RecordingAction/begin(_:descriptor:bootID:)`` start a new one.
    public mutating func carryOut(_ action: RecordingAction) -> [UInt8] {
        switch action {
        case .begin(let control, let descriptor, let bootID):
            return begin(episode: control, descriptor: descriptor, bootID: bootID)
        case .message(let recorded): return add(recorded)
        case .heading, .incident: return []
        case .end(let outcome):
            guard var writer else { return [] }
            defer { self.writer = nil }
            let closed = writer.flush()
            return closed + writer.metadata("outcome", ["outcome": outcome]) + writer.end()
        }
    }

    /// The beginning of a file: of an episode, of an incident, or of one during the other.
    mutating func begin(
        episode: RecordingControl?, incident: Incident? = nil, descriptor: Descriptor, bootID: [UInt8]
    ) -> [UInt8] {
        var writer = MCAPWriter(schemaSet: schemaSet, checksChunks: !breaks(.checkedChunks))
        defer { self.writer = writer }
        chunkStartNs = nil
        let clock = [
            "epoch": "robot monotonic", "unit": "ns", "boot_id": Self.hexadecimal(bootID),
            "utc": "clock anchors in /pons/clock",
        ]
        let robot = [
            "vendor": descriptor.vendor, "model": descriptor.model, "serial_number": descriptor.serialNumber,
            "firmware_version": descriptor.firmwareVersion, "simulator": descriptor.simulator ? "true" : "false",
        ]
        var bytes = writer.begin(library: "pons") + writer.metadata("clock", clock) + writer.metadata("robot", robot)
        if let episode { bytes += writer.metadata("episode", metadata(of: episode, descriptor)) }
        if let incident {
            bytes += writer.metadata("incident", ["time_ns": "\(incident.timeNs)", "cause": incident.cause])
        }
        return bytes
    }

    private mutating func metadata(of episode: RecordingControl, _ descriptor: Descriptor) -> [String: String] {
        var metadata = [
            "episode_id": episode.episodeID, "task_text": episode.taskText, "operator_id": episode.operatorID,
            "policy_sha256": Self.hexadecimal(episode.policySHA256),
        ]
        if breaks(.episodeData) { metadata["policy_sha256"] = nil }
        for sensor in descriptor.sensors where !sensor.calibrationSHA256.isEmpty {
            metadata["calibration.\(sensor.id)"] = Self.hexadecimal(sensor.calibrationSHA256)
        }
        return metadata
    }

    private mutating func add(_ recorded: Recorded) -> [UInt8] {
        guard writer != nil else { return [] }
        if fault == .refusedCommands { return addAccepted(recorded) }
        return write(recorded)
    }

    private mutating func write(_ recorded: Recorded) -> [UInt8] {
        if recorded.message == "ClockAnchor" && breaks(.clockAnchors) { return [] }
        var payload = recorded.payload
        if recorded.message == "WholeBodyState" && breaks(.separateArrays) { payload = Self.merged(payload) }
        let time = UInt64(max(0, recorded.timeNs))
        writer!.add(
            topic: "/pons/\(recorded.topic)/\(recorded.message)", schema: "pons.v1.\(recorded.message)", logNs: time,
            publishNs: time, payload: payload)
        let start = chunkStartNs ?? recorded.timeNs
        chunkStartNs = start
        guard recorded.timeNs - start >= Self.chunkNs, !breaks(.shortChunks) else { return [] }
        chunkStartNs = nil
        return writer!.flush()
    }

    // MARK: What a broken recorder does

    private mutating func breaks(_ fault: RecordingFault) -> Bool {
        guard fault == self.fault else { return false }
        appliedFaults += 1
        return true
    }

    /// Keeps commands that nobody refused.
    private mutating func addAccepted(_ recorded: Recorded) -> [UInt8] {
        let isRefusal = recorded.message == "SetpointRejected" || recorded.message == "Refusal"
        if isRefusal && held != nil && breaks(.refusedCommands) { held = nil }
        var bytes: [UInt8] = []
        if let held { bytes += write(held) }
        held = recorded.topic == "commands" ? recorded : nil
        return held == nil ? bytes + write(recorded) : bytes
    }

    /// A state whose actions are a copy of what was measured.
    private static func merged(_ payload: [UInt8]) -> [UInt8] {
        guard var state = try? WholeBodyState(decoding: payload) else { return payload }
        state.commanded = state.position
        state.applied = state.position
        return state.encoded()
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
