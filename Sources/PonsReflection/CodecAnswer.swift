import PonsMessages
import PonsVocabulary
import PonsWire

/// What a codec says of bytes: the meaning and the canonical form, or the reason of the refusal. The answer of the codec
/// pipe, and what a vector expects.
public enum CodecAnswer: Equatable, Sendable {
    case accepted(meaning: String, canonical: [UInt8])
    /// - Parameter field: the path in words, or empty where bytes belong to no field.
    case refused(reason: String, field: String)

    /// - Parameter message: the name in the schema, without its package.
    /// - Returns: `nil` for a name the schema does not have.
    public init?(of bytes: [UInt8], as message: String) {
        guard let type = MessageCatalogue.all.first(where: { "\($0.name)" == message }) else { return nil }
        self = Self.answer(bytes, type)
    }

    private static func answer<M: Reflective>(_ bytes: [UInt8], _ type: M.Type) -> CodecAnswer {
        do throws(WireError) {
            let message = try M(decoding: bytes)
            return .accepted(meaning: message.json, canonical: message.encoded())
        } catch {
            return .refused(reason: "\(error.rejectReason.label)", field: M.describe(error.path))
        }
    }
}
