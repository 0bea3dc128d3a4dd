import Synchronization

/// Both ends of a native interface in one process: virtual time needs no middleware. One taker for each topic.
public final class LoopbackBus: NativeBus {
    /// More than this many unread messages of a topic push out the oldest, as a bounded history does.
    private static let depth = 64
    private let topics = Mutex<[String: [[UInt8]]]>([:])

    public init() {}

    public func publish(_ bytes: [UInt8], on topic: String) {
        topics.withLock { topics in
            topics[topic, default: []].append(bytes)
            if topics[topic]!.count > Self.depth { topics[topic]!.removeFirst() }
        }
    }

    public func take(_ topic: String) -> [[UInt8]] {
        topics.withLock { topics in
            guard let messages = topics[topic], !messages.isEmpty else { return [] }
            topics[topic] = []
            return messages
        }
    }
}
