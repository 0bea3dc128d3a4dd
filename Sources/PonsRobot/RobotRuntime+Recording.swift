import PonsMessages
import PonsSafety
import PonsSession

// What is recorded while an episode lasts, and always where incidents are kept: commands as they came, the verdict on each, state
// in full, safety, clock anchors (part REC). The driver owns the files, and no cycle waits for them.
extension RobotRuntime {
    /// Between clock anchors; REC-02 allows 10 s. ns
    private static var anchorPeriodNs: Int64 { 5_000_000_000 }

    mutating func control(_ request: RecordingControl, _ link: LinkID, _ now: Int64) -> CommandAnswer {
        guard canRecord else { return .rejected(.unsupported) }
        guard let role = peers[link]?.role, role != .observer, role != .stopOnly else {
            return .rejected(.permissionDenied)
        }
        if request.record {
            guard episode == nil else { return .rejected(Rejection(.busy, path: "record")) }
            beginEpisode(request, of: peers[link]!.sessionID, now)
        } else {
            guard episode != nil else { return .rejected(Rejection(.illegalTransition, path: "record")) }
            endEpisode()
        }
        reportRecording(now)
        return .accepted
    }

    private mutating func beginEpisode(_ request: RecordingControl, of session: UInt64, _ now: Int64) {
        episode = Episode(id: request.episodeID, session: session)
        nextAnchorNs = now
        actions.append(.record(.begin(request, descriptor: descriptor, bootID: bootID.bytes)))
        recordDescription(now)
    }

    private mutating func recordDescription(_ now: Int64) {
        let description = Recorded(
            topic: "description", message: "Descriptor", timeNs: now, payload: descriptorBytes)
        actions.append(.record(.message(description)))
        record("safety", safetyStatus(now), now)
    }

    /// - Parameter outcome: how it ended, where it was not by request.
    mutating func endEpisode(_ outcome: String? = nil) {
        guard let ended = episode else { return }
        let outcome = outcome ?? ended.stoppedBy.map { "stopped: \($0.label)" } ?? "completed"
        episode = nil
        actions.append(.record(.end(outcome: outcome)))
    }

    mutating func record<M: FrameMessage>(_ topic: String, _ message: M, _ now: Int64) {
        guard isRecording else { return }
        record(topic, M.type, message.encoded(), now)
    }

    /// A frame of a client, as it came.
    mutating func record(_ frame: OpenedFrame, _ now: Int64) {
        guard isRecording, let type = frame.type else { return }
        switch type {
        case .heartbeat, .timePing, .describeRequest, .hello, .goodbye, .subscribe: return
        default: record("commands", type, frame.payload, now)
        }
    }

    private mutating func record(_ topic: String, _ type: MessageType, _ payload: [UInt8], _ now: Int64) {
        episode?.byteCount += UInt64(payload.count)
        let recorded = Recorded(topic: topic, message: "\(type.label)", timeNs: now, payload: payload)
        actions.append(.record(.message(recorded)))
    }

    /// Once a cycle of the small brain.
    mutating func recordCycle(_ now: Int64) {
        guard isRecording else { return }
        if now >= nextAnchorNs {
            nextAnchorNs = now + Self.anchorPeriodNs
            recordAnchor(now)
        }
        record("state", wholeBodyState(now), now)
        guard episode != nil, tickCount % 1000 == 0 else { return }
        reportRecording(now)
        // A robot that waits for its disk.
        if faults.breaks(.rec07) { stalledUntilNs = now + 60_000_000 }
    }

    private mutating func recordAnchor(_ now: Int64) {
        if keepsIncidents {
            actions.append(.record(.heading(descriptor: descriptor, bootID: bootID.bytes)))
            recordDescription(now)
        }
        var anchor = ClockAnchor()
        anchor.robotNs = now
        anchor.utcNs = now + utcStepNs
        anchor.bootID = bootID.bytes
        record("clock", anchor, now)
    }

    /// From a state in which it may move or is about to, into one in which it stops or has stopped (REC-05).
    mutating func keepIncident(_ event: SafetyEvent, _ now: Int64) {
        guard keepsIncidents, event.to.isStop, !event.from.isStop else { return }
        actions.append(.record(.incident(Incident(cause: "\(event.cause.label)", timeNs: now))))
    }

    private mutating func reportRecording(_ now: Int64) {
        var status = RecordingStatus()
        status.recording = episode != nil
        status.bytesWritten = episode?.byteCount ?? 0
        status.fileName = episode.map { "\($0.id).mcap" } ?? ""
        broadcast(status, now)
    }
}

extension SafetyState {
    /// Whether a robot stops, has stopped or has failed here.
    fileprivate var isStop: Bool {
        switch self {
        case .stopping, .settling, .protectiveStop, .emergencyStop, .fault, .fall: true
        default: false
        }
    }
}

/// An episode being recorded.
struct Episode: Sendable {
    let id: String
    /// Whose it is: it ends with the session, or a client that crashed would fill the disk.
    let session: UInt64
    var byteCount: UInt64 = 0
    /// The most severe cause of a stop during the episode.
    var stoppedBy: Cause?
}
