import Foundation
import Testing

/// Golden bytes of one message, with what they mean or why they are refused.
struct Vector: Codable, Equatable, CustomTestStringConvertible {
    var name: String
    var message: String
    /// Hexadecimal.
    var bytes: String
    var accept: Bool
    /// Hexadecimal; absent where the bytes are canonical already.
    var canonical: String?
    /// A JSON object.
    var meaning: String?
    var reason: String?

    var testDescription: String { "\(message): \(name)" }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Conformance/v1/vectors")

    /// Every committed vector, one a line, a file for each message.
    static let all: [Vector] = {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "jsonl" }.sorted { $0.path < $1.path }.flatMap { file in
            try! String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
                try! JSONDecoder().decode(Vector.self, from: Data($0.utf8))
            }
        }
    }()
}
