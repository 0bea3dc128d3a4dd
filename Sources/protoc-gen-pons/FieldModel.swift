import PonsSchema
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// A field as the generator sees it: its Swift type, its wire form and its rule.
struct FieldModel {
    indirect enum Presence { case implicit, explicit, repeated, oneof(String), map(key: FieldModel, value: FieldModel) }

    let descriptor: FieldDescriptor
    let rule: Pons_V1_FieldRule
    let presence: Presence

    init(_ descriptor: FieldDescriptor) {
        self.descriptor = descriptor
        rule = descriptor.options.Pons_V1_rule
        if descriptor.isMap, let entry = descriptor.messageType {
            presence = .map(key: FieldModel(entry.fields[0]), value: FieldModel(entry.fields[1]))
        } else if descriptor.isRepeated {
            presence = .repeated
        } else if let oneof = descriptor.realContainingOneof {
            presence = .oneof(Names.property(oneof.name))
        } else {
            presence = descriptor.hasPresence ? .explicit : .implicit
        }
    }

    var number: Int32 { descriptor.number }
    var property: String { Names.property(descriptor.name) }
    /// Many values; a map too.
    var isRepeated: Bool { descriptor.isRepeated }
    var isMessage: Bool { descriptor.type == .message && !isMap }
    var isMap: Bool { if case .map = presence { true } else { false } }
    var isEnum: Bool { descriptor.type == .enum }
    var isFloatingPoint: Bool { descriptor.type == .float || descriptor.type == .double }
    var isText: Bool { descriptor.type == .string }
    var isBytes: Bool { descriptor.type == .bytes }
    /// May be packed on the wire: every decoder takes both forms (FMT-05).
    var isPackable: Bool { isRepeated && !isMessage && !isText && !isBytes }
    /// Is written packed: what proto3 does unless the schema says otherwise.
    var isPacked: Bool { isPackable && descriptor.isPacked }

    /// A singular number of fixed width, stored by itself.
    var isFixedNumber: Bool {
        if case .oneof = presence { return false }
        return !isRepeated && ["fixed32", "fixed64"].contains(wireType)
    }

    /// Whether the message holds itself through this field, so that it can't be stored in place.
    var isRecursive: Bool {
        guard case .explicit = presence, let type = descriptor.messageType else { return false }
        var seen: Set<String> = []
        func reaches(_ message: Descriptor) -> Bool {
            if message.fullName == descriptor.containingType.fullName { return true }
            guard seen.insert(message.fullName).inserted else { return false }
            return message.fields.contains { !$0.isRepeated && $0.messageType.map(reaches) ?? false }
        }
        return reaches(type)
    }

    /// The Swift type of one element.
    var elementType: String {
        switch descriptor.type {
        case .double: "Double"
        case .float: "Float"
        case .int64, .sint64, .sfixed64: "Int64"
        case .uint64, .fixed64: "UInt64"
        case .int32, .sint32, .sfixed32: "Int32"
        case .uint32, .fixed32: "UInt32"
        case .bool: "Bool"
        case .string: "String"
        case .bytes: "[UInt8]"
        case .enum: Names.type(descriptor.enumType)
        case .message, .group: Names.type(descriptor.messageType)
        }
    }

    /// The type of the stored property.
    var propertyType: String {
        switch presence {
        case .implicit: elementType
        case .explicit: elementType + "?"
        case .repeated: "[\(elementType)]"
        case .map(let key, let value): "[\(key.elementType): \(value.elementType)]"
        case .oneof(let name): Names.capitalised(name) + "?"
        }
    }

    var initialValue: String {
        switch presence {
        case .explicit, .oneof: "nil"
        case .repeated: "[]"
        case .map: "[:]"
        case .implicit:
            switch descriptor.type {
            case .bool: "false"
            case .string: "\"\""
            case .bytes: "[]"
            case .enum: ".\(Names.enumCase(descriptor.enumType.values[0]))"
            case .double, .float: "0"
            default: "0"
            }
        }
    }

    // MARK: Wire

    var wireType: String {
        switch descriptor.type {
        case .double, .fixed64, .sfixed64: "fixed64"
        case .float, .fixed32, .sfixed32: "fixed32"
        case .string, .bytes, .message, .group: "lengthDelimited"
        default: "varint"
        }
    }

    var wireTypeNumber: Int32 { ["varint": 0, "fixed64": 1, "lengthDelimited": 2, "fixed32": 5][wireType]! }

    /// What a `switch` over tag numbers asks for. A known number with another wire type is an unknown field (protobuf), or
    /// refused where messages are strict.
    var tagPattern: String {
        "\(number) where tag.type == .\(wireType)" + (isPackable ? " || tag.type == .lengthDelimited" : "")
    }

    func tagBytes(packed: Bool) -> Int {
        var rest = UInt32(number) << 3
        var count = 1
        while rest >= 0x80 { rest >>= 7; count += 1 }
        return count
    }

    func tag(packed: Bool) -> Int32 { number << 3 | (packed ? 2 : wireTypeNumber) }

