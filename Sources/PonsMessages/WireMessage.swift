public import PonsVocabulary
public import PonsWire

/// A message of the schema as an owned value. Conformances are generated.
public protocol WireMessage: Equatable, Sendable {
    /// The name in the schema.
    static var name: StaticString { get }
    /// Command and safety messages follow the stricter rules of part FMT.
    static var isStrict: Bool { get }

    init()

    /// Reads fields up to the end of the reader's message, on top of what the value already holds.
    mutating func decode(from reader: inout WireReader) throws(WireError)

    /// Size on the wire, in bytes. Cost: one pass over nested messages.
    var encodedSize: Int { get }

    /// Writes the message in front of what the writer holds, exactly ``encodedSize`` bytes.
    func write(to writer: inout BackwardWriter)

    /// Back to the empty message; arrays keep their storage.
    mutating func clear()

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

    /// Decodes one message in place of what the value holds. Arrays keep their storage: no allocation once they have grown.
    public mutating func decode(replacing bytes: RawSpan) throws(WireError) {
        clear()
        var reader = WireReader(bytes, isStrict: Self.isStrict)
        try decode(from: &reader)
    }

    /// The message on the wire.
    public func encoded() -> [UInt8] {
        let size = encodedSize
        return [UInt8](capacity: size) { output in
            output.write(size) { storage in
                var writer = BackwardWriter(storage._mutatingExtracting(0..<size))
                write(to: &writer)
                assert(writer.start == 0 && !writer.isFull, "encodedSize disagrees with write(to:)")
            }
        }
    }

    /// Encodes into the end of `storage`, in one pass and without allocation.
    ///
    /// - Returns: where in the storage the message stands, or `nil` if it does not fit.
    public func encode(endOf storage: consuming MutableRawSpan) -> Range<Int>? {
        let end = storage.byteCount
        var writer = BackwardWriter(storage)
        write(to: &writer)
        return writer.isFull ? nil : writer.start..<end
    }

    /// Reads a nested message; for generated decoders.
    public init(nested tag: FieldTag, in reader: inout WireReader) throws(WireError) {
        self.init()
        try merge(nested: tag, in: &reader)
    }

    /// Reads a nested message on top of this one; for generated decoders.
    public mutating func merge(nested tag: FieldTag, in reader: inout WireReader) throws(WireError) {
        let outerEnd = try reader.enter(tag)
        do throws(WireError) { try decode(from: &reader) } catch { throw error.inside(tag.number) }
        reader.leave(outerEnd)
    }

    /// The last part of a path, in words; for generated code.
    public static func describeLeaf(_ path: FieldPath) -> String {
        guard path.count > 0 else { return "" }
        let name = fieldName(path[0]).map { "\($0)" } ?? "field \(path[0])"
        return path.count == 1 && path.index >= 0 ? "\(name)[\(path.index)]" : name
    }
}
