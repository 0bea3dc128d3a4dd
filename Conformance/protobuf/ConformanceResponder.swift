import PonsMessages
import PonsWire

/// Our codec, as the protobuf project's conformance runner asks it: one request, one response.
///
/// The codec is a binary one: JSON and text are answered with `skipped`, as are messages of other schemas than proto3's.
public enum ConformanceResponder {
    static let testMessage = "protobuf_test_messages.proto3.TestAllTypesProto3"

    /// - Parameter request: a `ConformanceRequest`. Returns the bytes of a `ConformanceResponse`.
    public static func answer(_ request: [UInt8]) -> [UInt8] {
        var response = ConformanceResponse()
        do throws(WireError) {
            response.result = result(of: try ConformanceRequest(decoding: request))
        } catch {
            response.result = .runtimeError("the request can't be read: \(error)")
        }
        return response.encoded()
    }

    private static func result(of request: ConformanceRequest) -> ConformanceResponse.Result {
        // The runner asks for the list of failures it should expect; there are none.
        if request.messageType == "conformance.FailureSet" { return .protobufPayload(FailureSet().encoded()) }
        guard request.messageType == testMessage else { return .skipped("only \(testMessage)") }
        guard case .protobufPayload(let payload)? = request.payload, request.requestedOutputFormat == .protobuf else {
            return .skipped("only the binary format")
        }
        do throws(WireError) {
            return .protobufPayload(try TestAllTypesProto3(decoding: payload).encoded())
        } catch {
            return .parseError("\(error.kind) at byte \(error.offset), \(TestAllTypesProto3.describe(error.path))")
        }
    }
}
