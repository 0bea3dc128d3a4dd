/// One thing that is measured: a codec, a message, and what is done with it.
struct Item {
    /// The order of `PEERS_STATE` and its neighbours.
    static let messages = ["state", "setpoint", "depth", "plan"]

    /// Message, codec and operation.
    var name: String { "\(Self.messages[message]) \(codec) \(operation)" }

    let codec: String
    let message: Int
    let operation: String
    /// Does it `count` times, going round the ring of messages.
    let run: (_ count: Int) -> Void
}
