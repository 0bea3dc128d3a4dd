import PonsMessages
import PonsVocabulary
import PonsWire

/// What a codec says of bytes: the meaning and the canonical form, or the reason of the refusal. The answer of the codec
/// pipe, and what a vector expects.
public enum CodecAnswer: Equatable, Sendable {
    case accepted(meaning: String, canonical: [UInt8])
    /// - Parameter field: the path in words, or empty where bytes belong to no field.
    case refused(reason: String, field: String)

    /// - Parameters:
    ///   - message: the name in the schema, without its package.
    ///   - validates: whether the rules of the schema must hold as well.
    /// - Returns: `nil` for a name the schema does not have.
    public init?(of bytes: [UInt8], as message: String, validates: Bool = false) {
        guard let type = MessageCatalogue.all.first(where: { "\($0.name)" == message }) else { return nil }
        self = Self.answer(bytes, type, validates)
    }

    private static func answer<M: Reflective>(
        _ bytes: [UInt8], _ type: M.Type, _ validates: Bool
    ) -> CodecAnswer {
        let message: M
        do throws(WireError) { message = try M(decoding: bytes) } catch {
            return .refused(reason: "\(error.rejectReason.label)", field: M.describe(error.path))
        }
        do throws(Violation) { if validates { try message.validate(ValidationContext(jointCount: 0)) } } catch {
            return .refused(reason: "\(error.reason.label)", field: M.describe(error.path))
        }
        return .accepted(meaning: message.json, canonical: message.encoded())
    }
}
