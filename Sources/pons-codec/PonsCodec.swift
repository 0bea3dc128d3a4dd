import ArgumentParser
import Foundation
import PonsReflection

/// Our codec at the end of a pipe, so that vectors can be run against it as against anybody's.
@main
struct PonsCodec: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pons-codec",
        abstract: "Decodes messages from standard input, one JSON object a line, and answers a line each.",
        discussion: """
            REQUEST    {"id": 1, "message": "TimePing", "bytes": "0905000000000000"}
            ANSWER     {"accept": true, "bytes": "…", "id": 1, "meaning": {"id": 5, …}}
                       {"accept": false, "field": "id", "id": 1, "reason": "MALFORMED"}
                       {"error": "…", "id": 1} where the request itself is wrong

            "bytes" of an accepted message is its canonical form: fields by number, arrays packed,
            defaults left out, unknown fields at the end.
            Vectors: Conformance/v1/vectors.
            """)

    private struct Request: Decodable {
        var id: Int?
        var message: String
        var bytes: String
    }

    func run() {
        while let line = readLine() {
            if line.allSatisfy(\.isWhitespace) { continue }
            print(Self.answer(line))
            fflush(nil)
        }
    }

    private static func answer(_ line: String) -> String {
        guard let request = try? JSONDecoder().decode(Request.self, from: Data(line.utf8)) else {
            return #"{"error": "a request is {\"id\": 1, \"message\": \"NAME\", \"bytes\": \"HEX\"}"}"#
        }
        let id = request.id.map { ", \"id\": \($0)" } ?? ""
        guard let bytes = Hex.bytes(request.bytes) else {
            return "{\"error\": \"bytes are no hexadecimal digits\"\(id)}"
        }
        switch CodecAnswer(of: bytes, as: request.message) {
        case nil: return "{\"error\": \"the schema has no such message\"\(id)}"
        case .accepted(let meaning, let canonical):
            return "{\"accept\": true, \"bytes\": \"\(Hex.text(canonical))\"\(id), \"meaning\": \(meaning)}"
        case .refused(let reason, let field):
            return "{\"accept\": false, \"field\": \"\(field)\"\(id), \"reason\": \"\(reason)\"}"
        }
    }
}
