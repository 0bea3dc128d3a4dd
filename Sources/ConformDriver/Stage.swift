public import PonsMessages
public import PonsSecurity

/// Where a scenario is played: links to a robot, and a clock. Virtual time and sockets look the same from here.
///
/// Single-threaded: whoever plays calls ``advance(to:_:)`` and nothing happens in between.
public protocol Stage: AnyObject {
    /// Tester's monotonic clock, ns.
    var nowNs: Int64 { get }

    /// Opens a link to the robot for a session in a role.
    ///
    /// - Parameters:
    ///   - certificate: the one to show; without it, the role's own where links carry certificates.
    ///   - isNarrow: whether the tester's end of the link holds little before it is read.
    func open(
        as role: Role, showing certificate: TesterCertificate?, isNarrow: Bool
    ) throws(StageError) -> Int

    func close(_ link: Int)

    /// Sends bytes. Where the kernel stamps what it sends, the mark returned here comes back as a `.sent` delivery.
    @discardableResult
    func send(_ bytes: [UInt8], on link: Int) -> UInt32?

    /// Lets time pass to `deadline`, or until `deliver` returns true.
    func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool)

    /// Leaves what comes on a link unread from here on: its buffers fill up, as those of a hanging program do.
    func stopReading(_ link: Int)

    /// Opens the datagram path of a link, at a port of the robot.
    func openDatagrams(_ link: Int, port: Int) throws(StageError)

    /// Sends a datagram on the path of a link.
    func send(datagram bytes: [UInt8], on link: Int)

    /// From here on no more than this is read of what comes on a link; the rest waits in its buffers.
    func read(_ link: Int, bytesPerSecond: Int)

    /// Whether links to the robot send nothing again that is lost: each frame is a datagram.
    var losesFrames: Bool { get }

    /// Robot time minus ``nowNs`` where the runner plays the robot itself; ns.
    var robotOffsetNs: Int64? { get }

    /// Hinders the guest of this stage for a while; without one, nothing happens.
    func hinder(_ hindrance: Hindrance, until endNs: Int64)

    /// Whether this stage can bring the robot into its boot state by itself: a fresh robot for every test.
    var startsFresh: Bool { get }
}

/// What arrived at the tester.
public struct Delivery: Sendable {
    public enum Content: Sendable {
        case bytes([UInt8])
        /// On the datagram path of the link.
        case datagram([UInt8])
        case closed
        /// The kernel handed these bytes to the link at `kernelNs`.
        case sent(mark: UInt32)
        /// What passed between the robot and its guest.
        case overheard(byGuest: Bool, [UInt8])
        /// The guest has opened a link of its own.
        case guestOpened
        /// The tester itself did not run for this long; ns.
        case stall(Int64)
    }

    public var link: Int
    public var timeNs: Int64
    public var kernelNs: Int64?
    public var content: Content
}

/// The robot can't be reached, or not any more.
public struct StageError: Error, Sendable {
    public let message: String
    public let hint: String

    public init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }
}

extension Stage {
    public func open(as role: Role, showing certificate: TesterCertificate?) throws(StageError) -> Int {
        try open(as: role, showing: certificate, isNarrow: false)
    }

    public var robotOffsetNs: Int64? { nil }
    public var losesFrames: Bool { false }
    public func hinder(_ hindrance: Hindrance, until endNs: Int64) {}
    public func stopReading(_ link: Int) {}
    public func openDatagrams(_ link: Int, port: Int) throws(StageError) {
        throw StageError("this link has no datagram path", hint: "datagrams need a robot at tls:// or sim:")
    }
    public func send(datagram bytes: [UInt8], on link: Int) {}
    public func read(_ link: Int, bytesPerSecond: Int) {}
}

extension StageError {
    init(_ error: CredentialError) { self.init(error.message, hint: error.hint) }
}
