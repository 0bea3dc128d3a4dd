import PonsSchema

/// The fixed-size value: every array inline, presence in one word.
enum FixedSource {
    static func type(_ model: SpinalModel, _ source: inout Source) {
        source.lines([
            "/// ``\(model.name)`` for a robot of `joints` joints: one block of memory, no heap, decoded and encoded in place.",
            "///",
            "/// Fields of a newer schema are checked and dropped. Values of absent fields are left as they were.",
        ])
        source.line("@frozen")
        source.block("public struct Fixed\(model.name)<let joints: Int>: FixedMessage") { source in
            storage(model, &source)
            decode(model, &source)
            canonical(model, &source)
            rest(model, &source)
            encode(model, &source)
            validate(model, &source)
        }
    }

    // MARK: Storage

    private static func storage(_ model: SpinalModel, _ source: inout Source) {
        source.line("/// One bit a field, in the order of their declaration.")
        source.line("public var presence: UInt32 = 0")
        for field in model.fields {
            switch field.kind {
            case .nested: continue
            case .scalar:
                source.comment(field.field.descriptor)
                let zero = field.element == "Bool" ? "false" : "0"
                let access = field.isImplicit ? "public" : "@usableFromInline"
                source.line("\(access) var \(field.stored): \(field.storedType) = \(zero)")
            case .array:
                source.comment(field.field.descriptor)
                source.line("public var \(field.property): \(field.arrayType) = .init(repeating: 0)")
                if field.isFree { source.line("public var \(field.property)Count: Int32 = 0") }
            }
        }
        source.line()
        source.line("@inlinable public init() {}")
        for field in model.fields where !field.isImplicit {
            if case .nested = field.kind { continue }
            if field.isFree { continue }
            source.line()
            source.line("@inlinable")
            if case .array = field.kind {
                source.line("/// Whether ``\(field.property)`` is sent, or came.")
                source.block("public var \(field.has): Bool") { presence(field, &$0) }
            } else {
                optional(field, &source)
            }
        }
        source.line()
    }

    private static func presence(_ field: SpinalField, _ source: inout Source) {
        source.line("get { presence & \(field.mask) != 0 }")
        source.line("set { presence = newValue ? presence | \(field.mask) : presence & ~\(field.mask) }")
    }

    private static func optional(_ field: SpinalField, _ source: inout Source) {
        let get = field.field.isEnum ? "\(field.element)(rawValue: \(field.stored))" : field.stored
        let set = field.field.isEnum ? "newValue.rawValue" : "newValue"
        source.block("public var \(field.property): \(field.element)?") { source in
            source.line("get { presence & \(field.mask) != 0 ? \(get) : nil }")
            source.block("set") { source in
                source.line("presence &= ~\(field.mask)")
                source.block("if let newValue") { source in
                    source.line("\(field.stored) = \(set)")
                    source.line("presence |= \(field.mask)")
                }
            }
        }
    }

    // MARK: Decoding

    private static func decode(_ model: SpinalModel, _ source: inout Source) {
        source.lines([
            "/// Reads a message in place of what the value held. The usual order of fields costs one comparison a field;",
            "/// any other legal order takes the general path, with the same result.",
        ])
        source.line("@inlinable")
        source.block("public mutating func decode(_ bytes: RawSpan) throws(WireError)") { source in
            source.line("#if !hasFeature(Embedded)")
            source.line("let shift = \(model.name)Layout<joints>.shift(of: bytes)")
            source.line("if shift >= 0 { return decodeCanonical(bytes, shift) }")
            source.line("#endif")
            source.line("presence = 0")
            for field in model.scalars where field.isImplicit { source.line("\(field.stored) = 0") }
            for field in model.arrays where field.isFree { source.line("\(field.property)Count = 0") }
            source.line("var offset = 0")
            for part in model.parts {
                switch part {
                case .run(let run): decodeRun(run, model, &source)
                case .array(let field): decodeArray(field, &source)
                }
            }
            source.line("if offset != bytes.byteCount { try decodeRest(bytes, from: offset) }")
        }
        source.line()
    }

