import SwiftProtobufPluginLibrary

/// For the tests: whether a view shows what the decoded message holds, field by field.
enum MatchingSource {
    static func file(_ file: FileDescriptor, _ messages: [MessageModel]) -> String {
        var source = Source(generatedFrom: file.name)
        source.lines(["", "import PonsMessages", "import PonsViews", "import PonsWire"])
        for message in messages {
            source.line()
            declare(message, "\(message.name)View: MatchableView", &source)
            if SpinalModel.isSpinal(message) { learned(message, &source) }
        }
        return source.text
    }

    private static func declare(_ message: MessageModel, _ head: String, _ source: inout Source) {
        source.block("extension \(head)") { source in
            source.block("func differs(from message: \(message.name)) -> String?") { source in
                for field in message.fields { compare(field, &source) }
                for oneof in message.oneofs { compare(oneof, &source) }
                source.line("return nil")
            }
        }
    }

    /// A learned view comes of a memory, and is not made from bytes alone.
    private static func learned(_ message: MessageModel, _ source: inout Source) {
        source.line()
        declare(message, "Learned\(message.name)View", &source)
        source.line()
        source.block("extension Learned\(message.name): MatchableMemory") { source in
            source.block("mutating func matching(_ bytes: [UInt8]) -> Matching") { source in
                source.block("Matching.of(bytes, \(message.name).self)") { source in
                    source.lines([
                        "(span, decoded) throws(WireError) in",
                        "guard let view = try self.view(span) else { return .inPieces }",
                        "guard let decoded else { return .different(\"viewed, but refused\") }",
                        "return view.differs(from: decoded).map { .different($0) } ?? .same",
                    ])
                }
            }
        }
    }

    static func table(_ messages: [MessageModel]) -> String {
        var source = Source(generatedFrom: "pons/v1/*.proto")
        source.lines(["", "import PonsMessages", "import PonsViews", ""])
        source.block("extension Matching") { source in
            source.line("/// What a view and the owned message make of bytes, for every message of the schema.")
            source.line("static let all: [String: @Sendable ([UInt8]) -> Matching] = [")
            for message in messages {
                source.line("    \"\(message.name)\": { of($0, \(message.name)View.self, \(message.name).self) },")
            }
            source.line("]")
        }
        return source.text
    }

    private static func compare(_ field: FieldModel, _ source: inout Source) {
        if case .oneof = field.presence { return }
        let name = "self.\(field.property)"
        let other = "message.\(field.property)"
        let here = "return \"\(field.descriptor.name)\""
        if field.isMessage, !field.isRepeated {
            source.block("if let view = \(name)") { source in
                source.line("guard let value = \(other) else { \(here) }")
                source.line("if let inner = view.differs(from: value) { return \"\(field.descriptor.name).\" + inner }")
            }
            source.line("else if \(other) != nil { \(here) }")
            return
        }
        source.line("if !same(\(name), \(other)) { \(here) }")
    }

    private static func compare(_ oneof: OneofDescriptor, _ source: inout Source) {
        let name = Names.property(oneof.name)
        source.line("switch self.\(name) {")
        for field in oneof.fields.map(FieldModel.init) {
            source.cases(".\(field.property)(let view)?") { source in
                source.line(
                    "guard case .\(field.property)(let value)? = message.\(name) else { return \"\(oneof.name)\" }")
                source.line(
                    field.isMessage
                        ? "if let inner = view.differs(from: value) { return \"\(field.descriptor.name).\" + inner }"
                        : "if !same(view, value) { return \"\(field.descriptor.name)\" }")
            }
        }
        source.line("case nil: if message.\(name) != nil { return \"\(oneof.name)\" }")
        source.line("}")
    }
}
