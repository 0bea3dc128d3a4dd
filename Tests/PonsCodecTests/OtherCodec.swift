import CSecondCodec
import ThirdCodec

/// Codecs that share no code with ours.
enum OtherCodec: String, CaseIterable {
    case protobufC = "protobuf-c"
    case swiftProtobuf = "swift-protobuf"

    /// What this codec makes of the bytes: the message in canonical form, or `nil` where it is refused.
    func recode(_ bytes: [UInt8], as name: String) -> [UInt8]? {
        switch self {
        case .protobufC: recodeInC(bytes, as: name)
        case .swiftProtobuf: ThirdCodec.recode(bytes, as: name)
        }
    }

    private func recodeInC(_ bytes: [UInt8], as name: String) -> [UInt8]? {
        var result: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = second_codec_recode(name, bytes, bytes.count, &result, &count)
        defer { second_codec_free(result) }
        precondition(status != SECOND_CODEC_NO_SUCH_MESSAGE, "the second codec does not know \(name)")
        guard status == SECOND_CODEC_OK else { return nil }
        return Array(UnsafeBufferPointer(start: result, count: count))
    }
}
