import PonsSchema
import SwiftProtobufPluginLibrary

/// Owned message types: storage, decoding, encoding, validation.
enum MessageSource {
    static func file(_ file: FileDescriptor, _ messages: [MessageModel]) -> String {
        var source = Source(generatedFrom: file.name)
        source.line()
        if messages.contains(where: { $0.isFrame || $0.fields.contains(where: \.isEnum) }) {
            source.line("public import PonsVocabulary")
        }
        source.line("public import PonsWire")
        for message in messages { declare(message, &source) }
        return source.text
    }

    static func declare(_ message: MessageModel, _ source: inout Source) {
        source.line()
        source.declaration(message.name) { name, source in
            source.comment(message.descriptor)
            let conformance =
                message.payload != nil ? "PayloadMessage" : message.isFrame ? "FrameMessage" : "WireMessage"
            source.block("public struct \(Names.declared(name)): \(conformance)") { source in
                storage(message, &source)
                decode(message, &source)
                encode(message, &source)
                ValidationSource.validate(message, &source)
            }
        }
    }

    // MARK: Storage

    private static func storage(_ message: MessageModel, _ source: inout Source) {
        source.line("public static var name: StaticString { \"\(message.name)\" }")
        if message.isFrame {
            source.line("public static var type: MessageType { .\(Names.property(snake(message.name))) }")
        }
        source.line("public static var isStrict: Bool { \(message.rule.strict) }")
        source.line()
        var writtenOneofs: Set<String> = []
        for field in message.fields {
            if case .oneof(let name) = field.presence {
                if writtenOneofs.insert(name).inserted {
                    source.line("public var \(name): \(field.propertyType) = nil")
                }
                continue
            }
            source.comment(field.descriptor)
            if field.isRecursive { source.line("@Indirect") }
            source.line("public var \(Names.declared(field.property)): \(field.propertyType) = \(field.initialValue)")
        }
        source.line("public var unknownFields = UnknownFields()")
        for oneof in message.oneofs {
            let name = Names.property(oneof.name)
            source.line()
            source.block("public enum \(Names.capitalised(name)): Equatable, Sendable") {
                source in
                for field in oneof.fields.map(FieldModel.init) {
                    // A message in place would make every value as large as the largest, and each is moved many times.
                    let indirect = field.isMessage ? "indirect " : ""
                    source.line("\(indirect)case \(Names.declared(field.property))(\(field.elementType))")
                }
            }
        }
        source.line()
        source.line("public init() {}")
        source.line()
    }

    static func snake(_ name: String) -> String { Names.shouting(name).lowercased() }

    // MARK: Decoding

    private static func decode(_ message: MessageModel, _ source: inout Source) {
        let decoding = DecodingSource(
            message: message, predicted: "public mutating func decode", general: "public mutating func merge",
            read: { read($0, "merge", &$1) }, readFirst: { read($0, "decode", &$1) }, absent: absent,
            readWhole: readWhole)
        let begin = message.oneofs.map { "self.\(Names.property($0.name)) = nil" }
        decoding.chain(
            begin: begin + ["if !unknownFields.isEmpty { unknownFields.removeAll() }"], &source)
        decoding.loop(
            isKnown: "Self.fieldName(tag.number) != nil",
            unknown: "try reader.keepUnknown(tag, isKnown: isKnown, in: &unknownFields)", &source)
    }

    private static func absent(_ field: FieldModel) -> String? {
        if case .oneof = field.presence { return nil }
        let value = "self.\(field.property)"
        let isArray = field.initialValue == "[]" || field.initialValue == "[:]"
        return isArray
            ? "if !\(value).isEmpty { \(value).removeAll(keepingCapacity: true) }" : "\(value) = \(field.initialValue)"
    }

    /// Elements that can be read in the storage of older ones take their place.
    private static func readWhole(_ field: FieldModel) -> String? {
        let tag = "FieldTag(number: \(field.number), type: .lengthDelimited)"
        if field.isRepeated && field.isMessage {
            return "try reader.replace(nested: \(tag), &self.\(field.property), limit: \(field.limit))"
        }
        if field.isRepeated && field.isText {
            let limits = "limit: \(field.limit), elementLimit: \(field.elementLimit)"
            return "try reader.replace(texts: \(tag), &self.\(field.property), \(limits))"
        }
        guard field.isPacked, field.wireType != "varint" else { return nil }
        return "try reader.replace(&self.\(field.property), \(tag), limit: \(field.limit))"
    }