    /// Every field present and in place: constant offsets. Left out where flash is dear.
    private static func canonical(_ model: SpinalModel, _ source: inout Source) {
        let layout = "\(model.name)Layout<joints>."
        source.line("#if !hasFeature(Embedded)")
        source.line()
        source.line("@inlinable @inline(__always)")
        source.block("mutating func decodeCanonical(_ bytes: RawSpan, _ shift: Int)") { source in
            for (index, part) in model.parts.enumerated() {
                let start = CanonicalSource.start(index, in: model, layout)
                switch part {
                case .run(let run):
                    SpinalSource.places(run) { field, place in
                        let load = SpinalSource.load(field, from: "bytes", at: SpinalSource.sum(start, place))
                        source.line("\(field.stored) = \(load)")
                    }
                case .array(let field) where field.isFree:
                    source.line(
                        "\(field.property)Count = Int32(truncatingIfNeeded: shift == 0 ? 0 : (shift &- \(field.headSize)) / \(field.width))"
                    )
                    source.block("for index in 0..<Int(\(field.property)Count)") { source in
                        source.line(
                            "\(field.property)[index] = bytes.load(\(field.element).self, at: \(start) &+ \(field.headSize) &+ index &* \(field.width))"
                        )
                    }
                case .array(let field):
                    decodeValue(field, "\(start) &+ \(layout)head\(index).size", &source)
                }
            }
            let free = model.free.map { " & ~(shift == 0 ? \($0.mask) : 0)" } ?? ""
            source.line("presence = 0x\(String(full(model), radix: 16))\(free)")
        }
        source.line()
        source.line("@inlinable @inline(__always)")
        source.line("@_lifetime(storage: copy storage)")
        source.block("mutating func encodeCanonical(into storage: inout MutableRawSpan) -> Int") { source in
            if let free = model.free {
                source.line("let count = Int(min(\(free.property)Count, \(free.capacity)))")
                source.line("let shift = count <= 0 ? 0 : \(free.headSize) &+ count &* \(free.width)")
            }
            for (index, part) in model.parts.enumerated() {
                let start = CanonicalSource.start(index, in: model, layout)
                switch part {
                case .run(let run):
                    SpinalSource.places(run) { field, place in
                        let offset = SpinalSource.sum(start, place - field.tag.count)
                        source.lines(SpinalSource.store(field, field.stored, in: "storage", at: offset))
                    }
                case .array(let field) where field.isFree:
                    source.block("if shift > 0") { source in
                        source.line(
                            "storage.store(PackedHead(tag: \(field.arrayTag), byteCount: shift &- \(field.headSize)), at: \(start))"
                        )
                        source.block("for index in 0..<count") { source in
                            source.line(
                                "storage.store(\(field.property)[index], at: \(start) &+ \(field.headSize) &+ index &* \(field.width))"
                            )
                        }
                    }
                case .array(let field):
                    source.line("storage.store(\(layout)head\(index), at: \(start))")
                    encodeValue(field, "\(start) &+ \(layout)head\(index).size", &source)
                }
            }
            source.line("return \(layout)size\(model.free == nil ? "" : " &+ shift")")
        }
        source.line()
        source.line("#endif")
        source.line()
    }

    /// Presence of every field that is a number or an array.
    private static func full(_ model: SpinalModel) -> UInt64 { mask(model.scalars) | mask(model.arrays) }

    private static func decodeValue(_ field: SpinalField, _ offset: String, _ source: inout Source) {
        guard case .jointMask = field.bound else {
            return source.line("\(field.property) = bytes.load(\(field.arrayType).self, at: \(offset))")
        }
        source.block("for word in 0..<\(field.full)") { source in
            source.line("\(field.property)[word] = bytes.load(UInt64.self, at: \(offset) &+ word &* 8)")
        }
    }

    private static func encodeValue(_ field: SpinalField, _ offset: String, _ source: inout Source) {
        guard case .jointMask = field.bound else {
            return source.line("storage.store(\(field.property), at: \(offset))")
        }
        source.block("for word in 0..<\(field.full)") { source in
            source.line("storage.store(\(field.property)[word], at: \(offset) &+ word &* 8)")
        }
    }

    private static func decodeRun(_ run: [SpinalField], _ model: SpinalModel, _ source: inout Source) {
        source.block("if bytes.byteCount &- offset >= \(SpinalSource.size(of: run))") { source in
            source.line("var wrong: UInt64 = 0")
            source.lines(SpinalSource.compare(run, at: "offset"))
            source.lines(SpinalSource.named(run, at: "offset", in: model))
            source.block("if wrong == 0") { source in
                SpinalSource.places(run) { field, place in
                    let load = SpinalSource.load(field, from: "bytes", at: SpinalSource.sum("offset", place))
                    source.line("\(field.stored) = \(load)")
                }
                source.line("presence |= 0x\(String(mask(run), radix: 16))")
                source.line("offset &+= \(SpinalSource.size(of: run))")
            }
        }
    }

