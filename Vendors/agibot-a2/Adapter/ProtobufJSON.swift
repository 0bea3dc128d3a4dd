import Foundation

/// JSON as protobuf maps it: fields may be called `ext_action` or `extAction`.
public enum ProtobufJSON {
    public static func bytes(_ message: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        // Texts, numbers and truths alone: there is nothing that JSON couldn't say.
        return (try? encoder.encode(message)).map(Array.init) ?? []
    }

    /// `nil` for what isn't such a message.
    public static func message<Message: Decodable>(_ type: Message.Type, _ bytes: [UInt8]) -> Message? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(type, from: Data(bytes))
    }
}
