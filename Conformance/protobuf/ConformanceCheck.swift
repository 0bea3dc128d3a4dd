import PonsMessages
import PonsWire

/// Properties of the codec that hold for any bytes taken for the test message; for tests and fuzzing.
public enum ConformanceCheck {
    /// What is wrong, or `nil`: the encoding of what was decoded must decode to the same.
    public static func finding(_ bytes: [UInt8]) -> String? {
        guard let message = try? TestAllTypesProto3(decoding: bytes) else { return nil }
        let canonical = message.encoded()
        if canonical.count != message.encodedSize { return "encodedSize is wrong" }
        guard let again = try? TestAllTypesProto3(decoding: canonical) else {
            return "its own encoding does not decode"
        }
        return again.encoded() == canonical ? nil : "the canonical form is not stable"
    }
}
