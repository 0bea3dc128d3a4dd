import PonsSchema
import SwiftProtobufPluginLibrary

/// Validators, derived from the options of each field.
enum ValidationSource {
    static func validate(_ message: MessageModel, _ source: inout Source) {
        source.block("public func validate(_ context: ValidationContext) throws(Violation)") { source in
            for field in message.fields { check(field, in: message, &source) }
            for field in message.fields { relations(field, in: message, &source) }
        }
        source.line()
        source.block("public static func fieldName(_ number: UInt32) -> StaticString?") { source in
            if message.fields.isEmpty { return source.line("nil") }
            source.block("switch number") { source in
                for field in message.fields { source.line("case \(field.number): \"\(field.descriptor.name)\"") }
                source.line("default: nil")
            }
        }
        source.line()
        source.block("public static func describe(_ path: FieldPath) -> String") { source in
            let nested = message.fields.filter(\.isMessage)
            if !nested.isEmpty {
                source.block("switch path[0]") { source in
                    for field in nested {
                        source.line(
                            "case \(field.number) where path.count > 1: return \"\(field.descriptor.name).\" + \(field.elementType).describe(path.dropFirst())"
                        )
                    }
                    source.line("default: break")
                }
            }
            source.line("return describeLeaf(path)")
        }
    }

    private static func check(_ field: FieldModel, in message: MessageModel, _ source: inout Source) {
        let rule = field.rule
        let number = field.number
        switch field.presence {
        case .implicit:
            if rule.required { source.line("try Rule.present(\(field.isSet("self.\(field.property)")), \(number))") }
            value("self.\(field.property)", of: field, index: "", &source)
        case .explicit:
            if rule.required { source.line("try Rule.present(self.\(field.property) != nil, \(number))") }
            if needsValue(field) {
                source.block("if let value = self.\(field.property)") { value("value", of: field, index: "", &$0) }
            }
        case .oneof(let name):
            if needsValue(field) {
                source.block("if case .\(field.property)(let value)? = self.\(name)") {
                    value("value", of: field, index: "", &$0)
                }
            }
        case .map(_, let element):
            if needsValue(element) {
                source.block("for value in self.\(field.property).values") {
                    value("value", of: element, index: "", &$0)
                }
            }
        case .repeated:
            if rule.required { source.line("try Rule.present(!self.\(field.property).isEmpty, \(number))") }
            length(field, in: message, &source)
            if needsValue(field) {
                let elements =
                    field.isMessage
                    ? "value in self.\(field.property)" : "(index, value) in self.\(field.property).enumerated()"
                source.block("for \(elements)") {
                    value("value", of: field, index: ", index: index", &$0)
                }
            }
        }
    }

    /// Rules that hold between values.
    private static func relations(_ field: FieldModel, in message: MessageModel, _ source: inout Source) {
        if field.rule.covariance {
            source.line("try Rule.covariance(self.\(field.property), \(field.number))")
        }
        guard field.rule.notBelow > 0 else { return }
        guard let lower = message.fields.first(where: { $0.number == Int(field.rule.notBelow) }) else {
            preconditionFailure("\(message.name).\(field.property): not_below names no field")
        }
        source.line("try Rule.notBelow(self.\(lower.property), self.\(field.property), \(field.number))")
    }

    private static func needsValue(_ field: FieldModel) -> Bool {
        field.isMessage || field.rule.hasMin || field.rule.hasMax || field.rule.identifier || field.rule.exactBytes > 0
            || (field.isFloatingPoint && !field.rule.allowNonFinite)
    }

    private static func length(_ field: FieldModel, in message: MessageModel, _ source: inout Source) {
        let count = "self.\(field.property).count"
        switch field.rule.length {
        case .joints: source.line("try Rule.count(\(count), context.jointCount, \(field.number))")
        case .jointsOrEmpty:
            source.line("if \(count) > 0 { try Rule.count(\(count), context.jointCount, \(field.number)) }")
        case .jointMask:
            source.line("if \(count) > 0 { try Rule.count(\(count), (context.jointCount + 63) / 64, \(field.number)) }")
        case .stepsTimesJoints:
            source.line("try Rule.count(\(count), Int(self.horizon ?? 0) * context.jointCount, \(field.number))")
        case .unspecified, .UNRECOGNIZED:
            if field.rule.exactCount > 0 {
                source.line("if \(count) > 0 { try Rule.count(\(count), \(field.rule.exactCount), \(field.number)) }")
            }
        }
    }

    private static func value(_ value: String, of field: FieldModel, index: String, _ source: inout Source) {
        let rule = field.rule
        if field.isMessage {
            source.line(
                "do throws(Violation) { try \(value).validate(context) } catch { throw error.inside(\(field.number)) }")
            if rule.unitNorm {
                source.line("try Rule.unitNorm(\(value).x, \(value).y, \(value).z, \(value).w, \(field.number))")
            }
            return
        }
        if field.isFloatingPoint && !rule.allowNonFinite {
            source.line("try Rule.finite(\(value), \(field.number)\(index))")
        }
        if rule.hasMin {
            source.line("try Rule.atLeast(\(literal(rule.min, field)), \(value), \(field.number)\(index))")
        }
        if rule.hasMax {
            source.line("try Rule.atMost(\(literal(rule.max, field)), \(value), \(field.number)\(index))")
        }
        if rule.identifier { source.line("try Rule.identifier(\(value), \(field.number)\(index))") }
        if rule.exactBytes > 0 {
            source.line("try Rule.exactly(\(rule.exactBytes), \(value), \(field.number)\(index))")
        }
    }

    static func literal(_ bound: Double, _ field: FieldModel) -> String {
        field.isFloatingPoint ? "\(bound)" : "\(Int64(bound))"
    }
}
