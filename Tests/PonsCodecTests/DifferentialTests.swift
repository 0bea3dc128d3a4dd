import PonsMessages
import PonsReflection
import PonsWire
import Testing

/// Codecs that share no code, on the same bytes: they accept the same and mean the same, but for the differences listed.
@Suite struct DifferentialTests {
    static let types: [String: any Reflective.Type] = Dictionary(
        uniqueKeysWithValues: MessageCatalogue.all.map { ("pons.v1.\($0.name)", $0) })

    private enum Answer: Equatable {
        case refused(WireError.Kind)
        case canonical([UInt8])
    }

    private func ours(_ bytes: [UInt8], _ name: String) -> Answer {
        do throws(WireError) { return .canonical(try Self.types[name]!.init(decoding: bytes).encoded()) } catch {
            return .refused(error.kind)
        }
    }

    private func show(_ answer: Answer) -> String {
        switch answer {
        case .refused(let kind): "refused: \(kind)"
        case .canonical(let bytes): Hex.text(bytes)
        }
    }

    @Test(arguments: OtherCodec.allCases) func `every codec knows every message of the schema`(other: OtherCodec) {
        #expect(Set(Self.types.keys) == Set(Schema.shared.names))
        for name in Schema.shared.names { #expect(other.recode([], as: name) == []) }
    }

    @Test(arguments: OtherCodec.allCases, 0..<10)
    func `a hundred thousand legal messages mean the same to both`(other: OtherCodec, part: UInt64) {
        var (bytesSeen, failures) = (0, 0)
        for round in 0..<10_000 {
            let seed = part * 10_000 + UInt64(round)
            let name = Schema.shared.names[round % Schema.shared.names.count]
            let isStrict = Self.types[name]!.isStrict
            var oddities = Sampler.Oddities(rawValue: round / Schema.shared.names.count % 64)
            if isStrict { oddities.subtract([.repeats, .unknownEnums]) }
            var sampler = Sampler(seed: seed, oddities: oddities)
            let bytes = sampler.message(name)
            bytesSeen += bytes.count
            let theirs = other.recode(bytes, as: name)
            let first = ours(bytes, name)
            if case .canonical(let canonical) = first, canonical == theirs || isAsReceived(theirs, canonical, name) {
                continue
            }
            failures += 1
            guard failures < 5 else { return }
            Issue.record(
                "seed \(seed) odd \(oddities.rawValue) \(name): \(show(first)) against \(theirs.map(Hex.text) ?? "refused") for \(Hex.text(bytes))"
            )
        }
        #expect(bytesSeen > 100_000)
    }

    /// Why one codec refuses what the other takes. Anything that is not in this table fails the test.
    private enum Difference: String, CaseIterable {
        /// protobuf-c does not look into text (FMT-08).
        case text = "text is not UTF-8"
        /// protobuf-c hands out C strings, which a U+0000 ends.
        case nul = "text with U+0000 is cut"
        /// Part FMT is stricter for commands and safety: duplicates, unnamed enumeration numbers, wrong wire types.
        case strict = "stricter rules for command and safety messages"
        /// Field numbers 10000 to 10999 must be understood (FMT-03).
        case critical = "a critical field is unknown"
        /// protobuf-c takes field number 0 in a tag of several bytes; protobuf forbids it.
        case numberZero = "field number 0"
        /// The tenth byte of a varint holds one bit; the others drop the rest (FMT-05).
        case overflow = "a varint of more than 64 bits"
        /// Limits and depth are checked before memory is reserved (FMT-07).
        case limits = "limits"
        /// protobuf-c 1.4.1 fails to merge a sub-message that comes twice, where it has optional scalars, and loses the
        /// unknown fields of its first part.
        case merge = "a sub-message in two parts"
        /// Protobuf keeps a known field number of another wire type as an unknown field; protobuf-c refuses the message or drops the field.
        case wireType = "a known field of another wire type"
        /// swift-protobuf hands unknown fields on as they came; ours writes their tags and lengths in the shortest form.
        case asReceived = "longer tags and lengths of unknown fields are kept"

        /// Who may differ from us so.
        var codecs: Set<OtherCodec> {
            switch self {
            case .strict, .critical, .limits, .overflow: Set(OtherCodec.allCases)
            case .asReceived: [.swiftProtobuf]
            default: [.protobufC]
            }
        }
    }

    private func difference(_ kind: WireError.Kind, isStrict: Bool) -> Difference? {
        switch kind {
        case .invalidUTF8: .text
        case .duplicateField, .unknownEnum, .wireTypeMismatch: isStrict ? .strict : nil
        case .unknownCritical: .critical
        case .badFieldNumber: .numberZero
        case .varintOverflow: .overflow
        case .limitExceeded, .tooDeep: .limits
        default: nil
        }
    }

    /// Both took the bytes and mean something else, or only ours took them.
    private func difference(
        _ canonical: [UInt8], _ theirs: [UInt8]?, _ name: String, _ other: OtherCodec
    ) -> Difference? {
        if isAsReceived(theirs, canonical, name) { return .asReceived }
        guard let message = try? Self.types[name]!.init(decoding: canonical) else { return nil }
        if holds(message, where: keepsKnownNumber) { return .wireType }
        let hasLost = theirs.map { $0.count < canonical.count && holds(message, where: keepsUnknown) } ?? true
        if hasLost && other.recode(canonical, as: name) == canonical { return .merge }
        return theirs != nil && holds(message, where: holdsNul) ? .nul : nil
    }

    private func keepsUnknown(_ message: any Reflective) -> Bool { !message.unknownFields.bytes.isEmpty }

    /// Whether protobuf-c, which writes the shortest form, makes the canonical bytes of what the other codec wrote longer.
    /// Where protobuf-c can't even take the canonical bytes, ours reads the longer ones.
    private func isAsReceived(_ theirs: [UInt8]?, _ canonical: [UInt8], _ name: String) -> Bool {
        guard let theirs, theirs.count > canonical.count else { return false }
        if OtherCodec.protobufC.recode(canonical, as: name) != canonical {
            return ours(theirs, name) == .canonical(canonical)
        }
        return OtherCodec.protobufC.recode(theirs, as: name) == canonical
    }

    /// Whether the condition is true of the message or of one inside it.
    private func holds(_ message: any Reflective, where condition: (any Reflective) -> Bool) -> Bool {
        func inside(_ value: FieldValue) -> Bool {
            switch value {
            case .list(let values): values.contains(where: inside)
            case .message(let message): holds(message, where: condition)
            default: false
            }
        }
        return condition(message)
            || type(of: message).fieldInfos.compactMap { message.value(of: $0.number) }.contains(where: inside)
    }

    private func holdsNul(_ message: any Reflective) -> Bool {
        type(of: message).fieldInfos.compactMap { message.value(of: $0.number) }.contains { value in
            switch value {
            case .text(let text): text.utf8.contains(0)
            case .list(let values):
                values.contains { if case .text(let text) = $0 { text.utf8.contains(0) } else { false } }
            default: false
            }
        }
    }

    private func keepsKnownNumber(_ message: any Reflective) -> Bool {
        let numbers: [UInt32]? = try? message.unknownFields.bytes.withRawSpan { (span) throws(WireError) in
            var reader = WireReader(span, isStrict: false)
            var (numbers, rest): ([UInt32], UnknownFields) = ([], UnknownFields())
            while let tag = try reader.nextTag() {
                numbers.append(tag.number)
                try reader.keepUnknown(tag, isKnown: false, in: &rest)
            }
            return numbers
        }
        return numbers?.contains { type(of: message).fieldName($0) != nil } ?? false
    }

    @Test(arguments: OtherCodec.allCases)
    func `a hundred thousand damaged messages are told apart alike, but for the differences listed`(other: OtherCodec) {
        var found: [Difference: Int] = [:]
        var (same, refused, unexplained) = (0, 0, 0)
        for round in 0..<100_000 {
            let seed = 1_000_000 + UInt64(round)
            let name = Schema.shared.names[round % Schema.shared.names.count]
            var sampler = Sampler(seed: seed, oddities: .harmless)
            var mutator = Mutator(seed: seed)
            let bytes = mutator.damage(sampler.message(name))
            let theirs = other.recode(bytes, as: name)
            let reason: Difference?
            switch ours(bytes, name) {
            case .refused where theirs == nil:
                refused += 1
                continue
            case .refused(let kind): reason = difference(kind, isStrict: Self.types[name]!.isStrict)
            case .canonical(let canonical) where canonical == theirs:
                same += 1
                continue
            case .canonical(let canonical): reason = difference(canonical, theirs, name, other)
            }
            if let reason, reason.codecs.contains(other) {
                found[reason, default: 0] += 1
            } else if unexplained < 5 {
                unexplained += 1
                Issue.record(
                    "seed \(seed) \(name): \(show(ours(bytes, name))) | \(theirs.map(Hex.text) ?? "refused") | \(Hex.text(bytes))"
                )
            }
        }
        print("\(other.rawValue): both refuse \(refused), both agree \(same)")
        for reason in Difference.allCases { print("\(found[reason] ?? 0) × \(reason.rawValue)") }
        #expect(same > 10_000 && refused > 10_000)
        #expect(found.values.reduce(0, +) < 5_000)
        // Damage seldom hits a critical number or a limit, and which does changes with the schema: they have tests of their own.
        let rare: Set<Difference> = [.critical, .limits]
        for reason in Difference.allCases where found[reason] == nil && !rare.contains(reason) {
            #expect(!reason.codecs.contains(other), "nothing differs by \(reason.rawValue) any more")
        }
    }

    @Test func `text that holds U+0000 is kept whole`() throws {
        let bytes: [UInt8] = [0x0A, 3, 0x61, 0, 0x62]
        #expect(try Goodbye(decoding: bytes).text == "a\0b")
        #expect(try Goodbye(decoding: bytes).encoded() == bytes)
    }
}
