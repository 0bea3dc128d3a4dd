public import ConformJudge
import Foundation

/// The byte-level vectors of the suite, as questions with the answers they expect.
public enum CodecVectors {
    struct Question {
        let name: String
        /// One line of JSON.
        let request: String
        let expected: CodecExchange.Answer
    }

    /// Sets of vectors by the name tests use.
    static let sets = ["messages", "rules", "frames", "sealing"]

    /// - Throws: what is wrong with a file of the suite.
    static func questions(_ set: String, root: URL) throws(StageError) -> [Question] {
        let folder = root.appending(path: "Conformance/v1/vectors")
        switch set {
        case "messages": return try entries(in: folder).map { message($0, validates: false) }
        case "rules": return try entries(in: folder.appending(path: "rules")).map { message($0, validates: true) }
        case "frames": return try entries(in: folder.appending(path: "frames")).map(opening)
        default: return try entries(in: folder.appending(path: "frames")).compactMap(sealing)
        }
    }

    private static func entries(in folder: URL) throws(StageError) -> [[String: Any]] {
        var entries: [[String: Any]] = []
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        for file in files.filter({ $0.pathExtension == "jsonl" }).sorted(by: { $0.path < $1.path }) {
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            for (index, line) in text.split(separator: "\n").enumerated() {
                guard let entry = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                    throw StageError(
                        "\(file.lastPathComponent), line \(index + 1) is no vector", hint: "git checkout brings it back"
                    )
                }
                entries.append(entry)
            }
        }
        return entries
    }

    private static func message(_ entry: [String: Any], validates: Bool) -> Question {
        var request: [String: Any] = ["message": text(entry, "message"), "bytes": text(entry, "bytes")]
        if validates { request["validate"] = true }
        var expected = CodecExchange.Answer(accepts: entry["accept"] as? Bool ?? false)
        expected.reason = text(entry, "reason")
        if expected.accepts {
            let meaning = (entry["meaning"] as? String).map { Data($0.utf8) } ?? Data("{}".utf8)
            expected.meaning = normalised((try? JSONSerialization.jsonObject(with: meaning)) ?? [:])
            expected.bytes = entry["canonical"] as? String ?? text(entry, "bytes")
        }
        return Question(
            name: "\(text(entry, "message")): \(text(entry, "name"))", request: normalised(request), expected: expected)
    }

    private static func opening(_ entry: [String: Any]) -> Question {
        let request = ["frame", "boot_id", "session_id"].reduce(into: [String: Any]()) { $0[$1] = entry[$1] }
        var expected = CodecExchange.Answer(accepts: entry["accept"] as? Bool ?? false)
        expected.reason = text(entry, "reason")
        if expected.accepts {
            expected.meaning = normalised(entry["header"] ?? [:])
            expected.bytes = text(entry, "payload")
        }
        return Question(name: text(entry, "name"), request: normalised(request), expected: expected)
    }

    private static func sealing(_ entry: [String: Any]) -> Question? {
        guard entry["accept"] as? Bool == true else { return nil }
        let members = ["header", "payload", "boot_id", "session_id"]
        let request = members.reduce(into: [String: Any]()) { $0[$1] = entry[$1] }
        var expected = CodecExchange.Answer(accepts: true)
        expected.bytes = text(entry, "frame")
        return Question(name: text(entry, "name"), request: normalised(request), expected: expected)
    }

    /// What a codec answered; `nil` where it is not in the form of the pipe.
    public static func answer(_ line: String) -> CodecExchange.Answer? {
        guard let entry = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any],
            let accepts = entry["accept"] as? Bool
        else { return nil }
        var answer = CodecExchange.Answer(accepts: accepts)
        answer.reason = text(entry, "reason")
        answer.bytes = text(entry, "bytes").lowercased()
        answer.meaning = normalised(entry["meaning"] ?? [:])
        return answer
    }

    private static func text(_ entry: [String: Any], _ key: String) -> String { entry[key] as? String ?? "" }

    /// JSON with sorted keys: two texts of the same value are the same.
    private static func normalised(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