    /// Statements that read a field whose tag was passed over; `tag` is in scope.
    ///
    /// - Parameter way: how a nested message is read, `decode` in place of what is there or `merge` on top of it.
    private static func read(_ field: FieldModel, _ way: String, _ source: inout Source) {
        if case .map(let key, let value) = field.presence { return readEntry(of: field, key, value, &source) }
        if field.isRepeated { return source.line(field.readRepeated(into: "self.\(field.property)")) }
        if case .oneof(let name) = field.presence {
            if field.isMessage {
                source.line("var value = \(field.elementType)()")
                // A sub-message sent in pieces is merged (proto3).
                source.line("if case .\(field.property)(let earlier)? = self.\(name) { value = earlier }")
                source.line("try value.merge(nested: tag, in: &reader)")
                return source.line("self.\(name) = .\(field.property)(value)")
            }
            return source.line("self.\(name) = .\(field.property)(\(field.readElement))")
        }
        if field.isMessage { return source.line("try reader.\(way)(nested: tag, &self.\(field.property))") }
        if field.isBytes, case .implicit = field.presence {
            return source.line("try reader.payload(tag, limit: \(field.limit), into: &self.\(field.property))")
        }
        if field.isText, case .implicit = field.presence {
            return source.line("try reader.string(tag, limit: \(field.limit), into: &self.\(field.property))")
        }
        source.line("self.\(field.property) = \(field.readElement)")
    }

    /// An entry of a map is a message of two fields, each of which may be missing; the last of a key's values counts.
    private static func readEntry(
        of field: FieldModel, _ key: FieldModel, _ value: FieldModel, _ source: inout Source
    ) {
        source.line("let outerEnd = try reader.enter(tag)")
        source.line("var key: \(key.elementType) = \(key.initialValue)")
        source.line(
            "var value\(value.isMessage ? "" : ": \(value.elementType)") = \(value.isMessage ? "\(value.elementType)()" : value.initialValue)"
        )
        source.block("while let tag = try reader.nextTag()") { source in
            source.block("switch tag.number") { source in
                source.line("case 1 where tag.type == .\(key.wireType): key = \(key.readElement)")
                source.line("case 2 where tag.type == .\(value.wireType):")
                source.line(
                    value.isMessage ? "try value.merge(nested: tag, in: &reader)" : "value = \(value.readElement)")
                source.line("default:")
                source.line("var dropped = UnknownFields()")
                source.line("try reader.keepUnknown(tag, isKnown: tag.number <= 2, in: &dropped)")
            }
        }
        source.line("reader.leave(outerEnd)")
        source.line("try reader.insert(value, for: key, into: &self.\(field.property), limit: \(field.limit), tag)")
    }

    // MARK: Encoding

    private static func encode(_ message: MessageModel, _ source: inout Source) {
        let hasFields = !message.fields.isEmpty
        source.block("public var encodedSize: Int") { source in
            source.line("\(hasFields ? "var" : "let") size = unknownFields.bytes.count")
            for field in message.ordered { size(field, &source) }
            source.line("return size")
        }
        source.line()
        source.block("public func write(into storage: inout MutableRawSpan, before end: Int) -> Int") { source in
            source.line("\(hasFields ? "var" : "let") start = storage.unknown(unknownFields, before: end)")
            for run in message.runs.reversed() {
                if run.count > 1 { choose(run, &source) } else { write(run[0], &source) }
            }
            source.line("return start")
        }
        source.line()
        if let payload = message.payload { head(message, payload, &source) }
    }

    /// All but the content of the payload, which follows.
    private static func head(_ message: MessageModel, _ payload: FieldModel, _ source: inout Source) {
        let content = "self.\(payload.property)"
        if payload.property != "payload" {
            source.line("public var payload: [UInt8] { \(content) }")
            source.line()
        }
        source.block("public func writeHead(into storage: inout MutableRawSpan, before end: Int) -> Int") { source in
            source.line("var start = end")
            source.block("if !\(content).isEmpty") { source in
                source.line(
                    "start = storage.head(\(payload.tag(packed: false)), ofBytes: \(content).count, before: start)")
            }
            source.line("start = storage.unknown(unknownFields, before: start)")
            for run in message.runs.dropLast().reversed() {
                if run.count > 1 { choose(run, &source) } else { write(run[0], &source) }
            }
            source.line("return start")
        }
        source.line()
    }

