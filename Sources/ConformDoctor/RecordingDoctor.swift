public import Foundation
import PonsRecording

/// Opens a recording before it is judged.
public enum RecordingDoctor {
    public static func examine(_ url: URL) -> Finding {
        guard let data = try? Data(contentsOf: url) else {
            return .fault("FILE-MISSING", "\(url.path) can't be read", fix: "check the path and its permissions")
        }
        let reader = MCAPReader(Array(data))
        if reader.profile.isEmpty {
            return .fault(
                "FILE-NOT-MCAP", reader.problems.first ?? "it is no MCAP file",
                fix: "an MCAP file of profile pons/1 is needed")
        }
        if reader.profile != "pons/1" {
            return .fault(
                "FILE-PROFILE", "the profile is '\(reader.profile)', not pons/1",
                fix: "record with the topics of part REC")
        }
        return .ok("FILE", "\(reader.messages.count) messages in \(reader.chunks.count) chunks")
    }
}
