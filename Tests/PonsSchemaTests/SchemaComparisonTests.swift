import Foundation
import PonsSchema
import SwiftProtobuf
import Testing

/// A released schema, changed in one way each: what breaks a reader is found, and named; what doesn't is let through.
@Suite struct SchemaComparisonTests {
    private typealias Change = @Sendable (inout Google_Protobuf_FileDescriptorProto) -> Void

    /// One message with a field of each kind, and one enumeration.
    private static func released() -> Google_Protobuf_FileDescriptorProto {
        var angle = field("angle", 1, .double)
        angle.proto3Optional = true
        angle.oneofIndex = 0
        angle.options.Pons_V1_rule = .with {
            $0.unit = .radian
            $0.min = -3
            $0.max = 3
            $0.maxCount = 8
        }
        var mode = field("mode", 2, .enum)
        mode.typeName = ".pons.v1.Mode"
        var message = Google_Protobuf_DescriptorProto()
        message.name = "Turn"
        message.field = [angle, mode, field("name", 3, .string)]
        message.oneofDecl = [.with { $0.name = "_angle" }]
        message.reservedRange = [.with { ($0.start, $0.end) = (9, 10) }]
        message.options.Pons_V1_message = .with {
            $0.typeID = 7
            $0.streamClass = .control
        }
        var enumeration = Google_Protobuf_EnumDescriptorProto()
        enumeration.name = "Mode"
        enumeration.value = [value("MODE_UNSPECIFIED", 0), value("MODE_FAST", 1), value("MODE_SLOW", 2)]
        enumeration.reservedRange = [.with { ($0.start, $0.end) = (8, 8) }]
        var file = Google_Protobuf_FileDescriptorProto()
        file.package = "pons.v1"
        file.messageType = [message]
        file.enumType = [enumeration]
        return file
    }

    private static func field(
        _ name: String, _ number: Int32, _ type: Google_Protobuf_FieldDescriptorProto.TypeEnum
    ) -> Google_Protobuf_FieldDescriptorProto {
        .with {
            $0.name = name
            $0.number = number
            $0.type = type
            $0.label = .optional
        }
    }

    private static func value(_ name: String, _ number: Int32) -> Google_Protobuf_EnumValueDescriptorProto {
        .with { ($0.name, $0.number) = (name, number) }
    }

    private static func set(_ file: Google_Protobuf_FileDescriptorProto) throws -> SchemaSet {
        let set = Google_Protobuf_FileDescriptorSet.with { $0.file = [file] }
        return try SchemaSet(Array(try set.serializedData() as Data))
    }

    private static func comparison(_ change: Change) throws -> SchemaComparison {
        var changed = released()
        change(&changed)
        return SchemaComparison(from: try set(released()), to: try set(changed))
    }

