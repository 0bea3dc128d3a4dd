import PonsSchema
import SwiftProtobufPluginLibrary

/// Access to fields by number and name, for the runner, recordings and the JSON form. Not part of the robot's build.
enum ReflectionSource {
    static func file(_ file: FileDescriptor, _ messages: [MessageModel]) -> String {
        var source = Source(generatedFrom: file.name)
        source.line()
        source.line("public import PonsMessages")
        for message in messages {
            source.line()
            source.block("extension \(message.name): Reflective") { source in
                source.block("public static var fieldInfos: [FieldInfo]") { source in
                    source.line("[")
                    for field in message.fields { source.line("    " + info(field)) }
                    source.line("]")
                }
                source.line()
                source.block("public func value(of number: UInt32) -> FieldValue?") { source in
                    if message.fields.isEmpty { return source.line("nil") }
                    source.block("switch number") { source in
                        for field in message.fields { source.line("case \(field.number): \(get(field))") }
                        source.line("default: nil")
                    }
                }
                source.line()
                source.block(
                    "public mutating func setValue(of number: UInt32, to value: FieldValue?) throws(ReflectionError)"
                ) { source in
                    source.block("switch number") { source in
                        for field in message.fields { source.line("case \(field.number): \(set(field))") }
                        source.line("default: throw .noSuchField")
                    }
                }
            }
        }
        return source.text
    }

    private static func info(_ field: FieldModel) -> String {
        let unit = field.rule.unit == .unspecified ? "" : "\(field.rule.unit)"
        return
            "FieldInfo(number: \(field.number), name: \"\(field.descriptor.name)\", unit: \"\(unit)\", isRepeated: \(field.isRepeated)),"
    }

    private static func get(_ field: FieldModel) -> String {
        switch field.presence {
        case .implicit: "self.\(field.property).fieldValue"
        case .explicit: "self.\(field.property)?.fieldValue"
        case .repeated: "self.\(field.property).isEmpty ? nil : self.\(field.property).fieldValue"
        case .map: preconditionFailure("the standard's schema has no maps; PonsGenerator says so")
        case .oneof(let name):
            "if case .\(field.property)(let value)? = self.\(name) { value.fieldValue } else { nil }"
        }
    }

    private static func set(_ field: FieldModel) -> String {
        switch field.presence {
        case .implicit: "self.\(field.property) = try value.map(convert) ?? \(field.initialValue)"
        case .explicit: "self.\(field.property) = try value.map(convert)"
        case .repeated: "self.\(field.property) = try value.map(convert) ?? []"
        case .map: preconditionFailure("the standard's schema has no maps; PonsGenerator says so")
        case .oneof(let name):
            "if let value { self.\(name) = .\(field.property)(try convert(value)) } else { self.\(name) = nil }"
        }
    }
}
