public import PonsMessages
import PonsWire

/// Remembers commands by id, so that each is executed once (CMD-03, CMD-04). Dies with its session.
public struct CommandLedger: Sendable {
    public enum Entry: Equatable, Sendable {
        case new
        /// Same id, same bytes: the original outcome.
        case duplicate(Ack)
        /// Same id, other bytes.
        case reused
    }

    private struct Memory {
        var digest: UInt64
        var ack: Ack?
    }

    private var memory: [UInt64: Memory] = [:]
    private var order: [UInt64] = []
    private var oldest = 0
    private let capacity: Int

    /// Ids remembered now.
    public var count: Int { order.count }

    /// - Parameter capacity: ids remembered; the standard asks for at least 10,000.
    public init(capacity: Int = 10_000) { self.capacity = capacity }

    public mutating func receive(id: UInt64, type: UInt16, payload: [UInt8]) -> Entry {
        let digest = Self.digest(type, payload)
        if let known = memory[id] {
            guard known.digest == digest else { return .reused }
            return .duplicate(known.ack ?? Ack())
        }
        memory[id] = Memory(digest: digest, ack: nil)
        remember(id)
        return .new
    }

    /// Notes how the command was answered.
    public mutating func settle(id: UInt64, _ ack: Ack) { memory[id]?.ack = ack }

    private mutating func remember(_ id: UInt64) {
        if order.count < capacity {
            order.append(id)
        } else {
            memory[order[oldest]] = nil
            order[oldest] = id
            oldest = (oldest + 1) % capacity
        }
    }

    private static func digest(_ type: UInt16, _ payload: [UInt8]) -> UInt64 {
        var crc = CRC64()
        crc.update(UInt8(truncatingIfNeeded: type))
        crc.update(UInt8(truncatingIfNeeded: type >> 8))
        crc.update(payload.span.bytes, upTo: payload.count)
        return crc.value
    }
}