    private static let breaks: [(String, String, Change)] = [
        ("MESSAGE-REMOVED", "Turn", { $0.messageType[0].name = "Spin" }),
        ("TYPE-ID-CHANGED", "Turn", { $0.messageType[0].options.Pons_V1_message.typeID = 8 }),
        ("STREAM-CLASS-CHANGED", "Turn", { $0.messageType[0].options.Pons_V1_message.streamClass = .state }),
        ("STRICTER", "Turn", { $0.messageType[0].options.Pons_V1_message.strict = true }),
        (
            "NUMBER-NOT-RESERVED", "Turn.name",
            {
                $0.messageType[0].field.removeLast()
                $0.messageType[0].reservedName = ["name"]
            }
        ),
        (
            "NAME-NOT-RESERVED", "Turn.name",
            {
                $0.messageType[0].field.removeLast()
                $0.messageType[0].reservedRange.append(.with { ($0.start, $0.end) = (3, 4) })
            }
        ),
        ("NUMBER-REUSED", "Turn.name", { $0.messageType[0].field[2].name = "title" }),
        ("NUMBER-REUSED", "Turn.late", { $0.messageType[0].field.append(field("late", 9, .bool)) }),
        ("RESERVATION-LIFTED", "Turn", { $0.messageType[0].reservedRange = [] }),
        ("TYPE-CHANGED", "Turn.name", { $0.messageType[0].field[2].type = .bytes }),
        ("TYPE-CHANGED", "Turn.mode", { $0.messageType[0].field[1].typeName = ".pons.v1.Other" }),
        ("LABEL-CHANGED", "Turn.name", { $0.messageType[0].field[2].label = .repeated }),
        (
            "PRESENCE-CHANGED", "Turn.angle",
            {
                $0.messageType[0].field[0].proto3Optional = false
                $0.messageType[0].field[0].clearOneofIndex()
            }
        ),
        (
            "ONEOF-CHANGED", "Turn.name",
            {
                $0.messageType[0].oneofDecl.append(.with { $0.name = "choice" })
                $0.messageType[0].field[2].oneofIndex = 1
            }
        ),
        ("UNIT-CHANGED", "Turn.angle", { $0.messageType[0].field[0].options.Pons_V1_rule.unit = .metre }),
        ("RANGE-NARROWED", "Turn.angle", { $0.messageType[0].field[0].options.Pons_V1_rule.max = 2 }),
        ("RANGE-NARROWED", "Turn.angle", { $0.messageType[0].field[0].options.Pons_V1_rule.min = -2 }),
        ("COUNT-NARROWED", "Turn.angle", { $0.messageType[0].field[0].options.Pons_V1_rule.maxCount = 4 }),
        ("RULE-TIGHTENED", "Turn.name", { $0.messageType[0].field[2].options.Pons_V1_rule.required = true }),
        ("RULE-TIGHTENED", "Turn.name", { $0.messageType[0].field[2].options.Pons_V1_rule.identifier = true }),
        (
            "NEW-REQUIRED", "Turn.until",
            {
                var until = field("until", 4, .double)
                until.options.Pons_V1_rule.required = true
                $0.messageType[0].field.append(until)
            }
        ),
        (
            "NEW-MUST-UNDERSTAND", "Turn.until",
            {
                var until = field("until", 4, .double)
                until.options.Pons_V1_rule.mustUnderstand = true
                $0.messageType[0].field.append(until)
            }
        ),
        ("ENUM-REMOVED", "Mode", { $0.enumType[0].name = "Pace" }),
        ("ENUM-NOT-RESERVED", "Mode.MODE_SLOW", { $0.enumType[0].value.removeLast() }),
        ("ENUM-NUMBER-REUSED", "Mode.MODE_SLOW", { $0.enumType[0].value[2].name = "MODE_QUIET" }),
        ("ENUM-NUMBER-REUSED", "Mode.MODE_QUIET", { $0.enumType[0].value.append(value("MODE_QUIET", 8)) }),
        (
            "TYPE-ID-TAKEN", "Wave",
            {
                var wave = Google_Protobuf_DescriptorProto()
                wave.name = "Wave"
                wave.options.Pons_V1_message.typeID = 7
                $0.messageType.append(wave)
            }
        ),
    ]

    @Test(arguments: breaks.indices) func `a change that breaks a reader is found`(index: Int) throws {
        let (code, place, change) = Self.breaks[index]
        let found = try Self.comparison(change).breaking
        #expect(found.contains { $0.code == code && $0.place == place }, "\(code): \(found)")
        #expect(found.allSatisfy { !$0.what.isEmpty && !$0.fix.isEmpty })
    }

    @Test func `what is added breaks nobody`() throws {
        let comparison = try Self.comparison { file in
            file.messageType[0].field.append(Self.field("until", 4, .double))
            file.messageType[0].field[0].options.Pons_V1_rule.max = 4
            file.enumType[0].value.append(Self.value("MODE_QUIET", 3))
            var wave = Google_Protobuf_DescriptorProto()
            wave.name = "Wave"
            wave.options.Pons_V1_message.typeID = 8
            file.messageType.append(wave)
        }
        #expect(comparison.breaking.isEmpty, "\(comparison.breaking)")
        #expect(comparison.additions == ["field Turn.until = 4", "value Mode.MODE_QUIET = 3", "message Wave"])
    }

    @Test func `a field that goes away in order breaks nobody`() throws {
        let comparison = try Self.comparison { file in
            file.messageType[0].field.removeLast()
            file.messageType[0].reservedRange.append(.with { ($0.start, $0.end) = (3, 4) })
            file.messageType[0].reservedName = ["name"]
        }
        #expect(comparison.breaking.isEmpty, "\(comparison.breaking)")
    }

    @Test func `the schema of this checkout breaks nothing against itself, and rubbish is no schema`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let bytes = Array(try Data(contentsOf: root.appending(path: "Spec/v1/pons-v1.binpb")))
        let set = try SchemaSet(bytes)
        let comparison = SchemaComparison(from: set, to: set)
        #expect(set.messageCount > 90 && comparison.breaking.isEmpty && comparison.additions.isEmpty)
        #expect(throws: SchemaSet.Malformed.self) { try SchemaSet([1, 2, 3]) }
        #expect(throws: SchemaSet.Malformed.self) { try SchemaSet([]) }
    }
}
