import PonsSchema
import SwiftProtobufPluginLibrary

/// Enumerations and their catalogue texts.
enum VocabularySource {
    static func file(_ file: FileDescriptor, _ enums: [EnumDescriptor]) -> String {
        var source = Source(generatedFrom: file.name)
        for descriptor in enums { declare(descriptor, &source) }
        return source.text
    }

    static func declare(_ descriptor: EnumDescriptor, _ source: inout Source) {
        source.line()
        source.declaration(Names.type(descriptor)) { name, source in
            source.comment(descriptor)
            source.block("public enum \(Names.declared(name)): WireEnum") { source in body(descriptor, &source) }
        }
    }

    private static func body(_ descriptor: EnumDescriptor, _ source: inout Source) {
        for value in descriptor.firstNames {
            source.comment(value)
            source.line("case \(Names.declared(Names.enumCase(value)))")
        }
        source.line("/// A number this build has no name for, kept as it came.")
        source.line("case unrecognized(Int32)")
        source.line()
        source.block("public init(rawValue: Int32)") { source in
            source.block("switch rawValue") { source in
                for value in descriptor.firstNames {
                    source.line(
                        "case \(value.number): self = .\(Names.enumCase(value) == "init" ? "`init`" : Names.enumCase(value))"
                    )
                }
                source.line("default: self = .unrecognized(rawValue)")
            }
        }
        source.line()
        source.block("public var rawValue: Int32") { source in
            source.block("switch self") { source in
                for value in descriptor.firstNames { source.line("case .\(Names.enumCase(value)): \(value.number)") }
                source.line("case .unrecognized(let number): number")
            }
        }
        source.line()
        source.block("public var label: StaticString") { source in
            source.block("switch self") { source in
                for value in descriptor.firstNames {
                    source.line("case .\(Names.enumCase(value)): \"\(Names.label(of: value))\"")
                }
                source.line("case .unrecognized: \"UNRECOGNIZED\"")
            }
        }
        source.line()
        text(descriptor, \.en, "english", &source)
        text(descriptor, \.zh, "chinese", &source)
        let names = descriptor.firstNames.map { ".\(Names.enumCase($0))" }.joined(separator: ", ")
        source.line("public var isKnown: Bool { if case .unrecognized = self { false } else { true } }")
        source.line()
        source.line("#if !hasFeature(Embedded)")
        source.line("    public static var named: [\(Names.type(descriptor))] { [\(names)] }")
        source.line("#endif")
    }

    private static func text(
        _ descriptor: EnumDescriptor, _ language: KeyPath<Pons_V1_Text, String>, _ name: String, _ source: inout Source
    ) {
        let texts = descriptor.firstNames.compactMap { value -> String? in
            let text = value.options.Pons_V1_text[keyPath: language]
            return text.isEmpty ? nil : "case .\(Names.enumCase(value)): \"\(text)\""
        }
        source.block("public var \(name): StaticString") { source in
            if texts.isEmpty { return source.line("label") }
            source.block("switch self") { source in
                source.lines(texts)
                if texts.count <= descriptor.firstNames.count { source.line("default: label") }
            }
        }
        source.line()
    }
}

extension EnumDescriptor {
    /// The values without aliases: of several names for one number, the first.
    fileprivate var firstNames: [EnumValueDescriptor] {
        var seen: Set<Int32> = []
        return values.filter { seen.insert($0.number).inserted }
    }
}
