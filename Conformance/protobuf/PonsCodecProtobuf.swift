import Foundation

/// The conformance protocol of the protobuf project on standard input and output: each message has its length, four bytes
/// little-endian, in front. Answers for TestAllTypesProto3 in the binary format; JSON and text are answered `skipped`.
///
/// Point the runner at it: `conformance_test_runner --enforce_recommended pons-codec-protobuf`.
@main
enum PonsCodecProtobuf {
    /// The runner's largest request is far below; a length beyond it is a broken pipe.
    private static let largestRequest = 64 << 20

    static func main() {
        do {
            while let request = try nextRequest() {
                let response = ConformanceResponder.answer(request)
                let size = UInt32(response.count)
                let prefix = (0..<4).map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) }
                try FileHandle.standardOutput.write(contentsOf: prefix + response)
            }
        } catch {
            FileHandle.standardError.write(Data("pons-codec-protobuf: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func nextRequest() throws -> [UInt8]? {
        guard let head = try read(4) else { return nil }
        let length = head.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= largestRequest else {
            throw PipeError(description: "a request of \(length) bytes; is this the conformance protocol?")
        }
        guard length > 0 else { return [] }
        guard let request = try read(length) else {
            throw PipeError(description: "the input ended before a request of \(length) bytes")
        }
        return request
    }

    /// The next `count` bytes, or `nil` at the end of the input.
    private static func read(_ count: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let more = try FileHandle.standardInput.read(upToCount: count - bytes.count), !more.isEmpty else {
                if bytes.isEmpty { return nil }
                throw PipeError(description: "the input ended after \(bytes.count) of \(count) bytes")
            }
            bytes += more
        }
        return bytes
    }
}

struct PipeError: Error, CustomStringConvertible {
    let description: String
}