    private static func mask(_ run: [SpinalField]) -> UInt64 { run.reduce(0) { $0 | 1 << UInt64($1.bit) } }

    private static func decodeArray(_ field: SpinalField, _ source: inout Source) {
        if field.isFree { return decodeFree(field, &source) }
        source.block("do") { source in
            source.line("let head = PackedHead(tag: \(field.arrayTag), byteCount: \(field.full) &* \(field.width))")
            source.block("if bytes.holds(head, \(field.full) &* \(field.width), at: offset)") { source in
                source.line("offset &+= head.size")
                decodeValue(field, "offset", &source)
                source.line("presence |= \(field.mask)")
                source.line("offset &+= \(field.full) &* \(field.width)")
            }
        }
    }

    /// An array of any count up to its bound, which is small enough for a length of one byte.
    private static func decodeFree(_ field: SpinalField, _ source: inout Source) {
        let head = field.headSize
        source.block("if bytes.byteCount &- offset >= \(head)") { source in
            let tag =
                field.arrayTagSize == 1
                ? "bytes.load(UInt8.self, at: offset) == 0x\(String(field.tagBytes[0], radix: 16))"
                : "bytes.load(UInt16.self, at: offset) == 0x\(String(UInt16(field.tagBytes[0]) | UInt16(field.tagBytes[1]) << 8, radix: 16))"
            source.line("let size = Int(bytes.load(UInt8.self, at: offset &+ \(field.arrayTagSize)))")
            source.line(
                "let isWhole = size & \(field.width - 1) == 0 && size > 0 && size <= \(field.capacity) &* \(field.width)"
            )
            source.block("if \(tag) && isWhole && size <= bytes.byteCount &- offset &- \(head)") { source in
                source.block("for index in 0..<size / \(field.width)") { source in
                    source.line(
                        "\(field.property)[index] = bytes.load(\(field.element).self, at: offset &+ \(head) &+ index &* \(field.width))"
                    )
                }
                source.line("\(field.property)Count = Int32(truncatingIfNeeded: size / \(field.width))")
                source.line("presence |= \(field.mask)")
                source.line("offset &+= \(head) &+ size")
            }
        }
    }

    private static func rest(_ model: SpinalModel, _ source: inout Source) {
        source.line("/// The general path: any legal order, packed or not, from a field's start on.")
        source.line("@inlinable @inline(never)")
        source.block("mutating func decodeRest(_ bytes: RawSpan, from start: Int) throws(WireError)") { source in
            source.line("var reader = WireReader(bytes, isStrict: \(model.message.rule.strict), from: start)")
            source.line("var seen = UInt64(presence)")
            source.line("var unknown = 0")
            for field in model.arrays {
                let count =
                    field.isFree ? "Int(\(field.property)Count)" : "presence & \(field.mask) != 0 ? \(field.full) : 0"
                source.line("var \(field.property)Filled = \(count)")
            }
            source.block("while let tag = try reader.nextTag()") { source in
                source.block("switch tag.number") { source in
                    for field in model.fields { rest(field, &source) }
                    source.line("default:")
                    source.line("    let isKnown = \(model.known)")
                    source.line("    try reader.skipUnknown(tag, isKnown: isKnown, total: &unknown)")
                }
            }
            source.line("presence = UInt32(truncatingIfNeeded: seen) & 0x\(String(mask(model.scalars), radix: 16))")
            for field in model.arrays { finish(field, &source) }
        }
        source.line()
    }

    private static func rest(_ field: SpinalField, _ source: inout Source) {
        source.line("case \(field.field.tagPattern):")
        switch field.kind {
        case .scalar:
            source.line("    try reader.note(tag, bit: \(field.bit), in: &seen)")
            let read =
                field.field.isEnum
                ? "(try reader.enumeration(tag) as \(field.element)).rawValue" : field.field.readElement
            source.line("    \(field.stored) = \(read)")
        case .nested:
            source.line("    try reader.note(tag, bit: \(field.bit), in: &seen)")
            source.line("    try reader.check\(field.element)(tag)")
        case .array:
            source.line("    var storage = \(field.property).mutableSpan")
            let excess = field.isFree ? "limitExceeded" : "wrongCount"
            source.line(
                "    try reader.elements(tag, into: &storage, count: &\(field.property)Filled, excess: .\(excess))")
        }
    }

