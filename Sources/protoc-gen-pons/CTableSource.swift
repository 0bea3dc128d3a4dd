import PonsSchema
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// The rules of every message as tables for the C kit: what its walk over the bytes must know of each field.
enum CTableSource {
    /// More fields than the kit's walk has room for.
    private static let mostFields = 32

    static func header(_ messages: [MessageModel]) -> String {
        var source = Source(generatedFrom: "pons/v1")
        source.lines([
            "#ifndef PONS_GENERATED_SCHEMA_H", "#define PONS_GENERATED_SCHEMA_H", "#include \"schema.h\"", "",
        ])
        source.line("extern const uint8_t pons_fingerprint[32];")
        source.line("extern const pons_table *const pons_types[];     /* those that travel in a frame, by type */")
        source.line("extern const size_t pons_type_count;")
        source.line("extern const pons_table *const pons_messages[];  /* all of them */")
        source.line("extern const size_t pons_message_count;")
        source.line()
        for message in messages { source.line("extern const pons_table pons_table_\(message.name);") }
        source.line()
        // protobuf-c knows a number with presence as a oneof of one member: its case is the number of the field.
        for message in messages {
            for field in message.ordered where !field.isMessage && flags(field).contains("PONS_EXPLICIT") {
                source.line("#define PONS_\(message.name)_\(field.descriptor.name) \(field.number)")
            }
        }
        source.line()
        source.line("#endif")
        return source.text
    }

    static func file(_ messages: [MessageModel], fingerprint: [UInt8]) throws -> String {
        if let large = messages.first(where: { $0.fields.count > mostFields }) {
            throw GeneratorError("\(large.name) has more than \(mostFields) fields: widen the C kit's masks first")
        }
        var source = Source(generatedFrom: "pons/v1")
        source.line("#include \"pons_schema.h\"")
        let headers = Set(messages.map { $0.descriptor.file.name.dropLast(".proto".count) }).sorted()
        for header in headers { source.line("#include \"\(header).pb-c.h\"") }
        source.line()
        let bytes = fingerprint.map { "\($0)" }.joined(separator: ", ")
        source.line("const uint8_t pons_fingerprint[32] = {\(bytes)};")
        for message in messages { table(message, &source) }
        source.line()
        let types = messages.filter(\.isFrame).sorted { $0.typeID < $1.typeID }
        source.line("const pons_table *const pons_types[] = {")
        for message in types { source.line("    &pons_table_\(message.name),") }
        source.line("};")
        source.line("const size_t pons_type_count = \(types.count);")
        source.line("const pons_table *const pons_messages[] = {")
        for message in messages { source.line("    &pons_table_\(message.name),") }
        source.line("};")
        source.line("const size_t pons_message_count = \(messages.count);")
        return source.text
    }

    private static func table(_ message: MessageModel, _ source: inout Source) {
        source.line()
        for field in message.ordered where field.isEnum {
            let numbers = field.descriptor.enumType.values.map { "\($0.number)" }.joined(separator: ", ")
            source.line("static const int32_t \(message.name)_\(field.number)_numbers[] = {\(numbers)};")
        }
        if !message.fields.isEmpty {
            source.line("static const pons_field \(message.name)_fields[] = {")
            for field in message.ordered { source.line("    \(entry(field, in: message)),") }
            source.line("};")
        }
        let fields = message.fields.isEmpty ? "0" : "\(message.name)_fields"
        source.line("const pons_table pons_table_\(message.name) = {")
        source.line(
            "    \"\(message.name)\", \(message.typeID), \(message.rule.streamClass.rawValue), \(message.rule.strict), \(message.fields.count), \(fields),"
        )
        source.line("    &pons__v1__\(snake(message.name))__descriptor};")
    }

    private static func entry(_ field: FieldModel, in message: MessageModel) -> String {
        let rule = field.rule
        var parts = [
            ".name = \"\(field.descriptor.name)\"", ".number = \(field.number)", ".wire = \(field.wireTypeNumber)",
            ".flags = \(flags(field).joined(separator: " | "))",
        ]
        if rule.length != .unspecified { parts.append(".length = \(rule.length.rawValue)") }
        if rule.notBelow > 0 { parts.append(".not_below = \(rule.notBelow)") }
        if rule.exactBytes > 0 || rule.exactCount > 0 {
            parts.append(".exact = \(max(rule.exactBytes, rule.exactCount))")
        }
        if field.isRepeated || field.isText || field.isBytes { parts.append(".limit = \(bound(field.limit))") }
        if field.isRepeated && (field.isText || field.isBytes) {
            parts.append(".element_limit = \(bound(field.elementLimit))")
        }
        if rule.hasMin { parts.append(".min = \(rule.min)") }
        if rule.hasMax { parts.append(".max = \(rule.max)") }
        if field.isMessage { parts.append(".message = &pons_table_\(Names.type(field.descriptor.messageType))") }
        if field.isEnum {
            parts.append(".numbers = \(message.name)_\(field.number)_numbers")
            parts.append(".number_count = \(field.descriptor.enumType.values.count)")
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    private static func flags(_ field: FieldModel) -> [String] {
        var isExplicit = false
        switch field.presence {
        case .explicit, .oneof: isExplicit = true
        case .implicit, .repeated, .map: break
        }
        let isSigned = [.int32, .int64, .sint32, .sint64, .sfixed32, .sfixed64].contains(field.descriptor.type)
        let all: [(String, Bool)] = [
            ("PONS_REPEATED", field.isRepeated), ("PONS_PACKABLE", field.isPackable), ("PONS_ENUM", field.isEnum),
            ("PONS_TEXT_FIELD", field.isText), ("PONS_BYTES", field.isBytes), ("PONS_FLOAT", field.isFloatingPoint),
            ("PONS_REQUIRED", field.rule.required), ("PONS_EXPLICIT", isExplicit),
            ("PONS_IDENTIFIER", field.rule.identifier), ("PONS_UNIT_NORM", field.rule.unitNorm),
            ("PONS_COVARIANCE", field.rule.covariance), ("PONS_HAS_MIN", field.rule.hasMin),
            ("PONS_HAS_MAX", field.rule.hasMax), ("PONS_SIGNED", isSigned),
        ]
        let set = all.filter(\.1).map(\.0)
        return set.isEmpty ? ["0"] : set
    }

    private static func bound(_ limit: String) -> String {
        ["WireLimits.elements": "4096", "WireLimits.stringBytes": "1024", "WireLimits.payloadBytes": "1200"][limit]
            ?? limit
    }

    /// As protobuf-c spells it: JointSetpoint is joint_setpoint.
    private static func snake(_ name: String) -> String {
        var text = ""
        var previous: Character?
        for character in name {
            if character.isUppercase, let previous, previous.isLowercase || previous.isNumber { text += "_" }
            text += character.lowercased()
            previous = character
        }
        return text
    }
}
