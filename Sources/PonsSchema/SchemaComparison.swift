import SwiftProtobuf

/// What a newer schema may not do to an older one within a major version (VER-07): everything said in the older one must still
/// be read, and mean the same.
public struct SchemaComparison: Sendable {
    public private(set) var breaking: [SchemaChange] = []
    /// What is new, and breaks nothing.
    public private(set) var additions: [String] = []

    public init(from old: SchemaSet, to new: SchemaSet) {
        for (name, message) in old.messages.sorted(by: { $0.key < $1.key }) {
            compare(message, new.messages[name], name)
        }
        for (name, enumeration) in old.enums.sorted(by: { $0.key < $1.key }) {
            compare(enumeration, new.enums[name], name)
        }
        checkTypeIDs(new)
        additions += new.messages.keys.filter { old.messages[$0] == nil }.sorted().map { "message \($0)" }
        additions += new.enums.keys.filter { old.enums[$0] == nil }.sorted().map { "enumeration \($0)" }
    }

    private mutating func breaks(_ code: String, _ place: String, _ what: String, _ fix: String) {
        breaking.append(SchemaChange(code: code, place: place, what: what, fix: fix))
    }

    // MARK: Messages

    private mutating func compare(
        _ old: Google_Protobuf_DescriptorProto, _ new: Google_Protobuf_DescriptorProto?, _ name: String
    ) {
        guard let new else {
            return breaks(
                "MESSAGE-REMOVED", name, "the message is gone",
                "keep it for the whole major version; mark it deprecated")
        }
        compareRules(old.options.Pons_V1_message, new.options.Pons_V1_message, name)
        let fields = Dictionary(new.field.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        for field in old.field {
            let place = "\(name).\(field.name)"
            guard let other = fields[field.number] else {
                checkReserved(field, in: new, place)
                continue
            }
            compare(field, other, place, old, new)
        }
        for range in old.reservedRange
        where !new.reservedRange.contains(where: { $0.start <= range.start && $0.end >= range.end }) {
            breaks(
                "RESERVATION-LIFTED", name, "numbers \(range.start) to \(range.end - 1) are not reserved any more",
                "a number that was used once is never used again")
        }
        let known = Set(old.field.map(\.number))
        for field in new.field where !known.contains(field.number) { addition(field, to: old, name) }
    }

    private mutating func compareRules(_ old: Pons_V1_MessageRule, _ new: Pons_V1_MessageRule, _ name: String) {
        if old.typeID != new.typeID {
            breaks(
                "TYPE-ID-CHANGED", name, "type_id \(old.typeID) became \(new.typeID)",
                "the number stands in every frame: give a new message a new one")
        }
        if old.streamClass != new.streamClass {
            breaks(
                "STREAM-CLASS-CHANGED", name, "stream class \(old.streamClass) became \(new.streamClass)",
                "what is dropped under congestion is part of the meaning: make a new message")
        }
        if !old.strict && new.strict {
            breaks("STRICTER", name, "unknown fields were passed over and are refused now", "make a new message")
        }
    }

    private mutating func checkReserved(
        _ field: Google_Protobuf_FieldDescriptorProto, in new: Google_Protobuf_DescriptorProto, _ place: String
    ) {
        if !new.reservedRange.contains(where: { $0.start <= field.number && field.number < $0.end }) {
            breaks(
                "NUMBER-NOT-RESERVED", place, "the field is gone, and its number \(field.number) is free",
                "reserved \(field.number);")
        }
        if !new.reservedName.contains(field.name) {
            breaks("NAME-NOT-RESERVED", place, "the field is gone, and its name is free", "reserved \"\(field.name)\";")
        }
    }

    private mutating func addition(
        _ field: Google_Protobuf_FieldDescriptorProto, to old: Google_Protobuf_DescriptorProto, _ name: String
    ) {
        let place = "\(name).\(field.name)"
        additions.append("field \(place) = \(field.number)")
        if old.reservedRange.contains(where: { $0.start <= field.number && field.number < $0.end }) {
            breaks("NUMBER-REUSED", place, "number \(field.number) was reserved", "take a number that was never used")
        }
        if field.options.Pons_V1_rule.required {
            breaks(
                "NEW-REQUIRED", place, "older senders leave the field out, and would be refused with FIELD_MISSING",
                "say what its absence means, and drop 'required'")
        }
        if field.options.Pons_V1_rule.mustUnderstand {
            breaks(
                "NEW-MUST-UNDERSTAND", place, "older receivers would refuse the whole message",
                "negotiate it as a feature, or make a new message")
        }
    }

    // MARK: Fields

    private mutating func compare(
        _ old: Google_Protobuf_FieldDescriptorProto, _ new: Google_Protobuf_FieldDescriptorProto, _ place: String,
        _ oldMessage: Google_Protobuf_DescriptorProto, _ newMessage: Google_Protobuf_DescriptorProto
    ) {
        if old.name != new.name {
            breaks(
                "NUMBER-REUSED", place, "number \(old.number) is '\(new.name)' now",
                "give the new field a new number, and reserve this one and its name")
        }
        if old.type != new.type || old.typeName != new.typeName {
            breaks(
                "TYPE-CHANGED", place, "\(Self.type(old)) became \(Self.type(new))",
                "add a field of the new type beside it")
        }
        if old.label != new.label {
            breaks("LABEL-CHANGED", place, "one value became many, or many one", "add a field beside it")
        }
        if old.proto3Optional != new.proto3Optional {
            breaks(
                "PRESENCE-CHANGED", place,
                old.proto3Optional
                    ? "absent can't be told from 0 any more" : "absent can be told from 0 now: older readers can't",
                "add a field beside it")
        }
        if Self.group(old, oldMessage) != Self.group(new, newMessage) {
            breaks("ONEOF-CHANGED", place, "the field moved into or out of a oneof", "add a field beside it")
        }
        compare(old.options.Pons_V1_rule, new.options.Pons_V1_rule, place)
    }

    /// Name of the oneof a field belongs to, if it is a real one.
    private static func group(
        _ field: Google_Protobuf_FieldDescriptorProto, _ message: Google_Protobuf_DescriptorProto
    ) -> String? {
        guard field.hasOneofIndex, !field.proto3Optional, Int(field.oneofIndex) < message.oneofDecl.count else {
            return nil
        }
        return message.oneofDecl[Int(field.oneofIndex)].name
    }

    private static func type(_ field: Google_Protobuf_FieldDescriptorProto) -> String {
        field.typeName.isEmpty ? "\(field.type)" : field.typeName.split(separator: ".").last.map(String.init) ?? ""
    }

    private mutating func compare(_ old: Pons_V1_FieldRule, _ new: Pons_V1_FieldRule, _ place: String) {
        if old.unit != new.unit {
            breaks(
                "UNIT-CHANGED", place, "\(old.unit) became \(new.unit)",
                "the same number would mean another quantity: add a field beside it")
        }
        let isLower = new.hasMin && (!old.hasMin || new.min > old.min)
        let isUpper = new.hasMax && (!old.hasMax || new.max < old.max)
        if isLower || isUpper {
            breaks(
                "RANGE-NARROWED", place, "values that were allowed are refused with OUT_OF_RANGE",
                "keep the range; a robot says in its description what it takes")
        }
        if Self.bound(new.maxCount) < Self.bound(old.maxCount) {
            breaks("COUNT-NARROWED", place, "at most \(new.maxCount) instead of \(old.maxCount)", "keep the bound")
        }
        let tightened: [(String, Bool)] = [
            ("required", !old.required && new.required), ("must_understand", !old.mustUnderstand && new.mustUnderstand),
            ("identifier", !old.identifier && new.identifier), ("unit_norm", !old.unitNorm && new.unitNorm),
            ("covariance", !old.covariance && new.covariance), ("finite", old.allowNonFinite && !new.allowNonFinite),
            ("exact_bytes", old.exactBytes != new.exactBytes && new.exactBytes != 0),
            ("exact_count", old.exactCount != new.exactCount && new.exactCount != 0),
            ("length", old.length != new.length && new.length != .unspecified),
            ("not_below", old.notBelow != new.notBelow && new.notBelow != 0),
        ]
        for (rule, isTighter) in tightened where isTighter {
            breaks(
                "RULE-TIGHTENED", place, "'\(rule)' holds now, and older senders don't know it",
                "leave the rule as it was, or add a field beside it")
        }
    }

    /// 0 is the default of the kind, which never gets smaller.
    private static func bound(_ count: UInt32) -> UInt32 { count == 0 ? .max : count }

    // MARK: Enumerations

    private mutating func compare(
        _ old: Google_Protobuf_EnumDescriptorProto, _ new: Google_Protobuf_EnumDescriptorProto?, _ name: String
    ) {
        guard let new else {
            return breaks("ENUM-REMOVED", name, "the enumeration is gone", "keep it for the whole major version")
        }
        let values = Dictionary(new.value.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
        for value in old.value {
            let place = "\(name).\(value.name)"
            if let other = values[value.number] {
                if other == value.name { continue }
                breaks(
                    "ENUM-NUMBER-REUSED", place, "number \(value.number) is \(other) now",
                    "give the new value a new number, and reserve this one")
            } else if !new.reservedRange.contains(where: { $0.start <= value.number && value.number <= $0.end }) {
                breaks(
                    "ENUM-NOT-RESERVED", place, "the value is gone, and its number \(value.number) is free",
                    "reserved \(value.number);")
            }
        }
        let known = Set(old.value.map(\.number))
        for value in new.value where !known.contains(value.number) {
            additions.append("value \(name).\(value.name) = \(value.number)")
            if old.reservedRange.contains(where: { $0.start <= value.number && value.number <= $0.end }) {
                breaks(
                    "ENUM-NUMBER-REUSED", "\(name).\(value.name)", "number \(value.number) was reserved",
                    "take a number that was never used")
            }
        }
    }

    private mutating func checkTypeIDs(_ new: SchemaSet) {
        var holders: [UInt32: String] = [:]
        for (name, message) in new.messages.sorted(by: { $0.key < $1.key }) {
            let id = message.options.Pons_V1_message.typeID
            guard id != 0 else { continue }
            if let other = holders.updateValue(name, forKey: id) {
                breaks("TYPE-ID-TAKEN", name, "type_id \(id) is \(other)'s", "take a number that was never used")
            }
        }
    }
}
