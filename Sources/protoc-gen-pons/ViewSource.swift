import PonsSchema
import SwiftProtobufPluginLibrary

/// Views: messages read where they lie, without a heap. A field is kept as its number, or as the place of its content.
enum ViewSource {
    static func file(_ file: FileDescriptor, _ messages: [MessageModel]) -> String {
        var source = Source(generatedFrom: file.name)
        source.line()
        if messages.contains(where: { $0.fields.contains(where: \.isEnum) }) {
            source.line("public import PonsVocabulary")
        }
        if messages.contains(where: { $0.fields.contains { $0.isEnum && !$0.isPackable } }) {
            source.line("import PonsSpinal")
        }
        source.line("public import PonsWire")
        for message in messages { declare(message, &source) }
        return source.text
    }

    private static func declare(_ message: MessageModel, _ source: inout Source) {
        source.line()
        source.line("/// ``\(message.name)`` read in place.")
        source.line("///")
        source.comment(message.descriptor)
        source.line("@frozen")
        source.block("public struct \(message.name)View: WireView, ~Escapable") { source in
            source.line("@inlinable public static var isStrict: Bool { \(message.rule.strict) }")
            source.line()
            source.line("@usableFromInline let bytes: RawSpan")
            for field in message.fields { store(field, &source) }
            for oneof in message.oneofs { choice(oneof, &source) }
            source.line()
            source.lines(["@inlinable", "@_lifetime(copy bytes)"])
            source.line("public init(over bytes: RawSpan) { self.bytes = bytes }")
            for field in message.fields { access(field, &source) }
            source.line()
            let decoding = DecodingSource(
                message: message, predicted: "public mutating func read", general: "private mutating func readRest",
                read: { read($0, &$1) })
            decoding.chain(&source)
            let numbers = message.fields.map { "\($0.number)" }.joined(separator: ", ")
            decoding.loop(
                locals: ["var unknownBytes = 0"],
                isKnown: numbers.isEmpty ? "false" : "switch tag.number { case \(numbers): true; default: false }",
                unknown: "try reader.skipUnknown(tag, isKnown: isKnown, total: &unknownBytes)", &source)
        }
    }

    // MARK: Storage

    private static func isPlace(_ field: FieldModel) -> Bool { field.isMessage || field.isText || field.isBytes }

    private static func store(_ field: FieldModel, _ source: inout Source) {
        if case .oneof = field.presence { return }
        let name = field.property
        if field.isRepeated && !field.isPackable { return source.line("@usableFromInline var \(name)Run = Run()") }
        if field.isRepeated && field.isEnum {
            source.line("@usableFromInline var \(name)Count = 0")
        }
        if field.isRepeated || isPlace(field) {
            return source.line("@usableFromInline var \(name)Place = Place.absent")
        }
        source.comment(field.descriptor)
        source.line("public private(set) var \(Names.declared(name)): \(field.propertyType) = \(field.initialValue)")
    }

    private static func choice(_ oneof: OneofDescriptor, _ source: inout Source) {
        let name = Names.property(oneof.name)
        let type = Names.capitalised(name)
        let members = oneof.fields.map(FieldModel.init)
        source.line("@usableFromInline var \(name)Place: \(type)Place? = nil")
        source.line()
        source.line("@frozen")
        source.block("public enum \(type): ~Escapable") { source in
            for field in members { source.line("case \(field.property)(\(viewType(field)))") }
        }
        source.line()
        source.lines(["@frozen", "@usableFromInline"])
        source.block("enum \(type)Place") { source in
            for field in members {
                source.line("case \(field.property)(\(isPlace(field) ? "Place" : field.elementType))")
            }
        }
        source.line()
        source.line("@inlinable public var \(name): \(type)? {")
        source.lines(["    @_lifetime(copy self)", "    get {", "        switch \(name)Place {"])
        for field in members {
            source.line("        case .\(field.property)(let value)?: .\(field.property)(\(shown(field, "value")))")
        }
        source.lines(["        case nil: nil", "        }", "    }", "}"])
    }

    // MARK: Access

    private static func viewType(_ field: FieldModel) -> String {
        if field.isMessage { return "\(field.elementType)View" }
        if field.isText { return "UTF8Span" }
        if field.isBytes { return "RawSpan" }
        return field.elementType
    }

    private static func shown(_ field: FieldModel, _ place: String) -> String {
        if field.isMessage { return "\(field.elementType)View(checked: bytes.content(\(place)))" }
        if field.isText { return "bytes.text(\(place))" }
        if field.isBytes { return "bytes.content(\(place))" }
        return place
    }

    private static func access(_ field: FieldModel, _ source: inout Source) {
        if case .oneof = field.presence { return }
        let name = field.property
        let type: String
        let value: String
        if field.isRepeated {
            type =
                field.isMessage
                ? "RepeatedView<\(field.elementType)View>"
                : field.isText
                    ? "RepeatedTextView"
                    : field.isEnum ? "PackedEnumView<\(field.elementType)>" : "PackedView<\(field.elementType)>"
            let count = field.isEnum ? ", \(name)Count" : ""
            value =
                field.isPackable
                ? "\(type)(bytes, \(name)Place\(count))" : "\(type)(bytes, \(name)Run, \(field.number))"
        } else if isPlace(field) {
            let isOptional = if case .explicit = field.presence { true } else { false }
            type = viewType(field) + (isOptional ? "?" : "")
            let isAbsent = isOptional ? "\(name)Place.isAbsent ? nil : " : ""
            value = isAbsent + shown(field, "\(name)Place")
        } else {
            return
        }
        source.line()
        source.comment(field.descriptor)
        source.line("@inlinable public var \(Names.declared(name)): \(type) {")
        source.lines(["    @_lifetime(copy self)", "    get { \(value) }", "}"])
    }

    // MARK: Reading

    private static func read(_ field: FieldModel, _ source: inout Source) {
        let name = field.property
        if field.isRepeated { return source.line(readRepeated(field)) }
        if case .oneof(let oneof) = field.presence {
            if field.isMessage {
                source.line("var earlier = Place.absent")
                source.line("if case .\(name)(let place)? = self.\(oneof)Place { earlier = place }")
            }
            return source.line("self.\(oneof)Place = .\(name)(\(readPlace(field, after: "earlier")))")
        }
        source.line(
            isPlace(field)
                ? "self.\(name)Place = \(readPlace(field, after: "self.\(name)Place"))"
                : "self.\(name) = \(field.readElement)")
    }

    private static func readPlace(_ field: FieldModel, after earlier: String) -> String {
        if field.isMessage { return "try reader.nested(tag, as: \(field.elementType)View.self, after: \(earlier))" }
        if field.isText { return "try reader.textPlace(tag, limit: \(field.limit))" }
        if field.isBytes { return "try reader.contentPlace(tag, limit: \(field.limit))" }
        return field.readElement
    }

    private static func readRepeated(_ field: FieldModel) -> String {
        let name = field.property
        if field.isMessage {
            return
                "try reader.element(tag, as: \(field.elementType)View.self, of: &self.\(name)Run, limit: \(field.limit))"
        }
        if field.isText {
            return
                "try reader.element(tag, textOf: &self.\(name)Run, limit: \(field.limit), elementLimit: \(field.elementLimit))"
        }
        let type = "\(field.elementType).self"
        let count = field.isEnum ? ", count: &self.\(name)Count" : ""
        return "try reader.packed(tag, of: \(type), into: &self.\(name)Place\(count), limit: \(field.limit))"
    }
}