    /// Members of one oneof that stand next to each other: one look at which of them it is.
    private static func choose(_ members: [FieldModel], _ source: inout Source) {
        guard case .oneof(let name) = members[0].presence else { return }
        source.line("switch self.\(name) {")
        for field in members {
            source.cases(".\(field.property)(let value)?") { $0.lines(field.write("value")) }
        }
        let isWhole = members.count == members[0].descriptor.realContainingOneof?.fields.count
        source.line(isWhole ? "case nil: break" : "default: break")
        source.line("}")
    }

    private static func size(_ field: FieldModel, _ source: inout Source) {
        let tag = field.tagBytes(packed: false)
        let value = "self.\(field.property)"
        switch field.presence {
        case .implicit:
            source.line("if \(field.isSet(value)) { size += \(tag) + \(field.size(value)) }")
        case .explicit:
            let bound = field.size("value").contains("value") ? "let value = \(value)" : "\(value) != nil"
            source.line("if \(bound) { size += \(tag) + \(field.size("value")) }")
        case .oneof(let name):
            let binding = field.size("value").contains("value") ? "(let value)" : ""
            source.line(
                "if case .\(field.property)\(binding)? = self.\(name) { size += \(tag) + \(field.size("value")) }")
        case .map(let key, let element):
            let (keySize, valueSize) = (key.size("key"), element.size("value"))
            let names = "(\(used("key", in: keySize)), \(used("value", in: valueSize)))"
            source.line(
                "for \(names) in \(value) { size += \(tag) + WireSize.delimited(2 + \(keySize) + \(valueSize)) }")
        case .repeated where field.isPacked:
            source.block("if !\(value).isEmpty") { source in
                source.line("size += \(tag) + WireSize.delimited(\(packedSize(field, value)))")
            }
        case .repeated:
            let size = field.size("value")
            source.line("for \(used("value", in: size)) in \(value) { size += \(tag) + \(size) }")
        }
    }

    /// The name of a constant, or a blank where the expression does not need it.
    private static func used(_ name: String, in expression: String) -> String {
        expression.contains(name) ? name : "_"
    }

    private static func packedSize(_ field: FieldModel, _ value: String) -> String {
        switch field.wireType {
        case "fixed64": "\(value).count * 8"
        case "fixed32": "\(value).count * 4"
        default: "\(value).reduce(0) { $0 + \(field.size("$1")) }"
        }
    }

    private static func write(_ field: FieldModel, _ source: inout Source) {
        let value = "self.\(field.property)"
        switch field.presence {
        case .implicit: source.block("if \(field.isSet(value))") { $0.lines(field.write(value)) }
        case .explicit: source.block("if let value = \(value)") { $0.lines(field.write("value")) }
        case .oneof(let name):
            source.block("if case .\(field.property)(let value)? = self.\(name)") { $0.lines(field.write("value")) }
        case .map(let key, let element):
            let order = key.elementType == "Bool" ? "{ !$0.key && $1.key }" : "{ $0.key < $1.key }"
            source.block("for (key, value) in \(value).sorted(by: \(order)).reversed()") { source in
                source.line("let entryEnd = start")
                source.lines(element.write("value") + key.write("key"))
                source.line("start = storage.head(\(field.tag(packed: false)), of: entryEnd, before: start)")
            }
        case .repeated where field.isPacked:
            let tag = field.tag(packed: true)
            source.block("if !\(value).isEmpty") { source in
                if field.wireType == "varint" {
                    source.line("let end = start")
                    source.block("for value in \(value).reversed()") { source in
                        source.line("start = storage.varint(\(field.varint("value")), before: start)")
                    }
                    source.line("start = storage.head(\(tag), of: end, before: start)")
                } else {
                    source.line("start = storage.array(\(value), \(tag), before: start)")
                }
            }
        case .repeated:
            // Elements are read where they stand: a copy of each would count references up and down.
            source.block("if !\(value).isEmpty") { source in
                source.line("let values = \(value).span")
                source.line("var index = values.count")
                source.block("while index > 0") { source in
                    source.line("index &-= 1")
                    source.lines(field.write("values[index]"))
                }
            }
        }
    }
}
