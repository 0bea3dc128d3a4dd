import ArgumentParser
import Foundation
import PonsPipe

/// Our codec at the end of a pipe, so that vectors can be run against it as against anybody's.
@main
struct PonsCodec: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pons-codec",
        abstract: "Answers for a codec: one JSON object a line on standard input, a line each on standard output.",
        discussion: """
            DECODE     {"id": 1, "message": "TimePing", "bytes": "0905000000000000"}
                       with "validate": true the rules of the schema are checked as well
            OPEN       {"id": 2, "frame": "504f4e53…", "boot_id": "…32 digits", "session_id": "…16 digits"}
            SEAL       {"id": 3, "header": {"type": 64, "counter": 7, …}, "payload": "…", "boot_id": "…", "session_id": "…"}

            ANSWER     {"accept": true, "bytes": "…", "id": 1, "meaning": {"id": 5, …}}
                       {"accept": false, "field": "id", "id": 1, "reason": "MALFORMED"}
                       {"error": "…", "id": 1} where the request itself is wrong

            "bytes" is the canonical form of a decoded message (fields by number, arrays packed, defaults
            left out, unknown fields at the end), the payload of an opened frame, or the sealed frame.
            "meaning" is the message as JSON, or the header of the frame.
            Vectors: Conformance/v1/vectors. A codec of yours: conform check "codec:COMMAND".
            """)

    @Option(help: "Break exactly this requirement: \(CodecFault.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mutant: String?

    func validate() throws {
        guard let mutant, CodecFault(rawValue: mutant) == nil else { return }
        throw ValidationError("no mutant '\(mutant)' of a codec")
    }

    func run() {
        var pipe = CodecPipe(fault: mutant.flatMap(CodecFault.init))
        while let line = readLine() {
            if line.allSatisfy(\.isWhitespace) { continue }
            print(pipe.answer(line))
            fflush(nil)
        }
    }
}
