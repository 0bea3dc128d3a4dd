import PonsSchema
import SwiftProtobufPluginLibrary

/// Heap-free forms of joint-stream messages: a fixed-size value, a view and a resident frame at constant offsets.
enum SpinalSource {
    static func file(_ file: FileDescriptor, _ models: [SpinalModel]) -> String {
        var source = Source(generatedFrom: file.name)
        source.line()
        source.line("public import PonsVocabulary")
        source.line("public import PonsWire")
        for model in models {
            source.line()
            FixedSource.type(model, &source)
            source.line()
            CanonicalSource.layout(model, &source)
            source.line()
            CanonicalSource.view(model, &source)
            source.line()
            ResidentSource.type(model, &source)
        }
        var checked: Set<String> = []
        for field in models.flatMap(\.nested) where checked.insert(field.element).inserted {
            source.line()
            check(MessageModel(field.field.descriptor.messageType!), &source)
        }
        return source.text
    }

    /// A nested message that is checked and not kept.
    private static func check(_ message: MessageModel, _ source: inout Source) {
        source.block("extension WireReader") { source in
            source.line("/// Passes over a ``\(message.name)``, with the checks its decoder makes.")
            source.block("@usableFromInline mutating func check\(message.name)(_ tag: FieldTag) throws(WireError)") {
                source in
                source.line("let outerEnd = try enter(tag)")
                source.line(
                    "do throws(WireError) { try check\(message.name)() } catch { throw error.inside(tag.number) }")
                source.line("leave(outerEnd)")
            }
            source.line()
            source.block("private mutating func check\(message.name)() throws(WireError)") { source in
                source.line("var seen: UInt64 = 0")
                source.line("var unknown = 0")
                source.block("while let tag = try nextTag()") { source in
                    source.block("switch tag.number") { source in
                        for (bit, field) in message.fields.enumerated() {
                            precondition(
                                !field.isRepeated && !field.isMessage && !field.isEnum,
                                "\(message.name) is too deep to be passed over")
                            source.line("case \(field.number) where tag.type == .\(field.wireType):")
                            source.line("    try note(tag, bit: \(bit), in: &seen)")
                            source.line("    _ = \(field.passOver)")
                        }
                        source.line("default:")
                        let numbers = message.fields.map { "\($0.number)" }.joined(separator: ", ")
                        source.line("    let isKnown = switch tag.number { case \(numbers): true; default: false }")
                        source.line("    try skipUnknown(tag, isKnown: isKnown, total: &unknown)")
                    }
                }
            }
        }
    }

    /// Statements that compare the tags of a run, and the upper bit of its varints, from `offset` on; `wrong` stays 0.
    static func compare(_ run: [SpinalField], at offset: String) -> [String] {
        var cells: [(place: Int, value: UInt8, mask: UInt8)] = []
        var place = 0
        for field in run {
            for byte in field.tag { cells.append((place, byte, 0xFF)); place += 1 }
            if field.isVarint { cells.append((place, 0, 0x80)) }
            place += field.isVarint ? 1 : field.width
        }
        let end = place
        var lines: [String] = []
        while let first = cells.first {
            let near = cells.prefix { $0.place < min(first.place + 8, end) }
            let span = near.last!.place - first.place + 1
            let width =
                [1, 2, 4, 8].first { $0 >= span && first.place + $0 <= end } ?? [8, 4, 2, 1].first {
                    first.place + $0 <= end
                }!
            let taken = cells.prefix { $0.place < first.place + width }
            var value: UInt64 = 0
            var mask: UInt64 = 0
            for cell in taken {
                let shift = UInt64(8 * (cell.place - first.place))
                value |= UInt64(cell.value) << shift
                mask |= UInt64(cell.mask) << shift
            }
            let all = width == 8 ? UInt64.max : 1 << UInt64(8 * width) - 1
            let type = "UInt\(width * 8)"
            let load = "bytes.load(\(type).self, at: \(sum(offset, first.place))) ^ 0x\(String(value, radix: 16))"
            let masked = mask == all ? load : "(\(load)) & 0x\(String(mask, radix: 16))"
            lines.append("wrong |= UInt64(\(masked))")
            cells.removeFirst(taken.count)
        }
        return lines
    }

    /// A strict message's enumeration without a name is for the general path to refuse (FMT-02).
    static func named(_ run: [SpinalField], at start: String, in model: SpinalModel) -> [String] {
        var lines: [String] = []
        guard model.message.rule.strict else { return lines }
        places(run) { field, place in
            guard field.field.isEnum else { return }
            let value = "bytes.load(UInt8.self, at: \(sum(start, place)))"
            let names = "0x\(String(field.knownMask, radix: 16))"
            lines.append("wrong |= SpinalLimits.isNamed(\(value), in: \(names)) ? 0 : 1")
        }
        return lines
    }

    /// `offset + constant`, without the parts that are zero.
    static func sum(_ offset: String, _ constant: Int) -> String {
        offset == "0" ? "\(constant)" : constant == 0 ? offset : "\(offset) &+ \(constant)"
    }

    /// Calls `body` with every field of a run and where its value stands.
    static func places(_ run: [SpinalField], _ body: (SpinalField, Int) -> Void) {
        var place = 0
        for field in run {
            body(field, place + field.tag.count)
            place += field.canonicalSize
        }
    }

    static func size(of run: [SpinalField]) -> Int { run.reduce(0) { $0 + $1.canonicalSize } }

    /// Expression for a value read at `offset`, in the type it is stored as.
    static func load(_ field: SpinalField, from bytes: String, at offset: String) -> String {
        if !field.isVarint { return "\(bytes).load(\(field.element).self, at: \(offset))" }
        let byte = "\(bytes).load(UInt8.self, at: \(offset))"
        return field.element == "Bool" ? "\(byte) != 0" : "\(field.storedType)(\(byte))"
    }

    /// Statement that stores a tag and, for a short varint, its value.
    static func store(_ field: SpinalField, _ value: String, in storage: String, at offset: String) -> [String] {
        var lines: [String] = []
        let tag = field.tag
        if tag.count == 1 {
            lines.append("\(storage).store(0x\(String(tag[0], radix: 16)) as UInt8, at: \(offset))")
        } else {
            let both = UInt16(tag[0]) | UInt16(tag[1]) << 8
            lines.append("\(storage).store(0x\(String(both, radix: 16)) as UInt16, at: \(offset))")
        }
        lines.append("\(storage).store(\(short(field, value)), at: \(sum(offset, tag.count)))")
        return lines
    }

    /// The value as the bytes of its wire form, a varint as the one byte it fits in.
    static func short(_ field: SpinalField, _ value: String) -> String {
        if !field.isVarint { return value }
        return field.element == "Bool" ? "(\(value) ? 1 : 0) as UInt8" : "UInt8(truncatingIfNeeded: \(value))"
    }
}
