import SwiftProtobuf

/// The messages and enumerations of a schema by name, from a serialised FileDescriptorSet.
public struct SchemaSet: Sendable {
    public struct Malformed: Error, Sendable {
        public let description: String
    }

    let messages: [String: Google_Protobuf_DescriptorProto]
    let enums: [String: Google_Protobuf_EnumDescriptorProto]

    /// - Parameter package: whose messages are meant; `google.protobuf`, say, is left out.
    public init(_ bytes: [UInt8], package: String = "pons.v1") throws(Malformed) {
        let extensions: SimpleExtensionMap = [
            Pons_V1_Extensions_rule, Pons_V1_Extensions_message, Pons_V1_Extensions_text,
        ]
        let set: Google_Protobuf_FileDescriptorSet
        do { set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes, extensions: extensions) } catch {
            throw Malformed(description: "no serialised FileDescriptorSet: \(error)")
        }
        var messages: [String: Google_Protobuf_DescriptorProto] = [:]
        var enums: [String: Google_Protobuf_EnumDescriptorProto] = [:]
        for file in set.file where file.package == package {
            // Messages that only extend descriptors are never on a wire.
            let isAboutSchemas = file.dependency.contains("google/protobuf/descriptor.proto")
            for message in file.messageType where !isAboutSchemas { messages[message.name] = message }
            for enumeration in file.enumType { enums[enumeration.name] = enumeration }
        }
        guard !messages.isEmpty else { throw Malformed(description: "no message of package \(package)") }
        (self.messages, self.enums) = (messages, enums)
    }

    public var messageCount: Int { messages.count }
}
