/// Reads an MCAP file whose chunks are not compressed. Checks everything before it is believed, and never fails: what is wrong
/// is listed, and everything up to the last whole record is there (REC-06).
public struct MCAPReader: Sendable {
    public struct Message: Sendable {
        public let topic: String
        /// Full name, `pons.v1.Ack`; empty where the channel has none.
        public let schema: String
        public let logNs: UInt64
        public let payload: [UInt8]
    }

    public struct Chunk: Sendable {
        public let fromNs: UInt64
        public let untilNs: UInt64
        public let messageCount: Int
        /// Where it ends in the file.
        public let end: Int
        public let hasCheckSum: Bool
    }

    public private(set) var profile = ""
    public private(set) var messages: [Message] = []
    public private(set) var chunks: [Chunk] = []
    public private(set) var metadata: [String: [String: String]] = [:]
    /// Topics whose messages have no schema.
    public private(set) var bareTopics: Set<String> = []
    /// A data end record came: the file was closed.
    public private(set) var hasDataEnd = false
    /// Footer and closing magic came, and the sum over the summary is right.
    public private(set) var hasSummary = false
    public private(set) var problems: [String] = []

    private var schemas: [UInt16: String] = [:]
    private var channels: [UInt16: (topic: String, schema: String)] = [:]
    private var dataEnd = 0
    /// Problems are listed up to this many.
    private static let problemLimit = 20

    /// Cost: linear in the file.
    public init(_ bytes: [UInt8]) {
        guard bytes.starts(with: MCAPWriter.magic) else {
            problems = ["the file does not begin with the magic of MCAP"]
            return
        }
        var cursor = Cursor(bytes[MCAPWriter.magic.count...])
        while let (opcode, content) = cursor.record() {
            if hasDataEnd && opcode == 2 {
                checkSummary(content, bytes)
                break
            }
            take(opcode, content)
            if opcode == 0x0F { dataEnd = content.endIndex }
        }
        if !hasSummary { note("the file ends without a summary: it was not closed, or it is damaged") }
    }

    private mutating func note(_ problem: String) {
        if problems.count < Self.problemLimit { problems.append(problem) }
    }

    private mutating func take(_ opcode: UInt8, _ content: ArraySlice<UInt8>) {
        var cursor = Cursor(content)
        switch opcode {
        case 1: profile = cursor.text() ?? ""
        case 3, 4, 5: if !hasDataEnd { define(opcode, cursor) }
        case 6: readChunk(cursor)
        case 0x0C:
            guard let name = cursor.text(), let values = cursor.map() else {
                return note("a metadata record is damaged")
            }
            metadata[name] = values
        case 0x0F: hasDataEnd = true
        default: break
        }
    }

    private mutating func readChunk(_ head: Cursor) {
        var cursor = head
        guard let from = cursor.u64(), let until = cursor.u64(), let size = cursor.u64(), let sum = cursor.u32(),
            let compression = cursor.text(), let length = cursor.u64(), let records = cursor.take(length)
        else { return note("a chunk is damaged") }
        guard compression.isEmpty, size == length else {
            return note("a chunk is compressed with '\(compression)': this reader takes uncompressed ones")
        }
        guard sum == 0 || CRC32.value(of: Array(records)) == sum else {
            return note("the check sum of a chunk is wrong")
        }
        let before = messages.count
        var inner = Cursor(records)
        while let (opcode, content) = inner.record() { define(opcode, Cursor(content)) }
        if !inner.isAtEnd { note("a chunk ends within a record") }
        chunks.append(
            Chunk(
                fromNs: from, untilNs: until, messageCount: messages.count - before, end: records.endIndex,
                hasCheckSum: sum != 0))
    }

    private mutating func define(_ opcode: UInt8, _ head: Cursor) {
        var cursor = head
        switch opcode {
        case 3:
            guard let id = cursor.u16(), let name = cursor.text(), let encoding = cursor.text(),
                let size = cursor.u32(),
                cursor.take(UInt64(size)) != nil
            else { return note("a schema is damaged") }
            if encoding != "protobuf" || size == 0 { note("schema \(name) is no protobuf descriptor set") }
            schemas[id] = name
        case 4:
            guard let id = cursor.u16(), let schema = cursor.u16(), let topic = cursor.text(), cursor.text() != nil
            else {
                return note("a channel is damaged")
            }
            if schemas[schema] == nil { bareTopics.insert(topic) }
            channels[id] = (topic, schemas[schema] ?? "")
        case 5:
            guard let id = cursor.u16(), cursor.u32() != nil, let log = cursor.u64(), cursor.u64() != nil else {
                return note("a message is damaged")
            }
            guard let channel = channels[id] else {
                return note("a message names channel \(id), which was not described")
            }
            messages.append(
                Message(topic: channel.topic, schema: channel.schema, logNs: log, payload: Array(cursor.rest)))
        default: break
        }
    }

    /// The sum covers everything from behind the data end up to its own place in the footer.
    private mutating func checkSummary(_ footer: ArraySlice<UInt8>, _ bytes: [UInt8]) {
        var cursor = Cursor(footer)
        guard cursor.u64() != nil, cursor.u64() != nil, let sum = cursor.u32(), cursor.isAtEnd else {
            return note("the footer is damaged")
        }
        let covered = bytes[dataEnd..<footer.endIndex - 4]
        let isClosed = Array(bytes[footer.endIndex...]) == MCAPWriter.magic
        hasSummary = isClosed && (sum == 0 || CRC32.value(of: Array(covered)) == sum)
        if !isClosed { note("bytes follow the footer, or the closing magic is missing") }
    }
}

/// Little-endian values, each only where all its bytes are there.
private struct Cursor {
    private let bytes: ArraySlice<UInt8>
    private var at: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    var isAtEnd: Bool { at == bytes.endIndex }
    var rest: ArraySlice<UInt8> { bytes[at...] }

    mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= UInt64(bytes.endIndex - at) else { return nil }
        defer { at += Int(count) }
        return bytes[at..<at + Int(count)]
    }

    private mutating func number(_ count: UInt64) -> UInt64? {
        take(count).map { $0.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }

    mutating func u16() -> UInt16? { number(2).map { UInt16($0) } }
    mutating func u32() -> UInt32? { number(4).map { UInt32($0) } }
    mutating func u64() -> UInt64? { number(8) }

    mutating func text() -> String? {
        guard let size = u32(), let content = take(UInt64(size)) else { return nil }
        return String(validating: content, as: UTF8.self)
    }

    mutating func map() -> [String: String]? {
        guard let size = u32(), let content = take(UInt64(size)) else { return nil }
        var cursor = Cursor(content)
        var values: [String: String] = [:]
        while !cursor.isAtEnd {
            guard let key = cursor.text(), let value = cursor.text() else { return nil }
            values[key] = value
        }
        return values
    }

    /// The next whole record.
    mutating func record() -> (opcode: UInt8, content: ArraySlice<UInt8>)? {
        let start = at
        guard let opcode = take(1)?.first, let size = u64(), let content = take(size) else {
            at = start
            return nil
        }
        return (opcode, content)
    }
}
