/// A vendor's own messages, topic by topic, as the bytes on its wire.
///
/// ``LoopbackBus`` joins both sides in one process; a middleware joins them across processes.
public protocol NativeBus: AnyObject, Sendable {
    func publish(_ bytes: [UInt8], on topic: String)

    /// The messages of a topic since the last call, oldest first.
    func take(_ topic: String) -> [[UInt8]]
}