    /// Bound on elements, string bytes or payload bytes.
    var limit: String {
        if rule.exactBytes > 0 && !isRepeated { return "\(rule.exactBytes)" }
        if rule.exactCount > 0 { return "\(rule.exactCount)" }
        if rule.maxCount > 0 && (isRepeated || isText || isBytes) { return "\(rule.maxCount)" }
        if rule.identifier && !isRepeated { return "64" }
        return isRepeated ? "WireLimits.elements" : byteLimit
    }

    /// Bound of one string or bytes element of a repeated field.
    var elementLimit: String { rule.identifier ? "64" : byteLimit }

    private var byteLimit: String {
        if descriptor.file.package != Names.standardPackage { return "WireLimits.foreignBytes" }
        return isText ? "WireLimits.stringBytes" : "WireLimits.payloadBytes"
    }

    /// Expression that reads one element; `tag` and `reader` are in scope.
    var readElement: String {
        let limit = isRepeated ? elementLimit : limit
        switch descriptor.type {
        case .double: return "Double(bitPattern: try reader.fixed64(tag))"
        case .float: return "Float(bitPattern: try reader.fixed32(tag))"
        case .fixed64: return "try reader.fixed64(tag)"
        case .sfixed64: return "Int64(bitPattern: try reader.fixed64(tag))"
        case .fixed32: return "try reader.fixed32(tag)"
        case .sfixed32: return "Int32(bitPattern: try reader.fixed32(tag))"
        case .string: return "try reader.string(tag, limit: \(limit))"
        case .bytes: return "try reader.payload(tag, limit: \(limit))"
        case .message, .group: return "try \(elementType)(nested: tag, in: &reader)"
        case .enum: return "try reader.enumeration(tag)"
        default: return fromVarint("try reader.varint(tag)")
        }
    }

    /// Expression that checks one element and keeps nothing of it, within an extension of the reader.
    var passOver: String {
        if isText { return "try text(tag, limit: \(limit))" }
        if isBytes { return "try content(tag, limit: \(limit))" }
        return "try \(wireType)(tag)"
    }

    /// Expression for the value that a varint stands for.
    func fromVarint(_ expression: String) -> String {
        switch descriptor.type {
        case .enum: "\(elementType)(rawValue: Int32(truncatingIfNeeded: \(expression)))"
        case .bool: "(\(expression)) != 0"
        case .uint64: expression
        case .int64: "Int64(bitPattern: \(expression))"
        case .sint64: "Int64(zigzag: \(expression))"
        case .sint32: "Int32(zigzag: UInt32(truncatingIfNeeded: \(expression)))"
        default: "\(elementType)(truncatingIfNeeded: \(expression))"
        }
    }

    /// Statement that reads a repeated field's contribution into `target`.
    func readRepeated(into target: String) -> String {
        switch descriptor.type {
        case .float, .double, .fixed32, .fixed64, .sfixed32, .sfixed64:
            "try reader.elements(tag, into: &\(target), limit: \(limit))"
        case .enum: "try reader.enumerations(tag, into: &\(target), limit: \(limit))"
        case .string, .bytes, .message, .group:
            "try reader.append(\(readElement), to: &\(target), limit: \(limit), tag)"
        default: "try reader.varints(tag, into: &\(target), limit: \(limit)) { \(fromVarint("$0")) }"
        }
    }

    /// Expression for the varint of `value`.
    func varint(_ value: String) -> String {
        switch descriptor.type {
        case .bool: "(\(value) ? 1 : 0)"
        case .enum: "UInt64(bitPattern: Int64(\(value).rawValue))"
        case .int32, .int64: "UInt64(bitPattern: Int64(\(value)))"
        case .sint32: "UInt64(\(value).zigzag)"
        case .sint64: "\(value).zigzag"
        default: "UInt64(\(value))"
        }
    }

    /// Expression for the size of one element without its tag.
    func size(_ value: String) -> String {
        switch wireType {
        case "fixed64": "8"
        case "fixed32": "4"
        case "varint": "WireSize.varint(\(varint(value)))"
        default:
            isMessage
                ? "WireSize.delimited(\(value).encodedSize)"
                : isText ? "WireSize.delimited(\(value).utf8.count)" : "WireSize.delimited(\(value).count)"
        }
    }

    /// Statements that write one element with its tag in front of `start`.
    func write(_ value: String) -> [String] {
        let tag = tag(packed: false)
        switch descriptor.type {
        case .double, .fixed64, .sfixed64, .float, .fixed32, .sfixed32:
            return ["start = storage.fixed(\(value), \(tag), before: start)"]
        case .string: return ["start = storage.text(\(value), \(tag), before: start)"]
        case .bytes: return ["start = storage.array(\(value), \(tag), before: start)"]
        case .message, .group:
            return [
                "let end = start", "start = \(value).write(into: &storage, before: start)",
                "start = storage.head(\(tag), of: end, before: start)",
            ]
        default: return ["start = storage.tag(\(tag), before: storage.varint(\(varint(value)), before: start))"]
        }
    }

    /// Condition under which an implicit-presence field is written. −0.0 is not the default.
    func isSet(_ value: String) -> String {
        switch descriptor.type {
        case .bool: value
        case .string, .bytes: "!\(value).isEmpty"
        case .double, .float: "\(value).bitPattern != 0"
        case .enum: "\(value).rawValue != 0"
        default: "\(value) != 0"
        }
    }
}
