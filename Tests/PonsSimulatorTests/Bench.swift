import PonsMessages
import PonsRobot
import PonsSession
import PonsSimulator
import PonsTransport
import Testing

/// One robot and one client on one clock, without a link between them: what either says is heard at once.
struct Bench {
    var robot: SimulatedHumanoid
    var client: ClientSession
    var nowNs: Int64 = 1_000_000_000
    var received: [(type: MessageType, payload: [UInt8])] = []
    /// What the robot wanted recorded.
    var recorded: [RecordingAction] = []
    private let link = LinkID(1)

    init(_ configuration: HumanoidConfiguration, role: Role = .controller, isDatagram: Bool = false) throws {
        client = ClientSession(role: role, name: "bench", nonce: 0xB0B)
        robot = try Humanoid.make(configuration, random: SplitMix64(seed: 4), at: nowNs)
        robot.linkOpened(link, isDatagram: isDatagram, trust: .local, at: nowNs)
        deliver(client.hello(at: nowNs))
        run(milliseconds: 200)
    }

    mutating func send<M: FrameMessage>(_ message: M) { deliver(client.seal(message, at: nowNs)) }

    private mutating func deliver(_ bytes: [UInt8]) { robot.receive(bytes, on: link, at: nowNs) }

    mutating func run(milliseconds: Int) {
        for _ in 0..<milliseconds {
            nowNs += 1_000_000
            robot.advance(to: nowNs)
            for action in robot.takeActions() {
                switch action {
                case .send(_, let frames): for frame in frames { hear(frame) }
                case .record(let action): recorded.append(action)
                default: break
                }
            }
            for frame in client.advance(to: nowNs) { deliver(frame) }
        }
    }

    /// The client is gone without a word.
    mutating func loseClient() {
        robot.linkClosed(link, at: nowNs)
        for case .record(let action) in robot.takeActions() { recorded.append(action) }
    }

    private mutating func hear(_ frame: [UInt8]) {
        let (events, replies) = client.receive(frame, at: nowNs)
        for reply in replies { deliver(reply) }
        for case .received(let type, let payload, _) in events { received.append((type, payload)) }
    }

    func all<M: FrameMessage>(_ type: M.Type) throws -> [M] {
        try received.filter { $0.type == M.type }.map { try M(decoding: $0.payload) }
    }

    // MARK: The usual way to motion

    mutating func subscribe(to types: MessageType...) {
        var request = Subscribe()
        request.commandID = client.commandID()
        request.messageTypes = types.map { UInt32($0.rawValue) }
        send(request)
        run(milliseconds: 5)
    }

    /// Authority over the whole body, power, enable.
    mutating func makeReady() {
        var authority = AuthorityRequest()
        authority.commandID = client.commandID()
        authority.action = .acquire
        authority.resourceID = 1
        send(authority)
        run(milliseconds: 20)
        var power = PowerRequest()
        power.commandID = client.commandID()
        power.action = .on
        send(power)
        run(milliseconds: 20)
        var enable = EnableRequest()
        enable.commandID = client.commandID()
        enable.enableID = 1
        send(enable)
        run(milliseconds: 20)
    }
}
