public import PonsMessages
public import PonsReflection
public import PonsWire

/// Everything that happened while a test was played, in the order of the tester's clock.
public struct Evidence: Sendable {
    public enum Kind: String, Sendable {
        case sent
        case received
        case opened
        case closedByTester
        case closedByRobot
        /// Bytes that are no frame, or whose message breaks the schema.
        case damaged
        /// A step of the stimulus did not succeed.
        case stepFailed
        case stall
    }

    public struct Record: Sendable {
        public var kind: Kind
        /// Tester's monotonic clock, ns.
        public var timeNs: Int64
        /// When it was meant to be sent.
        public var dueNs: Int64?
        /// The kernel's stamp, in the tester's clock, where there is one.
        public var kernelNs: Int64?
        public var peer: String
        /// Name of the step that sent it.
        public var label: String?
        public var type: MessageType?
        public var header: FrameHeader?
        public var message: (any FrameMessage & Reflective)?
        public var bytes: [UInt8]
        public var note: String

        public init(_ kind: Kind, at timeNs: Int64, peer: String, note: String = "") {
            self.kind = kind
            self.timeNs = timeNs
            self.peer = peer
            self.note = note
            bytes = []
        }
    }

    /// Who the brain under test is in records.
    public static let guestName = "brain"

    public private(set) var records: [Record] = []
    /// What a codec under test was asked.
    public private(set) var exchanges: [CodecExchange] = []
    /// The recording under test, beside its messages.
    public var recording: RecordingFacts?
    /// What statement and claims say beside what the robot shows: `items` and `claims`.
    public var declarations: [String: [DeclaredFact]] = [:]
    /// What each peer knew of the robot's clock, in the order of time.
    public var clocks: [String: [ClockReading]] = [:]
    /// Values known when the test was played: `D_T1`, `joints`, `A.session`.
    public var constants: [String: Quantity] = [:]
    public var identities: [String: UInt64] = [:]
    public var hashes: [String: [UInt8]] = [:]
    /// What the robot said of itself when the test began.
    public var descriptor: Descriptor?
    /// When labelled steps began, by label; ns.
    public var marks: [String: Int64] = [:]
    /// Whether the links to the robot send nothing again that is lost: datagrams.
    public var losesFrames = false
    public var startNs: Int64 = 0
    public var endNs: Int64 = 0

    public init() {}

    public mutating func append(_ record: Record) { records.append(record) }

    public mutating func append(_ exchange: CodecExchange) { exchanges.append(exchange) }

    /// Adds the kernel's send stamp to a record.
    public mutating func stamp(_ index: Int, kernelNs: Int64) { records[index].kernelNs = kernelNs }

    /// When the first and the last frame of a step were sent.
    public func sent(_ label: String) -> (first: Record, last: Record)? {
        let matching = records.filter { $0.kind == .sent && $0.label == label }
        guard let first = matching.first, let last = matching.last else { return nil }
        return (first, last)
    }
}
