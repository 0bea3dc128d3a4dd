import PonsSchema
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The messages and enumerations of a schema that is not the standard's, for a module that imports PonsMessages.
enum ForeignSource {
    /// `google/protobuf/any.proto` → `any.pons.swift`
    static func fileName(_ file: FileDescriptor) -> String {
        file.name.split(separator: "/").last!.dropLast(".proto".count) + ".pons.swift"
    }

    static func file(_ file: FileDescriptor) throws -> String {
        var source = Source(generatedFrom: file.name)
        source.line()
        source.line("public import PonsMessages")
        source.line("public import PonsWire")
        for descriptor in file.enums { VocabularySource.declare(descriptor, &source) }
        for descriptor in file.messages { try declare(descriptor, &source) }
        return source.text
    }

    private static func declare(_ descriptor: Descriptor, _ source: inout Source) throws {
        if descriptor.options.mapEntry { return }
        let message = MessageModel(descriptor)
        if message.rule.strict && !message.countsSingular && !message.fields.isEmpty {
            throw GeneratorError("\(descriptor.fullName): a strict message has at most 64 fields")
        }
        MessageSource.declare(message, &source)
        for nested in descriptor.enums { VocabularySource.declare(nested, &source) }
        for nested in descriptor.messages { try declare(nested, &source) }
    }
}
