/// The two walks of a decoder, whatever it keeps of a field: along the usual order, and through any legal one.
enum DecodingSource {
    /// The chain: each field is read if it comes next.
    static func predicted(
        _ message: MessageModel, head: String, _ source: inout Source, read: (FieldModel, inout Source) -> Void
    ) {
        let hasSingular = message.countsSingular
        source.block("\(head)(from reader: inout WireReader) throws(WireError)") { source in
            if hasSingular { source.line("var seen: UInt64 = 0") }
            for field in message.ordered {
                let isArray = field.isRepeated && !field.isPacked
                let type = field.isPacked ? "lengthDelimited" : field.wireType
                let tag = "FieldTag(number: \(field.number), type: .\(type))"
                source.block("\(isArray ? "while" : "if") reader.take(\(tag))") { source in
                    source.line("let tag = \(tag)")
                    if let bit = bit(of: field, in: message) {
                        source.line("seen |= 0x\(String(UInt64(1) << UInt64(bit), radix: 16))")
                    }
                    read(field, &source)
                }
            }
            source.line("if !reader.isAtEnd { try decodeRest(from: &reader\(hasSingular ? ", seen" : "")) }")
        }
        source.line()
    }

    /// The loop over tags.
    static func general(
        _ message: MessageModel, locals: [String] = [], isKnown: String, unknown: String, _ source: inout Source,
        read: (FieldModel, inout Source) -> Void
    ) {
        let hasSingular = message.countsSingular
        source.line("/// Any legal order, from the first field on that the usual order did not predict.")
        let seen = hasSingular ? ", _ before: UInt64" : ""
        source.block("private mutating func decodeRest(from reader: inout WireReader\(seen)) throws(WireError)") {
            source in
            if hasSingular { source.line("var seen = before") }
            source.lines(locals)
            source.block("while let tag = try reader.nextTag()") { source in
                source.block("switch tag.number") { source in
                    for field in message.fields {
                        source.line("case \(field.tagPattern):")
                        if let bit = bit(of: field, in: message) {
                            source.line("try reader.note(tag, bit: \(bit), in: &seen)")
                        }
                        read(field, &source)
                    }
                    source.line("default:")
                    source.line("    let isKnown = \(isKnown)")
                    source.line("    \(unknown)")
                }
            }
        }
        source.line()
    }

    /// The place of a singular field in the set of those seen so far.
    private static func bit(of field: FieldModel, in message: MessageModel) -> Int? {
        guard message.countsSingular && !field.isRepeated else { return nil }
        return message.fields.firstIndex { $0.number == field.number }
    }
}
