import Foundation
import PonsMessages
import PonsPort
import PonsRecording
import PonsRobot

/// Writes recordings and incidents into a folder, on a thread of its own: the robot hands over and never waits (REC-07).
final class RecordingFolder: Sendable {
    /// Messages that may wait for the disk; what comes on top is dropped and counted.
    private static let backlogLimit = 20_000
    /// Of a robot that stops all day the oldest incidents go; some 10 MB each.
    private static let incidentLimit = 100

    /// What waits for the disk.
    private struct Backlog {
        var waiting = 0
        var dropped = 0
    }

    /// Touched by the queue alone.
    private struct Files {
        var writer: RecordingWriter
        var episode: FileHandle?
        var recorder: IncidentRecorder
        var incident: FileHandle?
    }

    private let folder: URL
    private let backlog = Guarded(Backlog())
    private let files: Guarded<Files>
    private let queue = DispatchQueue(label: "recordings")

    /// - Throws: where the folder can't be made.
    init(_ folder: URL, schemaSet: [UInt8]) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        files = Guarded(
            Files(writer: RecordingWriter(schemaSet: schemaSet), recorder: IncidentRecorder(schemaSet: schemaSet)))
    }

    func carryOut(_ action: RecordingAction) {
        let isTaken = backlog.withLock { backlog in
            if case .message = action, backlog.waiting >= Self.backlogLimit {
                backlog.dropped += 1
                return false
            }
            backlog.waiting += 1
            return true
        }
        if isTaken { queue.async { self.write(action) } }
    }

    /// Everything handed over so far is on disk when this returns.
    func finish() { queue.sync {} }

    private func write(_ action: RecordingAction) {
        backlog.withLock { $0.waiting -= 1 }
        files.withLock { files in
            writeEpisode(action, &files)
            writeIncident(files.recorder.carryOut(action), &files.incident)
        }
    }

    private func writeEpisode(_ action: RecordingAction, _ files: inout Files) {
        if case .begin(let control, _, _) = action {
            files.episode = file(named: control.episodeID.isEmpty ? "episode" : control.episodeID)
        }
        append(files.writer.carryOut(action), to: &files.episode)
        guard case .end = action else { return }
        close(&files.episode)
    }

    private func writeIncident(_ step: IncidentRecorder.Step, _ file: inout FileHandle?) {
        if step.opensFile {
            file = self.file(
                named: "incident-\(Date().formatted(.iso8601.timeSeparator(.omitted).dateSeparator(.omitted)))")
            dropOldIncidents()
        }
        append(step.bytes, to: &file)
        // Power may go next.
        if !step.bytes.isEmpty { try? file?.synchronize() }
        if step.closesFile { close(&file) }
    }

    private func append(_ bytes: [UInt8], to file: inout FileHandle?) {
        guard !bytes.isEmpty else { return }
        do { try file?.write(contentsOf: Data(bytes)) } catch {
            report("recording lost: \(error.localizedDescription)")
            file = nil
        }
    }

    private func close(_ file: inout FileHandle?) {
        try? file?.close()
        file = nil
        let dropped = backlog.withLock { backlog in
            defer { backlog.dropped = 0 }
            return backlog.dropped
        }
        if dropped > 0 { report("\(dropped) messages of the recording were dropped: the disk is too slow") }
    }

    private func dropOldIncidents() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let incidents = names.filter { $0.hasPrefix("incident-") && $0.hasSuffix(".mcap") }.sorted()
        for name in incidents.dropLast(Self.incidentLimit) {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    /// A file that did not exist before.
    private func file(named stem: String) -> FileHandle? {
        var number = 1
        var url = folder.appending(path: "\(stem).mcap")
        while FileManager.default.fileExists(atPath: url.path) {
            number += 1
            url = folder.appending(path: "\(stem)-\(number).mcap")
        }
        guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
            report("can't write to \(url.path)")
            return nil
        }
        return try? FileHandle(forWritingTo: url)
    }

    private func report(_ text: String) { FileHandle.standardError.write(Data("pons-sim: \(text)\n".utf8)) }

    /// The schema, from the checkout that the program lies in.
    static func schemaSet() -> [UInt8]? {
        Checkout.above(Checkout.programFolder).lazy
            .compactMap { try? Data(contentsOf: $0.appending(path: "Spec/v1/pons-v1.binpb")) }.first.map(Array.init)
    }
}
