public import PonsVocabulary
public import PonsWire

/// A message of the schema as an owned value. Conformances are generated.
public protocol WireMessage: Equatable, Sendable {
    /// The name in the schema.
    static var name: StaticString { get }
    /// Command and safety messages follow the stricter rules of part FMT.
    static var isStrict: Bool { get }

    init()

    /// Reads a message up to the end of the reader's, in place of what the value holds; arrays keep their storage.
    mutating func decode(from reader: inout WireReader) throws(WireError)

    /// Reads fields up to the end of the reader's message, on top of what the value holds.
    ///
    /// - Parameter seen: singular fields that were met before, one bit a field.
    mutating func merge(from reader: inout WireReader, seen: UInt64) throws(WireError)

    /// Size on the wire, in bytes. Cost: one pass over nested messages.
    var encodedSize: Int { get }

    /// Writes the message, exactly ``encodedSize`` bytes, in front of `end`. Returns where it begins, or a negative number
    /// where the storage has no room; what was written is worthless then.
    func write(into storage: inout MutableRawSpan, before end: Int) -> Int

    /// Checks every rule of the schema: presence, finiteness, range, length, form of identifiers.
    func validate(_ context: ValidationContext) throws(Violation)

    static func fieldName(_ number: UInt32) -> StaticString?

    /// The path in words, `root.children[2].skill`.
    static func describe(_ path: FieldPath) -> String

    /// Fields of newer schemas, kept as they came.
    var unknownFields: UnknownFields { get set }
}

/// A message that travels in a frame of its own.
public protocol FrameMessage: WireMessage {
    static var type: MessageType { get }
}

extension WireMessage {
    /// Decodes one message; the bytes must hold nothing else.
    public init(decoding bytes: RawSpan) throws(WireError) {
        self.init()
        var reader = WireReader(bytes, isStrict: Self.isStrict)
        try decode(from: &reader)
    }

    /// Decodes one message; the bytes must hold nothing else.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        self = try bytes.withRawSpan { (span) throws(WireError) in try Self(decoding: span) }
    }

    /// Decodes one message in place of what the value holds, or empties it where the bytes are refused. Arrays keep their
    /// storage: no allocation once they have grown.
    public mutating func decode(replacing bytes: RawSpan) throws(WireError) {
        var reader = WireReader(bytes, isStrict: Self.isStrict)
        do throws(WireError) { try decode(from: &reader) } catch {
            // The empty message, which is always legal: a sender of nonsense makes nobody allocate either.
            var nothing = WireReader(RawSpan(), isStrict: false)
            try decode(from: &nothing)
            throw error
        }
    }

    /// The message on the wire.
    public func encoded() -> [UInt8] {
        let size = encodedSize
        return [UInt8](capacity: size) { output in
            output.write(size) { storage in
                let start = write(into: &storage, before: size)
                assert(start == 0, "encodedSize disagrees with write(into:before:)")
            }
        }
    }

    /// Encodes into the end of `storage`, in one pass and without allocation.
    ///
    /// - Returns: where in the storage the message stands, or `nil` if it does not fit.
    public func encode(endOf storage: consuming MutableRawSpan) -> Range<Int>? {
        let end = storage.byteCount
        var storage = storage
        let start = write(into: &storage, before: end)
        return start < 0 ? nil : start..<end
    }

    /// Reads a nested message; for generated decoders.
    public init(nested tag: FieldTag, in reader: inout WireReader) throws(WireError) {
        self.init()
        try decode(nested: tag, in: &reader)
    }

    /// Reads a nested message in place of this one; for generated decoders.
    public mutating func decode(nested tag: FieldTag, in reader: inout WireReader) throws(WireError) {
        let outerEnd = try reader.enter(tag)
        do throws(WireError) { try decode(from: &reader) } catch { throw error.inside(tag.number) }
        reader.leave(outerEnd)
    }

    /// Reads a nested message on top of this one; for generated decoders.
    public mutating func merge(nested tag: FieldTag, in reader: inout WireReader) throws(WireError) {
        let outerEnd = try reader.enter(tag)
        do throws(WireError) { try merge(from: &reader, seen: 0) } catch { throw error.inside(tag.number) }
        reader.leave(outerEnd)
    }

    /// The last part of a path, in words; for generated code.
    public static func describeLeaf(_ path: FieldPath) -> String {
        guard path.count > 0 else { return "" }
        let name = fieldName(path[0]).map { "\($0)" } ?? "field \(path[0])"
        return path.count == 1 && path.index >= 0 ? "\(name)[\(path.index)]" : name
    }
}
