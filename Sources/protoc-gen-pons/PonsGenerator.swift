import Crypto
import Foundation
import PonsSchema
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Turns the schema into everything that must agree with it: vocabulary, messages with validators, reflection, and the
/// field reference of the spec. Run by `scripts/generate`; the output is committed.
///
/// A schema of another package, a vendor's own messages for instance, becomes one file of messages each.
@main
struct PonsGenerator: CodeGenerator {
    static func main() { PonsGenerator().main(nil) }

    var supportedFeatures: [Google_Protobuf_Compiler_CodeGeneratorResponse.Feature] { [.proto3Optional] }
    var supportedEditionRange: ClosedRange<Google_Protobuf_Edition> { .proto3 ... .proto3 }
    var customOptionExtensions: [any AnyMessageExtension] {
        [Pons_V1_Extensions_rule, Pons_V1_Extensions_message, Pons_V1_Extensions_text]
    }

    func generate(
        files: [FileDescriptor], parameter: any CodeGeneratorParameter,
        protoCompilerContext: any ProtoCompilerContext, generatorOutputs: any GeneratorOutputs
    ) throws {
        for file in files where file.package != Names.standardPackage {
            try generatorOutputs.add(fileName: ForeignSource.fileName(file), contents: try ForeignSource.file(file))
        }
        let files = files.filter { $0.package == Names.standardPackage }
        if files.isEmpty { return }
        let all = files.flatMap(\.messages).filter { !Names.isOptionType($0) }.map(MessageModel.init)
        try checkTypeIDs(all)
        if let map = all.flatMap(\.fields).first(where: \.isMap) {
            throw GeneratorError(
                "\(map.descriptor.fullName): the standard has no maps, a repeated message says the same")
        }
        for file in files {
            let base = Names.base(of: file)
            let enums = file.enums + file.messages.flatMap(\.enums)
            if !enums.isEmpty {
                try generatorOutputs.add(
                    fileName: "Sources/PonsVocabulary/Generated/\(base)+Enums.swift",
                    contents: VocabularySource.file(file, enums))
            }
            let messages = file.messages.filter { !Names.isOptionType($0) }.map(MessageModel.init)
            if messages.isEmpty { continue }
            try generatorOutputs.add(
                fileName: "Sources/PonsMessages/Generated/\(base)+Messages.swift",
                contents: MessageSource.file(file, messages))
            try generatorOutputs.add(
                fileName: "Sources/PonsViews/Generated/\(base)+Views.swift",
                contents: ViewSource.file(file, messages))
            try generatorOutputs.add(
                fileName: "Tests/PonsCodecTests/Generated/\(base)+Matching.swift",
                contents: MatchingSource.file(file, messages))
            let spinal = messages.filter(SpinalModel.isSpinal).map(SpinalModel.init)
            if !spinal.isEmpty {
                try generatorOutputs.add(
                    fileName: "Sources/PonsSpinal/Generated/\(base)+Spinal.swift",
                    contents: SpinalSource.file(file, spinal))
                try generatorOutputs.add(
                    fileName: "Sources/PonsViews/Generated/\(base)+Learned.swift",
                    contents: LearnedSource.file(file, spinal))
            }
            try generatorOutputs.add(
                fileName: "Sources/PonsReflection/Generated/\(base)+Reflection.swift",
                contents: ReflectionSource.file(file, messages))
        }
        try generatorOutputs.add(
            fileName: "Sources/PonsVocabulary/Generated/MessageType.swift",
            contents: CatalogueSource.messageTypes(all, fingerprint: try fingerprint(of: files)))
        try generatorOutputs.add(
            fileName: "Tests/PonsCodecTests/Generated/Matching+All.swift", contents: MatchingSource.table(all))
        try generatorOutputs.add(
            fileName: "Sources/PonsReflection/Generated/MessageCatalogue.swift",
            contents: CatalogueSource.catalogue(all))
        try generatorOutputs.add(
            fileName: "Vendors/kit-c/generated/pons_schema.h", contents: CTableSource.header(all))
        try generatorOutputs.add(
            fileName: "Vendors/kit-c/generated/pons_schema.c",
            contents: try CTableSource.file(all, fingerprint: try fingerprint(of: files)))
        try generatorOutputs.add(fileName: "Spec/v1/reference.md", contents: FieldReference.markdown(files))
    }

    /// SHA-256 over the descriptors of all files, comments left out: what both ends compare in the handshake (VER-04).
    private func fingerprint(of files: [FileDescriptor]) throws -> [UInt8] {
        var hash = SHA256()
        for file in files.sorted(by: { $0.name < $1.name }) {
            hash.update(data: try file.extractProto().serializedData())
        }
        return Array(hash.finalize())
    }

    private func checkTypeIDs(_ messages: [MessageModel]) throws {
        var seen: [UInt32: String] = [:]
        for message in messages where message.typeID != 0 {
            if let other = seen.updateValue(message.name, forKey: message.typeID) {
                throw GeneratorError(
                    "\(message.name) and \(other) share type id \(message.typeID); ids are never reused")
            }
        }
    }
}

struct GeneratorError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
