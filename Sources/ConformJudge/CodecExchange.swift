/// A question to a codec under test, and its answer.
public struct CodecExchange: Sendable {
    /// What a codec says of bytes.
    public struct Answer: Equatable, Sendable {
        public var accepts: Bool
        /// Of a refusal.
        public var reason = ""
        /// Of what was accepted: JSON with sorted keys.
        public var meaning = ""
        /// The canonical form, the payload of a frame, or the frame; hexadecimal.
        public var bytes = ""

        public init(accepts: Bool) { self.accepts = accepts }
    }

    /// Name of the step that asked.
    public let label: String
    /// What is special about the vector.
    public let name: String
    public let request: String
    public let expected: Answer
    /// `nil` where the codec did not answer in the form it should; ``line`` is what came.
    public let answered: Answer?
    public let line: String
    /// Tester's clock, ns.
    public let timeNs: Int64

    public init(
        label: String, name: String, request: String, expected: Answer, answered: Answer?, line: String, timeNs: Int64
    ) {
        self.label = label
        self.name = name
        self.request = request
        self.expected = expected
        self.answered = answered
        self.line = line
        self.timeNs = timeNs
    }
}