    private static func finish(_ field: SpinalField, _ source: inout Source) {
        if field.isFree {
            source.line("\(field.property)Count = Int32(truncatingIfNeeded: \(field.property)Filled)")
        } else {
            source.line(
                "try SpinalLimits.expect(\(field.property)Filled, \(field.full), \(field.number), reader.offset)")
        }
        source.line("if \(field.property)Filled > 0 { presence |= \(field.mask) }")
    }

    // MARK: Encoding

    private static func encode(_ model: SpinalModel, _ source: inout Source) {
        source.line("/// Bytes that every message of this type fits in.")
        source.line("@inlinable")
        source.block("public static var maximumSize: Int") { source in
            let scalars = model.scalars.reduce(0) { $0 + $1.maximumSize }
            let arrays = model.arrays.map {
                "PackedHead(tag: \($0.arrayTag), byteCount: \($0.full) &* \($0.width)).size &+ \($0.full) &* \($0.width)"
            }
            source.line("var size = \(scalars)")
            for array in arrays { source.line("size &+= \(array)") }
            source.line("return size")
        }
        source.line()
        source.lines([
            "/// Writes the message to the front of `storage`, which must hold ``maximumSize`` bytes.",
            "///",
            "/// - Returns: the bytes written. Changes nothing: `mutating` because a value that is only borrowed is copied first.",
        ])
        source.line("@inlinable")
        source.line("@_lifetime(storage: copy storage)")
        source.block("public mutating func encode(into storage: inout MutableRawSpan) -> Int") { source in
            source.line("precondition(storage.byteCount >= Self.maximumSize, \"storage smaller than maximumSize\")")
            source.line("#if !hasFeature(Embedded)")
            source.line(
                "if \(condition(model.scalars, arrays: model.arrays)) { return encodeCanonical(into: &storage) }")
            source.line("#endif")
            source.line("var offset = 0")
            for (index, part) in model.parts.enumerated() {
                switch part {
                case .run(let run): encodeRun(run, index, &source)
                case .array(let field): encodeArray(field, &source)
                }
            }
            source.line("return offset")
        }
        for (index, part) in model.parts.enumerated() {
            guard case .run(let run) = part else { continue }
            source.line()
            encodeSparse(run, index, &source)
        }
        source.line()
    }

    private static func isSet(_ field: SpinalField) -> String {
        field.isImplicit ? field.field.isSet(field.stored) : "presence & \(field.mask) != 0"
    }

    /// Condition under which all of these are present and each enumeration fits in one byte.
    private static func condition(_ run: [SpinalField], arrays: [SpinalField] = []) -> String {
        let explicit = mask(run.filter { !$0.isImplicit } + arrays.filter { !$0.isFree })
        var conditions =
            explicit == 0 ? [] : ["presence & 0x\(String(explicit, radix: 16)) == 0x\(String(explicit, radix: 16))"]
        conditions += run.filter(\.isImplicit).map(isSet)
        let numbers = run.filter { $0.isVarint && $0.element != "Bool" }.map {
            "UInt32(truncatingIfNeeded: \($0.stored))"
        }
        if !numbers.isEmpty { conditions.append("(\(numbers.joined(separator: " | "))) < 0x80") }
        return conditions.joined(separator: " && ")
    }

    private static func encodeRun(_ run: [SpinalField], _ index: Int, _ source: inout Source) {
        source.block("if \(condition(run))") { source in
            var place = 0
            for field in run {
                source.lines(
                    SpinalSource.store(field, field.stored, in: "storage", at: SpinalSource.sum("offset", place)))
                place += field.canonicalSize
            }
            source.line("offset &+= \(place)")
        }
        source.block("else") { $0.line("offset = encodeSparse\(index)(into: &storage, at: offset)") }
    }

