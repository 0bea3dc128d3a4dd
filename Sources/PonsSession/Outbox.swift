public import PonsVocabulary

/// Messages waiting for one link, not yet sealed: counters and send times are given in the order of leaving.
///
/// Safety first, then replies and events in order; of each stream only the newest (LNK-12).
public struct Outbox: Sendable {
    /// A message that waits: its type and its payload.
    public struct Item: Sendable {
        public let type: MessageType
        public let payload: [UInt8]
        /// Which stream of its type: a sensor, a gripper.
        let key: Int
    }

    /// Replies and events are never dropped; a peer that lets this many pile up has lost its session.
    public static let reliableLimit = 1024

    private var safety: [Item] = []
    private var reliable: [Item] = []
    private var newest: [Item] = []
    /// Pieces of large messages, each message by its stream.
    private var bulk: [Int: [Item]] = [:]

    /// Stream messages replaced before they could be sent.
    public private(set) var droppedCount: UInt32 = 0

    public init() {}

    public var isEmpty: Bool { safety.isEmpty && reliable.isEmpty && newest.isEmpty && bulk.isEmpty }

    /// Whether something waits that no congestion may hold back.
    public var hasReliable: Bool { !safety.isEmpty || !reliable.isEmpty }

    public var hasOverflowed: Bool { reliable.count + safety.count > Self.reliableLimit }

    /// - Parameter key: tells streams of the same type apart.
    public mutating func push(_ payload: [UInt8], type: MessageType, key: Int = 0) {
        let item = Item(type: type, payload: payload, key: key)
        switch type.streamClass {
        case .safety: safety.append(item)
        case .setpoint, .state, .bulk:
            if let index = newest.firstIndex(where: { $0.type == type && $0.key == key }) {
                newest[index] = item
                droppedCount &+= 1
            } else {
                newest.append(item)
            }
        default: reliable.append(item)
        }
    }

    /// The pieces of one large message; a message of the same stream that still waits is replaced as a whole.
    public mutating func push(bulk pieces: [[UInt8]], type: MessageType, key: Int) {
        if bulk[key] != nil { droppedCount &+= 1 }
        bulk[key] = pieces.map { Item(type: type, payload: $0, key: key) }
    }

    /// The messages that should go, in their order, and forgets them.
    ///
    /// - Parameter isCongested: the link is behind: streams wait here, where only the newest is kept, and not in its buffers.
    public mutating func drain(isCongested: Bool = false) -> [Item] {
        if isCongested {
            defer {
                safety.removeAll(keepingCapacity: true)
                reliable.removeAll(keepingCapacity: true)
            }
            return safety + reliable
        }
        defer {
            safety.removeAll(keepingCapacity: true)
            reliable.removeAll(keepingCapacity: true)
            newest.removeAll(keepingCapacity: true)
            bulk.removeAll(keepingCapacity: true)
        }
        var items = safety
        items += reliable
        items += newest
        for key in bulk.keys.sorted() { items += bulk[key]! }
        return items
    }
}
