import Foundation
import SwiftProtobufPluginLibrary

/// How names of the schema become names of Swift.
enum Names {
    private static let reserved: Set<String> = [
        "extension", "internal", "public", "private", "init", "default", "switch", "case", "in", "is", "as", "self",
        "operator", "protocol", "struct", "class", "enum", "func", "var", "let", "where", "while", "for", "if", "else",
        "return", "throw", "try", "repeat", "import", "static", "subscript", "true", "false", "nil", "continue",
    ]

    /// `pons/v1/motion.proto` → `Motion`
    static func base(of file: FileDescriptor) -> String {
        let stem = file.name.split(separator: "/").last!.dropLast(".proto".count)
        return stem.prefix(1).uppercased() + stem.dropFirst()
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
                : word == "ids" ? "IDs" : word == "sha256" ? "SHA256" : word.prefix(1).uppercased() + word.dropFirst()
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
