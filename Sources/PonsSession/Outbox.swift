public import PonsVocabulary

/// Messages waiting for one link, not yet sealed: counters and send times are given in the order of leaving.
///
/// Safety first, then replies and events in order; of each stream only the newest (LNK-12).
public struct Outbox: Sendable {
    /// A message that waits: its type and its payload.
    public struct Item: Sendable {
        public let type: MessageType
        public let payload: [UInt8]
    }

    /// Replies and events are never dropped; a peer that lets this many pile up has lost its session.
    public static let reliableLimit = 1024

    private var safety: [Item] = []
    private var reliable: [Item] = []
    private var newest: [Item] = []

    /// Stream messages replaced before they could be sent.
    public private(set) var droppedCount: UInt32 = 0

    public init() {}

    public var isEmpty: Bool { safety.isEmpty && reliable.isEmpty && newest.isEmpty }

    public var hasOverflowed: Bool { reliable.count + safety.count > Self.reliableLimit }

    public mutating func push(_ payload: [UInt8], type: MessageType) {
        let item = Item(type: type, payload: payload)
        switch type.streamClass {
        case .safety: safety.append(item)
        case .setpoint, .state, .bulk:
            if let index = newest.firstIndex(where: { $0.type == type }) {
                newest[index] = item
                droppedCount &+= 1
            } else {
                newest.append(item)
            }
        default: reliable.append(item)
        }
    }

    /// All messages in the order they should go, and forgets them.
    public mutating func drain() -> [Item] {
        defer {
            safety.removeAll(keepingCapacity: true)
            reliable.removeAll(keepingCapacity: true)
            newest.removeAll(keepingCapacity: true)
        }
        if reliable.isEmpty && newest.isEmpty { return safety }
        return safety + reliable + newest
    }
}
