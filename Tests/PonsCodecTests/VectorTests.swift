import Foundation
import PonsMessages
import PonsReflection
import Testing

/// The committed vectors, against our codec, the second codec, and our codec at the end of a pipe.
@Suite struct VectorTests {
    /// Writes the files that do not exist yet, where asked to; what exists is never touched.
    @Test func `every message has vectors`() throws {
        for type in MessageCatalogue.all {
            let file = Vector.folder.appending(path: "\(type.name).jsonl")
            if !FileManager.default.fileExists(atPath: file.path),
                ProcessInfo.processInfo.environment["PONS_WRITE_VECTORS"] == "1"
            {
                try FileManager.default.createDirectory(at: Vector.folder, withIntermediateDirectories: true)
                try Self.authored(type).write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(FileManager.default.fileExists(atPath: file.path), "no vectors for \(type.name)")
        }
    }

    private static func authored(_ type: any Reflective.Type) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try VectorAuthor("\(type.name)", isStrict: type.isStrict).drafts.map { draft in
            var vector = Vector(
                name: draft.name, message: "\(type.name)", bytes: Hex.text(draft.bytes), accept: draft.canonical != nil)
            vector.reason = draft.reason
            if let canonical = draft.canonical {
                if canonical != draft.bytes { vector.canonical = Hex.text(canonical) }
                if case .accepted(let meaning, _) = CodecAnswer(of: canonical, as: "\(type.name)") {
                    vector.meaning = meaning
                }
            }
            return String(decoding: try encoder.encode(vector), as: UTF8.self) + "\n"
        }.joined()
    }

    @Test func `our codec accepts, means and refuses what the vectors say`() {
        #expect(Vector.all.count > 1000)
        for vector in Vector.all {
            let answer = CodecAnswer(of: Hex.bytes(vector.bytes)!, as: vector.message)
            switch answer {
            case .accepted(let meaning, let canonical):
                #expect(vector.accept, "\(vector.testDescription) must be refused")
                #expect(meaning == vector.meaning, "\(vector.testDescription)")
                #expect(Hex.text(canonical) == vector.canonical ?? vector.bytes, "\(vector.testDescription)")
            case .refused(let reason, _):
                #expect(!vector.accept && reason == vector.reason, "\(vector.testDescription): \(reason)")
            case nil: Issue.record("no message \(vector.message)")
            }
        }
    }

    @Test(arguments: OtherCodec.allCases)
    func `every codec means the same by every accepted vector`(other: OtherCodec) {
        for vector in Vector.all where vector.accept {
            let canonical = other.recode(Hex.bytes(vector.bytes)!, as: "pons.v1.\(vector.message)")
            let agrees = canonical.map(Hex.text) == vector.canonical ?? vector.bytes
            let difference = Self.refused[other]?["\(vector.message), \(vector.name)"]
            #expect(agrees == (difference == nil), "\(vector.testDescription): \(difference ?? "must agree")")
        }
    }

    /// Legal bytes that protobuf-c 1.4 refuses; DifferentialTests lists the same differences.
    private static let refused: [OtherCodec: [String: String]] = [
        .protobufC: [
            "PlanNode, timeout as varint is an unknown field": "a known field of another wire type",
            "Pose, position in two pieces": "a sub-message in two parts that holds optional fields",
        ]
    ]

    @Test(.timeLimit(.minutes(1))) func `the pipe answers every vector, and nonsense with an error`() throws {
        let products =
            Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?.deletingLastPathComponent()
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let program = products.appending(path: "pons-codec")
        let folder = FileManager.default.temporaryDirectory.appending(path: "pons-pipe-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
        let nonsense = ["{", "{\"message\":\"Nope\",\"bytes\":\"\"}", "{\"message\":\"Hello\",\"bytes\":\"0g\"}", "[]"]
        let requests = Vector.all.enumerated().map {
            "{\"id\":\($0.offset),\"message\":\"\($0.element.message)\",\"bytes\":\"\($0.element.bytes)\"}"
        }
        try (requests + nonsense).joined(separator: "\n").write(to: input, atomically: true, encoding: .utf8)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = program
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
        }
        try #require(lines.count == requests.count + nonsense.count)
        for (index, vector) in Vector.all.enumerated() {
            #expect(lines[index]["id"] as? Int == index && lines[index]["accept"] as? Bool == vector.accept)
            #expect(lines[index]["reason"] as? String == vector.reason)
        }
        for line in lines.suffix(nonsense.count) { #expect(line["error"] is String) }
    }
}
