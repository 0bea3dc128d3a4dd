import PonsSchema

/// Message types by number, and how to decode each.
enum CatalogueSource {
    static func messageTypes(_ messages: [MessageModel], fingerprint: [UInt8]) -> String {
        var source = Source(generatedFrom: "pons/v1/*.proto")
        let frames = messages.filter(\.isFrame).sorted { $0.typeID < $1.typeID }
        source.line()
        source.line("/// What a frame carries. The number stands in the frame header.")
        source.block("public enum MessageType: UInt16, Sendable") { source in
            for message in frames {
                source.line("case \(Names.property(MessageSource.snake(message.name))) = \(message.typeID)")
            }
            source.line()
            source.block("public var label: StaticString") { source in
                source.block("switch self") { source in
                    for message in frames {
                        source.line("case .\(Names.property(MessageSource.snake(message.name))): \"\(message.name)\"")
                    }
                }
            }
            source.line()
            source.block("public var streamClass: StreamClass") { source in
                source.block("switch self") { source in
                    for message in frames {
                        source.line(
                            "case .\(Names.property(MessageSource.snake(message.name))): .\(message.rule.streamClass)")
                    }
                }
            }
        }
        source.line()
        source.line("#if !hasFeature(Embedded)")
        source.line("extension MessageType: CaseIterable {}")
        source.line("#endif")
        source.line()
        source.line("/// The schema this build was generated from.")
        source.block("public enum Schema") { source in
            source.line("/// SHA-256 of the schema, compared in the handshake (VER-04).")
            let bytes = fingerprint.map { "\($0)" }.joined(separator: ", ")
            source.line("#if !hasFeature(Embedded)")
            source.line("    public static var fingerprint: [UInt8] { [\(bytes)] }")
            source.line("#endif")
        }
        return source.text
    }

    static func catalogue(_ messages: [MessageModel]) -> String {
        var source = Source(generatedFrom: "pons/v1/*.proto")
        source.line()
        source.line("public import PonsMessages")
        source.line("public import PonsVocabulary")
        source.line()
        source.line("/// The messages of the schema by frame type, and all of them by name.")
        source.block("public enum MessageCatalogue") { source in
            source.block("public static func message(of type: MessageType) -> any (FrameMessage & Reflective).Type") {
                source in
                source.block("switch type") { source in
                    for message in messages where message.isFrame {
                        source.line("case .\(Names.property(MessageSource.snake(message.name))): \(message.name).self")
                    }
                }
            }
            source.line()
            source.line("/// Also those that are parts of others.")
            source.block("public static var all: [any Reflective.Type]") { source in
                source.line("[")
                for message in messages { source.line("    \(message.name).self,") }
                source.line("]")
            }
        }
        return source.text
    }
}
