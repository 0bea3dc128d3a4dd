import SwiftProtobufPluginLibrary

/// The layout of a message that has every field, in ascending order, in shortest form: all offsets are constants. With it,
/// a view that reads such a message in place.
enum CanonicalSource {
    /// Where a part begins; behind the array of free count, its size is added.
    static func start(_ index: Int, in model: SpinalModel, _ layout: String) -> String {
        let isBehind = model.parts[..<index].contains { if case .array(let field) = $0 { field.isFree } else { false } }
        return isBehind ? "\(layout)part\(index) &+ shift" : "\(layout)part\(index)"
    }

    static func layout(_ model: SpinalModel, _ source: inout Source) {
        source.lines([
            "/// Offsets of ``\(model.name)`` with every field present, in ascending order, each in its shortest form."
        ])
        source.line("@frozen")
        source.block("public enum \(model.name)Layout<let joints: Int>") { source in
            var previous = "0"
            for (index, part) in model.parts.enumerated() {
                source.line("@inlinable @inline(__always) static var part\(index): Int { \(previous) }")
                switch part {
                case .run(let run): previous = "part\(index) &+ \(SpinalSource.size(of: run))"
                case .array(let field) where field.isFree: previous = "part\(index)"
                case .array(let field):
                    previous = "part\(index) &+ head\(index).size &+ \(field.full) &* \(field.width)"
                }
                if case .array(let field) = part, !field.isFree {
                    source.line("@inlinable @inline(__always) static var head\(index): PackedHead {")
                    source.line("    PackedHead(tag: \(field.arrayTag), byteCount: \(field.full) &* \(field.width))")
                    source.line("}")
                }
            }
            source.line()
            let but = model.free.map { ", without `\($0.field.descriptor.name)`" } ?? ""
            source.line("/// Bytes of the message\(but).")
            source.line("@inlinable @inline(__always) public static var size: Int { \(previous) }")
            source.line()
            match(model, &source)
        }
    }

    private static func match(_ model: SpinalModel, _ source: inout Source) {
        let what = model.free.map { "bytes of `\($0.field.descriptor.name)` with its head" } ?? "0"
        source.line("/// Compares every tag and length. Returns \(what), or -1 for a message in any other layout.")
        source.line("@inlinable @inline(__always)")
        source.block("public static func shift(of bytes: RawSpan) -> Int") { source in
            if let free = model.free {
                let head = free.headSize
                let part = model.parts.firstIndex { if case .array(let field) = $0 { field.isFree } else { false } }!
                source.line("let shift = bytes.byteCount &- size")
                source.block("if shift != 0") { source in
                    source.line(
                        "guard shift > \(head), shift <= \(head) &+ \(free.capacity) &* \(free.width), (shift &- \(head)) & \(free.width - 1) == 0 else { return -1 }"
                    )
                    source.line("let head = PackedHead(tag: \(free.arrayTag), byteCount: shift &- \(head))")
                    source.line("if bytes.difference(from: head, at: part\(part)) != 0 { return -1 }")
                }
            } else {
                source.line("if bytes.byteCount != size { return -1 }")
            }
            source.line("var wrong: UInt64 = 0")
            for (index, part) in model.parts.enumerated() {
                let start = start(index, in: model, "")
                switch part {
                case .run(let run):
                    source.lines(SpinalSource.compare(run, at: "(\(start))"))
                    source.lines(SpinalSource.named(run, at: start, in: model))
                case .array(let field) where field.isFree: continue
                case .array: source.line("wrong |= UInt64(bytes.difference(from: head\(index), at: \(start)))")
                }
            }
            source.line("return wrong == 0 ? \(model.free == nil ? "0" : "shift") : -1")
        }
    }

    // MARK: View

    static func view(_ model: SpinalModel, _ source: inout Source) {
        source.lines([
            "/// ``\(model.name)`` read in place, where every field is present and in ascending order; nothing is copied.",
            "///",
            "/// Any other layout is legal and is not for this view: decode it into ``Fixed\(model.name)``.",
        ])
        source.line("@frozen")
        source.block("public struct Canonical\(model.name)<let joints: Int>: ~Escapable") { source in
            source.line("@usableFromInline let bytes: RawSpan")
            if model.free != nil { source.line("@usableFromInline let shift: Int") }
            source.line()
            source.line("/// `nil` for bytes in any other layout, malformed ones among them.")
            source.line("@inlinable @inline(__always)")
            source.line("@_lifetime(copy bytes)")
            source.block("public init?(_ bytes: RawSpan)") { source in
                source.line("let shift = \(model.name)Layout<joints>.shift(of: bytes)")
                source.line("if shift < 0 { return nil }")
                source.line("self.bytes = bytes")
                if model.free != nil { source.line("self.shift = shift") }
            }
            accessors(model, &source)
        }
    }

    private static func accessors(_ model: SpinalModel, _ source: inout Source) {
        let layout = "\(model.name)Layout<joints>."
        for (index, part) in model.parts.enumerated() {
            let start = start(index, in: model, layout)
            switch part {
            case .run(let run):
                SpinalSource.places(run) { field, place in
                    let value = SpinalSource.load(field, from: "bytes", at: SpinalSource.sum(start, place))
                    let typed = field.field.isEnum ? "\(field.element)(rawValue: \(value))" : value
                    source.line()
                    source.comment(field.field.descriptor)
                    source.line(
                        "@inlinable @inline(__always) public var \(field.property): \(field.element) { \(typed) }")
                }
            case .array(let field): element(field, start, "\(layout)head\(index).size", &source)
            }
        }
    }

    private static func element(_ field: SpinalField, _ start: String, _ head: String, _ source: inout Source) {
        source.line()
        source.comment(field.field.descriptor)
        let headSize = field.isFree ? "\(field.headSize)" : head
        let count = field.isFree ? "\(field.property)Count" : field.full
        if field.isFree {
            source.line(
                "@inlinable @inline(__always) public var \(field.property)Count: Int { shift == 0 ? 0 : (shift &- \(field.headSize)) / \(field.width) }"
            )
        }
        source.line("@inlinable @inline(__always)")
        source.block("public func \(field.property)(_ index: Int) -> \(field.element)") { source in
            source.line("precondition(index >= 0 && index < \(count), \"index out of range\")")
            source.line(
                "return bytes.load(\(field.element).self, at: \(start) &+ \(headSize) &+ index &* \(field.width))")
        }
    }
}
