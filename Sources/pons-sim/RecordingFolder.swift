import Foundation
import PonsMessages
import PonsPort
import PonsRecording
import PonsRobot

/// Writes recordings into a folder, on a thread of its own: the robot hands over and never waits (REC-07).
final class RecordingFolder: Sendable {
    /// Messages that may wait for the disk; what comes on top is dropped and counted.
    private static let backlogLimit = 20_000

    private struct Desk {
        var writer: RecordingWriter
        var handle: FileHandle?
        var waiting = 0
        var dropped = 0
    }

    private let folder: URL
    private let desk: Guarded<Desk>
    private let queue = DispatchQueue(label: "recordings")

    /// - Throws: where the folder can't be made.
    init(_ folder: URL, schemaSet: [UInt8]) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        desk = Guarded(Desk(writer: RecordingWriter(schemaSet: schemaSet)))
    }

    func carryOut(_ action: RecordingAction) {
        let isTaken = desk.withLock { desk in
            if case .message = action, desk.waiting >= Self.backlogLimit {
                desk.dropped += 1
                return false
            }
            desk.waiting += 1
            return true
        }
        if isTaken { queue.async { self.write(action) } }
    }

    /// Everything handed over so far is on disk when this returns.
    func finish() { queue.sync {} }

    private func write(_ action: RecordingAction) {
        let (bytes, open) = desk.withLock { desk -> ([UInt8], FileHandle?) in
            desk.waiting -= 1
            if case .begin(let control, _, _) = action { desk.handle = file(named: control.episodeID) }
            return (desk.writer.carryOut(action), desk.handle)
        }
        do { if !bytes.isEmpty { try open?.write(contentsOf: Data(bytes)) } } catch {
            report("recording lost: \(error.localizedDescription)")
            desk.withLock { $0.handle = nil }
        }
        guard case .end = action else { return }
        try? open?.close()
        let dropped = desk.withLock { desk in
            defer { (desk.handle, desk.dropped) = (nil, 0) }
            return desk.dropped
        }
        if dropped > 0 { report("\(dropped) messages of the recording were dropped: the disk is too slow") }
    }

    /// A file that did not exist before.
    private func file(named name: String) -> FileHandle? {
        let stem = name.isEmpty ? "episode" : name
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
