import Foundation
import SwiftProtobuf

/// The schema as the compiler wrote it, independent of our generator.
struct Schema: Sendable {
    typealias Message = Google_Protobuf_DescriptorProto
    typealias Field = Google_Protobuf_FieldDescriptorProto

    let messages: [String: Message]
    let enums: [String: [Int32]]
    /// Command and safety messages, which follow the stricter rules.
    let names: [String]

    static let shared = Schema()

    private init() {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let bytes = try! Data(contentsOf: root.appending(path: "Spec/v1/pons-v1.binpb"))
        let set = try! Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
        var messages: [String: Message] = [:]
        var enums: [String: [Int32]] = [:]
        for file in set.file where file.package == "pons.v1" {
            for message in file.messageType { messages["pons.v1.\(message.name)"] = message }
            for value in file.enumType { enums[".pons.v1.\(value.name)"] = value.value.map(\.number) }
        }
        for rule in ["FieldRule", "MessageRule", "Text"] { messages["pons.v1.\(rule)"] = nil }
        self.messages = messages
        self.enums = enums
        names = messages.keys.sorted()
    }
}
