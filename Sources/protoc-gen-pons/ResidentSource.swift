/// The resident frame: a message that lives in its wire form; setters write numbers where they will be sent from.
enum ResidentSource {
    static func type(_ model: SpinalModel, _ source: inout Source) {
        source.line("#if !hasFeature(Embedded)")
        source.line()
        source.lines([
            "/// ``\(model.name)`` kept in wire form, every field present: encoding it costs nothing.",
            "///",
            "/// Made once, used for the life of a stream: the only allocation is in `init`.",
        ])
        source.block("public struct Resident\(model.name)<let joints: Int>: ~Copyable") { source in
            source.line("@usableFromInline var storage: ResidentStorage")
            if model.free != nil { source.line("@usableFromInline let shift: Int") }
            source.line()
            initialiser(model, &source)
            source.lines([
                "", "/// The message on the wire.",
                "@inlinable public var bytes: RawSpan { @_lifetime(borrow self) get { storage.bytes } }", "",
                "/// Takes over a message in this very layout. `false`, and nothing changed, for any other.",
                "@inlinable",
            ])
            source.block("public mutating func decode(_ bytes: RawSpan) -> Bool") { source in
                let shift = model.free == nil ? "0" : "self.shift"
                source.line("if bytes.byteCount != storage.byteCount { return false }")
                source.line("if \(model.name)Layout<joints>.shift(of: bytes) != \(shift) { return false }")
                source.line("storage.copy(bytes)")
                source.line("return true")
            }
            accessors(model, &source)
        }
        source.line()
        source.line("#endif")
    }

    private static func initialiser(_ model: SpinalModel, _ source: inout Source) {
        let layout = "\(model.name)Layout<joints>."
        let argument = model.free.map { "\($0.property)Count: Int" } ?? ""
        source.line("@inlinable")
        source.block("public init(\(argument))") { source in
            if let free = model.free {
                source.line(
                    "precondition(\(free.property)Count >= 0 && \(free.property)Count <= \(free.capacity), \"\(free.property)Count above \(free.capacity)\")"
                )
                source.line(
                    "shift = \(free.property)Count == 0 ? 0 : \(free.headSize) &+ \(free.property)Count &* \(free.width)"
                )
            }
            source.line("storage = ResidentStorage(byteCount: \(layout)size\(model.free == nil ? "" : " &+ shift"))")
            for (index, part) in model.parts.enumerated() {
                let start = CanonicalSource.start(index, in: model, layout)
                switch part {
                case .run(let run):
                    var place = 0
                    for field in run {
                        for (step, byte) in field.tag.enumerated() {
                            source.line(
                                "storage.store(0x\(String(byte, radix: 16)) as UInt8, at: \(start) &+ \(place + step))")
                        }
                        place += field.canonicalSize
                    }
                case .array(let field) where field.isFree:
                    source.block("if shift > 0") {
                        $0.line(
                            "storage.store(PackedHead(tag: \(field.arrayTag), byteCount: shift &- \(field.headSize)), at: \(start))"
                        )
                    }
                case .array: source.line("storage.store(\(layout)head\(index), at: \(start))")
                }
            }
        }
    }

    private static func accessors(_ model: SpinalModel, _ source: inout Source) {
        let layout = "\(model.name)Layout<joints>."
        for (index, part) in model.parts.enumerated() {
            let start = CanonicalSource.start(index, in: model, layout)
            switch part {
            case .run(let run):
                SpinalSource.places(run) { field, place in
                    scalar(field, SpinalSource.sum(start, place), &source)
                }
            case .array(let field): array(field, start, "\(layout)head\(index).size", &source)
            }
        }
    }

    private static func scalar(_ field: SpinalField, _ offset: String, _ source: inout Source) {
        source.line()
        source.comment(field.field.descriptor)
        if field.field.isEnum { source.line("/// Numbers below 128 only, as every name has.") }
        source.line("@inlinable")
        source.block("public var \(field.property): \(field.element)") { source in
            let load = SpinalSource.load(field, from: "storage", at: offset)
            source.line("get { \(field.field.isEnum ? "\(field.element)(rawValue: \(load))" : load) }")
            let value = field.field.isEnum ? "newValue.rawValue" : "newValue"
            source.block("set") { source in
                if field.isVarint && field.element != "Bool" {
                    source.line(
                        "precondition(\(value) >= 0 && \(value) < 0x80, \"a resident frame holds numbers below 128\")")
                }
                source.line("storage.store(\(SpinalSource.short(field, value)), at: \(offset))")
            }
        }
    }

    private static func array(_ field: SpinalField, _ start: String, _ head: String, _ source: inout Source) {
        source.line()
        source.comment(field.field.descriptor)
        let headSize = field.isFree ? "\(field.headSize)" : head
        let count = field.isFree ? "\(field.property)Count" : field.full
        if field.isFree {
            source.line(
                "@inlinable public var \(field.property)Count: Int { shift == 0 ? 0 : (shift &- \(field.headSize)) / \(field.width) }"
            )
        }
        if case .joints = field.bound {
            source.line("@inlinable")
            source.block("public var \(field.property): \(field.arrayType)") { source in
                source.line("get { storage.load(\(field.arrayType).self, at: \(start) &+ \(headSize)) }")
                source.line("set { storage.store(newValue, at: \(start) &+ \(headSize)) }")
            }
        }
        source.line("@inlinable @inline(__always)")
        source.block("public func \(field.property)(_ index: Int) -> \(field.element)") { source in
            source.line("precondition(index >= 0 && index < \(count), \"index out of range\")")
            source.line(
                "return storage.load(\(field.element).self, at: \(start) &+ \(headSize) &+ index &* \(field.width))")
        }
        source.line("@inlinable @inline(__always)")
        source.block(
            "public mutating func set\(Names.capitalised(field.property))(_ value: \(field.element), at index: Int)"
        ) { source in
            source.line("precondition(index >= 0 && index < \(count), \"index out of range\")")
            source.line("storage.store(value, at: \(start) &+ \(headSize) &+ index &* \(field.width))")
        }
    }
}
