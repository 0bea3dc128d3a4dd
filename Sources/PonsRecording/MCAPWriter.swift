/// Writes an MCAP file (mcap.dev, version 0 of the format): uncompressed chunks with CRC, schemas as protobuf
/// FileDescriptorSet, summary and footer at a clean close.
///
/// Produces bytes and does no I/O; whoever owns the file appends them. A file cut anywhere is readable up to its last
/// whole chunk (REC-06).
public struct MCAPWriter: Sendable {
    public static let profile = "pons/1"
    static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

    private enum Opcode: UInt8 {
        case header = 1, footer, schema, channel, message, chunk, messageIndex, chunkIndex
        case statistics = 0x0B, metadata = 0x0C, metadataIndex, dataEnd = 0x0F
    }

    private struct ChunkEntry {
        var start: UInt64
        var length: UInt64
        var from: UInt64
        var until: UInt64
        var size: UInt64
    }

    private let schemaSet: [UInt8]
    private var written: UInt64 = 0
    private var schemas: [String: UInt16] = [:]
    private var channels: [String: UInt16] = [:]
    private var definitions: [UInt8] = []
    private var chunk: [UInt8] = []
    private var chunkRange: (UInt64, UInt64)?
    private var chunkIndex: [ChunkEntry] = []
    private var metadataIndex: [(start: UInt64, length: UInt64, name: String)] = []
    private var counts: [UInt16: UInt64] = [:]
    private var timeRange: (UInt64, UInt64)?

    private let checksChunks: Bool

    /// - Parameters:
    ///   - schemaSet: serialised FileDescriptorSet of every schema.
    ///   - checksChunks: false leaves the check sums of chunks out, as no recording of this profile may.
    public init(schemaSet: [UInt8], checksChunks: Bool = true) {
        self.schemaSet = schemaSet
        self.checksChunks = checksChunks
    }

    /// The first bytes of the file.
    public mutating func begin(library: String) -> [UInt8] {
        var content = Bytes()
        content.string(Self.profile)
        content.string(library)
        return emit(Self.magic + record(.header, content.bytes))
    }

    /// Adds a message to the open chunk.
    ///
    /// - Parameters:
    ///   - schema: full protobuf name, `pons.v1.Ack`; empty for bytes that are no message.
    ///   - logNs: when it was recorded.
    ///   - publishNs: when its sender stamped it.
    public mutating func add(topic: String, schema: String, logNs: UInt64, publishNs: UInt64, payload: [UInt8]) {
        let channel = channel(topic, schema)
        var content = Bytes()
        content.u16(channel)
        content.u32(UInt32(truncatingIfNeeded: counts[channel, default: 0]))
        content.u64(logNs)
        content.u64(publishNs)
        content.bytes += payload
        chunk += record(.message, content.bytes)
        counts[channel, default: 0] += 1
        chunkRange = (min(chunkRange?.0 ?? logNs, logNs), max(chunkRange?.1 ?? logNs, logNs))
        timeRange = (min(timeRange?.0 ?? logNs, logNs), max(timeRange?.1 ?? logNs, logNs))
    }

    /// Names and values that belong to the whole file, such as which test follows.
    public mutating func metadata(_ name: String, _ values: [String: String]) -> [UInt8] {
        var content = Bytes()
        content.string(name)
        content.map(values)
        let bytes = record(.metadata, content.bytes)
        metadataIndex.append((written, UInt64(bytes.count), name))
        return emit(bytes)
    }

    /// Closes the chunk; its bytes go to the file now.
    public mutating func flush() -> [UInt8] {
        guard let (from, until) = chunkRange else { return [] }
        var content = Bytes()
        content.u64(from)
        content.u64(until)
        content.u64(UInt64(chunk.count))
        content.u32(checksChunks ? CRC32.value(of: chunk) : 0)
        content.string("")
        content.u64(UInt64(chunk.count))
        content.bytes += chunk
        let bytes = record(.chunk, content.bytes)
        chunkIndex.append(
            ChunkEntry(start: written, length: UInt64(bytes.count), from: from, until: until, size: UInt64(chunk.count))
        )
        chunk.removeAll(keepingCapacity: true)
        chunkRange = nil
        return emit(bytes)
    }

