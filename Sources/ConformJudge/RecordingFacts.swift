/// What a recording under test is, beside the messages in it.
public struct RecordingFacts: Sendable {
    public var profile = ""
    /// Topics whose messages have no schema.
    public var bareTopics: [String] = []
    public var chunkCount = 0
    public var chunksWithoutSum = 0
    /// Longest time one chunk covers, ns.
    public var longestChunkNs: Double = 0
    public var hasDataEnd = false
    public var hasSummary = false
    public var metadata: [String: [String: String]] = [:]
    public var problems: [String] = []
    /// What a file cut at an arbitrary byte still gives: messages in its whole chunks, and those a reader found.
    public var cuts: [(at: Int, whole: Int, read: Int)] = []

    public init() {}
}
