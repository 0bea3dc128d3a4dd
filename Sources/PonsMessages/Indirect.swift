/// Storage for a message that holds another of its own kind, which no value can do in place.
@propertyWrapper
public struct Indirect<Message: WireMessage>: Equatable, Sendable {
    /// None or one.
    private var storage: [Message] = []

    public init(wrappedValue: Message?) { self.wrappedValue = wrappedValue }

    public var wrappedValue: Message? {
        get { storage.first }
        set { storage = newValue.map { [$0] } ?? [] }
    }
}
