public import PonsMessages
public import PonsSafety

/// One end's datagram path of a session: the sealed channel, and numbers of its own for what goes through it.
public struct DatagramSide: Sendable {
    public var channel: DatagramChannel
    public var sealer: FrameSealer
    public var counters: CounterMonitor
    /// Whether the other end was heard here: until then what is sent would go nowhere.
    public var isReached = false

    /// - Parameter link: the sealer of the session's stream; addresses and identity are the same.
    public init(_ channel: DatagramChannel, beside link: FrameSealer, maxGap: UInt32) {
        self.channel = channel
        sealer = FrameSealer()
        sealer.identity = link.identity
        (sealer.source, sealer.destination) = (link.source, link.destination)
        sealer.stream = DatagramChannel.stream
        counters = CounterMonitor(maxGap: maxGap)
    }

    public mutating func seal(payload: [UInt8], type: MessageType, at now: Int64) -> [UInt8] {
        channel.seal(sealer.seal(payload: payload, type: type.rawValue, at: now))
    }
}
