import PonsSchema
import SwiftProtobufPluginLibrary

/// Learned views of joint streams: the layout of one message is the prediction for the next, whatever the sender's order and
/// the robot's joint count.
enum LearnedSource {
    static func file(_ file: FileDescriptor, _ models: [SpinalModel]) -> String {
        var source = Source(generatedFrom: file.name)
        source.lines(["", "public import PonsVocabulary", "public import PonsWire"])
        for model in models {
            source.line()
            memory(model, &source)
            source.line()
            view(model, &source)
        }
        return source.text
    }

    private static func memory(_ model: SpinalModel, _ source: inout Source) {
        let name = model.name
        let last = model.fields.map(\.number).max()!
        source.lines([
            "/// The layout of the last ``\(name)``, and of the next one as long as its sender keeps to it: one for each sender.",
            "@frozen",
        ])
        source.block("public struct Learned\(name): ~Copyable") { source in
            source.line("@usableFromInline var skeleton = Skeleton()")
            source.line("@usableFromInline var places = InlineArray<\(last), Place>(repeating: .absent)")
            source.line()
            source.line("@inlinable public init() {}")
            source.line()
            source.lines([
                "/// Checks a message and looks at it; as ``\(name)View``, `nil` for a legal one in pieces.",
                "///",
                "/// - Throws: what decoding the same bytes throws.",
                "/// - Complexity: one comparison for about two fields in the layout of the last message; a pass more than",
                "///   ``\(name)View`` in any other.",
                "@inlinable @inline(__always)",
                "@_lifetime(&self, copy bytes)",
            ])
            source.block("public mutating func view(_ bytes: RawSpan) throws(WireError) -> Learned\(name)View?") {
                source in
                source.line("if !skeleton.matches(bytes), try !learn(bytes) { return nil }")
                source.line("return Learned\(name)View(bytes, places.span)")
            }
            source.line()
            source.lines(["@usableFromInline @inline(never)"])
            source.block("mutating func learn(_ bytes: RawSpan) throws(WireError) -> Bool") { source in
                source.line("skeleton.forget()")
                source.line("guard try \(name)View(bytes) != nil else { return false }")
                source.line("var span = places.mutableSpan")
                source.line("skeleton.learn(bytes, into: &span, kind: Self.kind)")
                source.line("return true")
            }
            source.line()
            source.block("private static func kind(of tag: FieldTag) -> Skeleton.Kind") { source in
                source.block("switch tag.number") { source in
                    for field in model.fields { kind(of: field, model, &source) }
                    source.line("default: .unknown")
                }
            }
        }
    }

    private static func kind(of field: SpinalField, _ model: SpinalModel, _ source: inout Source) {
        let number = "case \(field.number) where tag.type =="
        switch field.kind {
        case .scalar where field.isVarint:
            let isNamed = field.field.isEnum && model.message.rule.strict
            source.line("\(number) .varint: .\(isNamed ? "named" : "varint")")
        case .scalar: source.line("\(number) .\(field.field.wireType): .number")
        case .array:
            source.line("\(number) .lengthDelimited: .array")
            source.line("\(number) .\(field.field.wireType): .array")
        case .nested: source.line("\(number) .lengthDelimited: .message")
        }
    }

    private static func view(_ model: SpinalModel, _ source: inout Source) {
        source.line("/// ``\(model.name)`` read in place, where ``Learned\(model.name)`` knows its fields to stand.")
        source.line("@frozen")
        source.block("public struct Learned\(model.name)View: ~Escapable") { source in
            source.line("@usableFromInline let bytes: RawSpan")
            source.line("@usableFromInline let places: Span<Place>")
            source.line()
            source.lines(["@inlinable @inline(__always)", "@_lifetime(copy bytes, copy places)"])
            source.block("init(_ bytes: RawSpan, _ places: Span<Place>)") { source in
                source.lines(["self.bytes = bytes", "self.places = places"])
            }
            for field in model.fields { access(field, &source) }
        }
    }

    private static func access(_ field: SpinalField, _ source: inout Source) {
        let place = "places[\(field.number - 1)]"
        let type: String
        let value: String
        switch field.kind {
        case .array: (type, value) = ("PackedView<\(field.element)>", "PackedView<\(field.element)>(bytes, \(place))")
        case .nested:
            type = "\(field.element)View?"
            value = "\(place).isAbsent ? nil : \(field.element)View(checked: bytes.content(\(place)))"
        case .scalar:
            let read =
                field.isVarint
                ? field.field.fromVarint("bytes.varint(\(place))") : "bytes.number(\(field.element).self, \(place))"
            type = field.field.propertyType
            value = "\(place).isAbsent ? \(field.field.initialValue) : \(read)"
        }
        source.line()
        source.comment(field.field.descriptor)
        source.line("@inlinable public var \(Names.declared(field.property)): \(type) {")
        if case .scalar = field.kind {} else { source.line("    @_lifetime(copy self)") }
        source.lines(["    get { \(value) }", "}"])
    }
}
