import ConformJudge
import PonsMessages
import PonsReflection
import PonsWire

/// How one record of evidence stands in a recording, beside the message it is about (Spec/v1, part CNF).
///
/// Little-endian: kind u8, flags u8, peer u16, label u16, type u16, time i64; then what the flags name: due i64,
/// kernel i64, the frame's header (48 bytes); then the note, u16 bytes long.
struct EvidenceRecord {
    struct Flags: OptionSet {
        let rawValue: UInt8
        /// A message of the recording holds its bytes: the next one that no record has used.
        static let payload = Flags(rawValue: 1)
        static let header = Flags(rawValue: 2)
        static let due = Flags(rawValue: 4)
        static let kernel = Flags(rawValue: 8)
        /// Put together from pieces: its bytes are theirs.
        static let assembled = Flags(rawValue: 16)
        /// Its bytes are a message of its type.
        static let message = Flags(rawValue: 32)
        /// The bytes were spoilt on purpose: the message they were made from stands behind them.
        static let intended = Flags(rawValue: 64)
    }

    static let kinds: [Evidence.Kind] = [
        .sent, .received, .opened, .closedByTester, .closedByRobot, .damaged, .stepFailed, .stall,
    ]

    var record: Evidence.Record
    var flags: Flags

    /// - Parameter isWhole: its bytes stand in the recording as a message of their own; otherwise, where it has a type,
    ///   they are those of pieces that came before.
    init(_ record: Evidence.Record, isWhole: Bool) {
        self.record = record
        flags = []
        if isWhole { flags.insert(.payload) }
        if record.header != nil { flags.insert(.header) }
        if record.dueNs != nil { flags.insert(.due) }
        if record.kernelNs != nil { flags.insert(.kernel) }
        if record.message != nil { flags.insert(Self.isSpoilt(record) ? .intended : .message) }
        if record.type != nil && !isWhole { flags.insert(.assembled) }
    }

    /// The payload of a whole frame that was sent, and its bytes otherwise.
    static func payload(_ record: Evidence.Record) -> [UInt8] {
        let end = FrameHeader.size + Int(record.header?.payloadLength ?? 0)
        guard record.kind == .sent, record.bytes.count >= end else { return record.bytes }
        return Array(record.bytes[FrameHeader.size..<end])
    }

    private static func isSpoilt(_ record: Evidence.Record) -> Bool {
        guard record.kind == .sent, let message = record.message else { return false }
        let payload = payload(record)
        return message.encoded() != payload
            || (try? MessageCatalogue.message(of: type(of: message).type).init(decoding: payload)) == nil
    }

    /// - Parameter names: peers and labels by their first use; new ones are added.
    func write(to bytes: inout [UInt8], names: inout [String]) {
        bytes.append(UInt8(Self.kinds.firstIndex(of: record.kind) ?? 0))
        bytes.append(flags.rawValue)
        put(UInt64(Self.index(of: record.peer, &names)), 2, &bytes)
        put(UInt64(Self.index(of: record.label ?? "", &names)), 2, &bytes)
        put(UInt64(record.type?.rawValue ?? 0), 2, &bytes)
        put(UInt64(bitPattern: record.timeNs), 8, &bytes)
        if let due = record.dueNs { put(UInt64(bitPattern: due), 8, &bytes) }
        if let kernel = record.kernelNs { put(UInt64(bitPattern: kernel), 8, &bytes) }
        if let header = record.header {
            bytes += [UInt8](capacity: FrameHeader.size) { output in
                output.write(FrameHeader.size) { storage in header.write(to: &storage) }
            }
        }
        let note = Array(record.note.utf8.prefix(Int(UInt16.max)))
        put(UInt64(note.count), 2, &bytes)
        bytes += note
    }

    /// Reads the next record; `nil` where the bytes are damaged.
    init?(reading bytes: [UInt8], at position: inout Int, names: [String]) {
        func number(_ count: Int) -> UInt64? {
            guard position + count <= bytes.count else { return nil }
            defer { position += count }
            return bytes[position..<position + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let kind = number(1), kind < UInt64(Self.kinds.count), let flags = number(1), let peer = number(2),
            let label = number(2), let type = number(2), let time = number(8), peer < UInt64(names.count),
            label < UInt64(names.count)
        else { return nil }
        self.flags = Flags(rawValue: UInt8(flags))
        record = Evidence.Record(Self.kinds[Int(kind)], at: Int64(bitPattern: time), peer: names[Int(peer)])
        record.label = label == 0 ? nil : names[Int(label)]
        if type != 0 {
            guard let known = MessageType(rawValue: UInt16(type)) else { return nil }
            record.type = known
        }
        if self.flags.contains(.due) {
            guard let due = number(8) else { return nil }
            record.dueNs = Int64(bitPattern: due)
        }
        if self.flags.contains(.kernel) {
            guard let kernel = number(8) else { return nil }
            record.kernelNs = Int64(bitPattern: kernel)
        }
        if self.flags.contains(.header) {
            guard position + FrameHeader.size <= bytes.count else { return nil }
            let raw = Array(bytes[position..<position + FrameHeader.size])
            guard let header = try? FrameHeader(reading: raw.span.bytes, payloadLimit: .max) else { return nil }
            record.header = header
            position += FrameHeader.size
        }
        guard let length = number(2), position + Int(length) <= bytes.count else { return nil }
        record.note = String(decoding: bytes[position..<position + Int(length)], as: UTF8.self)
        position += Int(length)
    }

    private static func index(of name: String, _ names: inout [String]) -> Int {
        if let index = names.firstIndex(of: name) { return index }
        names.append(name)
        return names.count - 1
    }

    private func put(_ value: UInt64, _ count: Int, _ bytes: inout [UInt8]) {
        for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift * 8))) }
    }
}