    /// Data end, summary and footer.
    public mutating func end() -> [UInt8] {
        var result = flush()
        var dataEnd = Bytes()
        dataEnd.u32(0)
        result += emit(record(.dataEnd, dataEnd.bytes))
        let summaryStart = written
        var summary = definitions
        for entry in chunkIndex { summary += record(.chunkIndex, index(entry)) }
        for entry in metadataIndex {
            var place = Bytes()
            place.u64(entry.start)
            place.u64(entry.length)
            place.string(entry.name)
            summary += record(.metadataIndex, place.bytes)
        }
        summary += record(.statistics, statistics())
        var footer = Bytes()
        footer.u64(summaryStart)
        footer.u64(0)
        var checked = summary
        checked += [Opcode.footer.rawValue]
        var head = Bytes()
        head.u64(20)
        head.bytes += footer.bytes
        checked += head.bytes
        footer.u32(CRC32.value(of: checked))
        result += emit(summary + record(.footer, footer.bytes) + Self.magic)
        return result
    }

    // MARK: Records

    private mutating func channel(_ topic: String, _ schema: String) -> UInt16 {
        if let known = channels[topic] { return known }
        let schemaID = schema.isEmpty ? 0 : schemaNumber(schema)
        let id = UInt16(channels.count + 1)
        channels[topic] = id
        var content = Bytes()
        content.u16(id)
        content.u16(schemaID)
        content.string(topic)
        content.string(schema.isEmpty ? "raw" : "protobuf")
        content.map([:])
        define(record(.channel, content.bytes))
        return id
    }

    private mutating func schemaNumber(_ name: String) -> UInt16 {
        if let known = schemas[name] { return known }
        let id = UInt16(schemas.count + 1)
        schemas[name] = id
        var content = Bytes()
        content.u16(id)
        content.string(name)
        content.string("protobuf")
        content.u32(UInt32(schemaSet.count))
        content.bytes += schemaSet
        define(record(.schema, content.bytes))
        return id
    }

    /// A definition stands in the chunk that first needs it, and again in the summary.
    private mutating func define(_ bytes: [UInt8]) {
        definitions += bytes
        chunk += bytes
    }

    private func index(_ entry: ChunkEntry) -> [UInt8] {
        var content = Bytes()
        content.u64(entry.from)
        content.u64(entry.until)
        content.u64(entry.start)
        content.u64(entry.length)
        content.u32(0)
        content.u64(0)
        content.string("")
        content.u64(entry.size)
        content.u64(entry.size)
        return content.bytes
    }

    private func statistics() -> [UInt8] {
        var content = Bytes()
        content.u64(counts.values.reduce(0, +))
        content.u16(UInt16(schemas.count))
        content.u32(UInt32(channels.count))
        content.u32(0)
        content.u32(UInt32(metadataIndex.count))
        content.u32(UInt32(chunkIndex.count))
        content.u64(timeRange?.0 ?? 0)
        content.u64(timeRange?.1 ?? 0)
        content.u32(UInt32(counts.count * 10))
        for (channel, count) in counts.sorted(by: { $0.key < $1.key }) {
            content.u16(channel)
            content.u64(count)
        }
        return content.bytes
    }

    private func record(_ opcode: Opcode, _ content: [UInt8]) -> [UInt8] {
        var head = Bytes()
        head.bytes.append(opcode.rawValue)
        head.u64(UInt64(content.count))
        return head.bytes + content
    }

    private mutating func emit(_ bytes: [UInt8]) -> [UInt8] {
        written += UInt64(bytes.count)
        return bytes
    }
}

/// Little-endian values in a row, as MCAP writes them.
private struct Bytes {
    var bytes: [UInt8] = []

    mutating func u16(_ value: UInt16) { append(UInt64(value), 2) }
    mutating func u32(_ value: UInt32) { append(UInt64(value), 4) }
    mutating func u64(_ value: UInt64) { append(value, 8) }

    mutating func string(_ text: String) {
        u32(UInt32(text.utf8.count))
        bytes += Array(text.utf8)
    }

    mutating func map(_ values: [String: String]) {
        var content = Bytes()
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            content.string(key)
            content.string(value)
        }
        u32(UInt32(content.bytes.count))
        bytes += content.bytes
    }

    private mutating func append(_ value: UInt64, _ count: Int) {
        for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift * 8))) }
    }
}
