public import PonsVocabulary

/// Frames waiting for one link. Safety first, then replies and events in order; of each stream only the newest (LNK-12).
public struct Outbox: Sendable {
    /// Replies and events are never dropped; a peer that lets this many pile up has lost its session.
    public static let reliableLimit = 1024

    private var safety: [[UInt8]] = []
    private var reliable: [[UInt8]] = []
    private var newest: [(type: UInt16, frame: [UInt8])] = []

    /// Stream frames replaced before they could be sent.
    public private(set) var droppedCount: UInt32 = 0

    public init() {}

    public var isEmpty: Bool { safety.isEmpty && reliable.isEmpty && newest.isEmpty }

    public var hasOverflowed: Bool { reliable.count + safety.count > Self.reliableLimit }

    public mutating func push(_ frame: [UInt8], type: MessageType) {
        switch type.streamClass {
        case .safety: safety.append(frame)
        case .setpoint, .state, .bulk:
            if let index = newest.firstIndex(where: { $0.type == type.rawValue }) {
                newest[index].frame = frame
                droppedCount &+= 1
            } else {
                newest.append((type.rawValue, frame))
            }
        default: reliable.append(frame)
        }
    }

    /// All frames in the order they should go, and forgets them.
    public mutating func drain() -> [[UInt8]] {
        defer {
            safety.removeAll(keepingCapacity: true)
            reliable.removeAll(keepingCapacity: true)
            newest.removeAll(keepingCapacity: true)
        }
        if reliable.isEmpty && newest.isEmpty { return safety }
        return safety + reliable + newest.map(\.frame)
    }
}
