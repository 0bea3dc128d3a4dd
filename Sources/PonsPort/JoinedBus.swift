/// Two ways to a robot that has both: topics over one, calls over another.
public final class JoinedBus: NativeBus {
    private let topics: any NativeBus
    private let calls: any NativeBus
    private let callNames: Set<String>

    /// - Parameter native: what goes over `calls`; all else goes over `topics`.
    public init(topics: any NativeBus, calls: any NativeBus, for native: [NativeCall]) {
        self.topics = topics
        self.calls = calls
        callNames = Set(native.flatMap { [$0.requests, $0.answers] })
    }

    public func publish(_ bytes: [UInt8], on topic: String) { bus(of: topic).publish(bytes, on: topic) }

    public func take(_ topic: String) -> [[UInt8]] { bus(of: topic).take(topic) }

    private func bus(of topic: String) -> any NativeBus { callNames.contains(topic) ? calls : topics }
}
