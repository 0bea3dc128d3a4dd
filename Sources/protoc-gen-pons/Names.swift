import Foundation
import SwiftProtobufPluginLibrary

/// How names of the schema become names of Swift.
enum Names {
    /// Types generated code speaks of: one of the schema's with the same name would hide them.
    private static let swiftTypes: Set<String> = [
        "Bool", "Double", "Float", "Int", "Int32", "Int64", "String", "StaticString", "UInt8", "UInt32", "UInt64",
        "Equatable", "Sendable", "Indirect", "Rule", "Violation",
    ]
    private static let reserved: Set<String> = [
        "extension", "internal", "public", "private", "init", "default", "switch", "case", "in", "is", "as", "self",
        "operator", "protocol", "struct", "class", "enum", "func", "var", "let", "where", "while", "for", "if", "else",
        "return", "throw", "throws", "try", "guard", "do", "catch", "defer", "break", "fallthrough", "super", "any",
        "Any", "Self", "Type", "Protocol", "rethrows", "inout", "typealias", "associatedtype", "deinit", "fileprivate",
        "await", "async", "repeat", "import", "static", "subscript", "true", "false", "nil", "continue",
    ]

    /// `pons/v1/motion.proto` → `Motion`
    static func base(of file: FileDescriptor) -> String {
        let stem = file.name.split(separator: "/").last!.dropLast(".proto".count)
        return capitalised(stem)
    }

    static func capitalised(_ name: some StringProtocol) -> String { name.prefix(1).uppercased() + name.dropFirst() }

    /// The schema this project is made of; any other is a vendor's own, or a test's.
    static let standardPackage = "pons.v1"

    /// `Outer.Inner`; well-known types keep out of the way of Swift's own names.
    static func type(_ descriptor: Descriptor) -> String { type(descriptor.fullName, in: descriptor.file) }
    static func type(_ descriptor: EnumDescriptor) -> String { type(descriptor.fullName, in: descriptor.file) }

    private static func type(_ fullName: String, in file: FileDescriptor) -> String {
        let name = fullName.dropFirst(file.package.isEmpty ? 0 : file.package.count + 1)
        let clashes = swiftTypes.contains(name.split(separator: ".").last.map(String.init) ?? "")
        return (file.package == "google.protobuf" ? "Google" : "") + name + (clashes ? "_" : "")
    }

    /// Types that only describe options never travel.
    static func isOptionType(_ message: Descriptor) -> Bool {
        ["FieldRule", "MessageRule", "Text"].contains(message.name)
    }

    /// `valid_until_ns` → `validUntilNs`
    static func property(_ name: String) -> String {
        let words = name.lowercased().split(separator: "_")
        let tail = words.dropFirst().map { word in
            word == "id"
                ? "ID"
                : word == "ids" ? "IDs" : word == "sha256" ? "SHA256" : capitalised(word)
        }
        return words[0] + tail.joined()
    }

    static func declared(_ name: String) -> String { reserved.contains(name) ? "`\(name)`" : name }

    /// `SAFETY_STATE_EMERGENCY_STOP` in `SafetyState` → `EMERGENCY_STOP`
    static func label(of value: EnumValueDescriptor) -> String {
        let prefix = shouting(value.enumType.name) + "_"
        return value.name.hasPrefix(prefix) ? String(value.name.dropFirst(prefix.count)) : value.name
    }

    static func enumCase(_ value: EnumValueDescriptor) -> String { property(label(of: value)) }

    /// `SafetyState` → `SAFETY_STATE`
    static func shouting(_ name: String) -> String {
        var result = ""
        for character in name {
            if character.isUppercase && !result.isEmpty { result += "_" }
            result += character.uppercased()
        }
        return result
    }
}
