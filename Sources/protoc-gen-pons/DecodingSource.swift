/// The two walks of a decoder, whatever it keeps of a field: along the usual order, and through any legal one.
struct DecodingSource {
    let message: MessageModel
    /// Head of the function that walks along the usual order, up to its parameters.
    let predicted: String
    /// Head of the function that takes any legal order, up to its parameters.
    let general: String
    /// Statement that reads a field whose tag was passed over; `tag` is in scope.
    let read: (FieldModel, inout Source) -> Void
    /// Statement that reads a field of which nothing can have been read before, the same as ``read`` unless given.
    var readFirst: ((FieldModel, inout Source) -> Void)?
    /// Statement for a field that does not come next, where the value may hold something older.
    var absent: (FieldModel) -> String? = { _ in nil }
    /// Statement that takes the tag, too, and minds the field's absence.
    var readWhole: (FieldModel) -> String? = { _ in nil }

    /// The chain: each field is read if it comes next.
    func chain(begin: [String] = [], _ source: inout Source) {
        let hasSingular = message.countsSingular
        source.block("\(predicted)(from reader: inout WireReader) throws(WireError)") { source in
            if hasSingular { source.line("var seen: UInt64 = 0") }
            source.lines(begin)
            for run in message.fixedRuns {
                if run.count > 1 { numbers(run, &source) } else { step(run[0], &source) }
            }
            let name = general.split(separator: " ").last!
            source.line(
                "if !reader.isAtEnd { try \(name)(from: &reader\(hasSingular ? ", seen: seen" : ", seen: 0")) }")
        }
        source.line()
    }

    private func step(_ field: FieldModel, _ source: inout Source) {
        let type = field.isPacked ? "lengthDelimited" : field.wireType
        let tag = "FieldTag(number: \(field.number), type: .\(type))"
        if let whole = readWhole(field) { return source.line(whole) }
        let isArray = field.isRepeated && !field.isPacked
        let absent = absent(field)
        if field.isRepeated, let absent { source.line(absent) }
        source.block("\(isArray ? "while" : "if") reader.take(\(tag))") { source in
            source.line("let tag = \(tag)")
            note(field, &source)
            (readFirst ?? read)(field, &source)
        }
        if !field.isRepeated, let absent { source.line("else { \(absent) }") }
    }

    /// Numbers of fixed width that stand together: how far they reach is kept in a register meanwhile.
    private func numbers(_ run: [FieldModel], _ source: inout Source) {
        source.block("do") { source in
            source.line("var place = reader.offset")
            for field in run {
                let tag = "FieldTag(number: \(field.number), type: .\(field.wireType))"
                source.block("if reader.holds(\(tag), at: place)") { source in
                    note(field, &source)
                    source.line(
                        "self.\(field.property) = reader.number(\(field.elementType).self, \(tag), at: &place)")
                }
                if let absent = absent(field) { source.line("else { \(absent) }") }
            }
            source.line("reader.seek(to: place)")
        }
    }

    private func note(_ field: FieldModel, _ source: inout Source) {
        guard let bit = bit(of: field) else { return }
        source.line("seen |= 0x\(String(UInt64(1) << UInt64(bit), radix: 16))")
    }

    /// The loop over tags.
    func loop(locals: [String] = [], isKnown: String, unknown: String, _ source: inout Source) {
        source.line("/// Any legal order, on top of what was read before.")
        source.block("\(general)(from reader: inout WireReader, seen before: UInt64) throws(WireError)") { source in
            if message.countsSingular { source.line("var seen = before") }
            source.lines(locals)
            source.block("while let tag = try reader.nextTag()") { source in
                source.block("switch tag.number") { source in
                    for field in message.fields {
                        source.line("case \(field.tagPattern):")
                        if let bit = bit(of: field) {
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
    private func bit(of field: FieldModel) -> Int? {
        guard message.countsSingular && !field.isRepeated else { return nil }
        return message.fields.firstIndex { $0.number == field.number }
    }
}