    private static func encodeSparse(_ run: [SpinalField], _ index: Int, _ source: inout Source) {
        source.line("@inlinable @inline(never)")
        source.line("@_lifetime(storage: copy storage)")
        source.block("mutating func encodeSparse\(index)(into storage: inout MutableRawSpan, at start: Int) -> Int") {
            source in
            source.line("var offset = start")
            for field in run {
                source.block("if \(isSet(field))") { source in
                    if field.isVarint && field.element != "Bool" {
                        source.line("offset = storage.storeVarint(\(field.field.tag(packed: false)), at: offset)")
                        let value =
                            field.field.isEnum
                            ? "UInt64(bitPattern: Int64(\(field.stored)))" : "UInt64(\(field.stored))"
                        source.line("offset = storage.storeVarint(\(value), at: offset)")
                    } else {
                        source.lines(SpinalSource.store(field, field.stored, in: "storage", at: "offset"))
                        source.line("offset &+= \(field.canonicalSize)")
                    }
                }
            }
            source.line("return offset")
        }
    }

    private static func encodeArray(_ field: SpinalField, _ source: inout Source) {
        let condition = field.isFree ? "\(field.property)Count > 0" : "presence & \(field.mask) != 0"
        source.block("if \(condition)") { source in
            if field.isFree {
                source.line("let size = Int(min(\(field.property)Count, \(field.capacity))) &* \(field.width)")
                source.line("storage.store(PackedHead(tag: \(field.arrayTag), byteCount: size), at: offset)")
                source.line("offset &+= \(field.headSize)")
                source.block("for index in 0..<size / \(field.width)") { source in
                    source.line("storage.store(\(field.property)[index], at: offset &+ index &* \(field.width))")
                }
                return source.line("offset &+= size")
            }
            source.line("let head = PackedHead(tag: \(field.arrayTag), byteCount: \(field.full) &* \(field.width))")
            source.line("storage.store(head, at: offset)")
            source.line("offset &+= head.size")
            encodeValue(field, "offset", &source)
            source.line("offset &+= \(field.full) &* \(field.width)")
        }
    }

    // MARK: Validation

    private static func validate(_ model: SpinalModel, _ source: inout Source) {
        source.line(
            "/// Checks every rule of the schema, as the owned message does; the joint count is right by construction.")
        source.line("@inlinable")
        source.block("public func validate() throws(Violation)") { source in
            for field in model.fields {
                switch field.kind {
                case .nested: continue
                case .scalar: validateScalar(field, &source)
                case .array: validateArray(field, &source)
                }
            }
        }
    }

    private static func validateScalar(_ field: SpinalField, _ source: inout Source) {
        let rule = field.field.rule
        if rule.required { source.line("try Rule.present(\(isSet(field)), \(field.number))") }
        var checks: [String] = []
        if field.field.isFloatingPoint && !rule.allowNonFinite {
            checks.append("try Rule.finite(\(field.stored), \(field.number))")
        }
        if rule.hasMin {
            checks.append(
                "try Rule.atLeast(\(ValidationSource.literal(rule.min, field.field)), \(field.stored), \(field.number))"
            )
        }
        if rule.hasMax {
            checks.append(
                "try Rule.atMost(\(ValidationSource.literal(rule.max, field.field)), \(field.stored), \(field.number))")
        }
        if checks.isEmpty { return }
        if field.isImplicit { return source.lines(checks) }
        source.block("if \(isSet(field))") { $0.lines(checks) }
    }

    private static func validateArray(_ field: SpinalField, _ source: inout Source) {
        let rule = field.field.rule
        let has = field.isFree ? "\(field.property)Count > 0" : "presence & \(field.mask) != 0"
        if rule.length == .joints {
            source.line("try Rule.count(\(has) ? joints : 0, joints, \(field.number))")
        }
        guard field.field.isFloatingPoint, !rule.allowNonFinite else { return }
        let count = field.isFree ? "Int(min(\(field.property)Count, \(field.capacity)))" : field.full
        source.block("if \(has)") { source in
            source.block("for index in 0..<\(count)") { source in
                source.line("try Rule.finite(\(field.property)[index], \(field.number), index: index)")
                if rule.hasMin {
                    source.line(
                        "try Rule.atLeast(\(ValidationSource.literal(rule.min, field.field)), \(field.property)[index], \(field.number), index: index)"
                    )
                }
                if rule.hasMax {
                    source.line(
                        "try Rule.atMost(\(ValidationSource.literal(rule.max, field.field)), \(field.property)[index], \(field.number), index: index)"
                    )
                }
            }
        }
    }
}
