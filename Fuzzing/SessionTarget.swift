import Foundation
import PonsMessages
import PonsReflection
import PonsRobot
import PonsSafety
import PonsSession
import PonsWire

/// A robot and a client in one exchange: each input is a list of what happens next, one byte what and then its arguments.
///
/// Whatever comes, the robot's joints stay within their limits, and neither end traps.
enum SessionTarget {
    static func run(_ input: [UInt8]) {
        var rig = SessionRig()
        var bytes = input[...]
        // What takes long is no find: a thousand steps are more than any input that is worth keeping.
        for _ in 0..<1000 {
            guard let what = bytes.popFirst() else { break }
            rig.step(what, &bytes)
            require(rig.offence.isEmpty, rig.offence, input)
        }
    }
}

/// Both ends, and the wire between them, which an input may bend.
struct SessionRig {
    private static let link = LinkID(1), other = LinkID(2)
    private static let hash: @Sendable ([UInt8]) -> [UInt8] = { bytes in
        var crc = CRC64()
        crc.update(bytes.span.bytes, upTo: bytes.count)
        return (0..<32).map { UInt8(truncatingIfNeeded: crc.value >> UInt64($0 % 8 * 8)) }
    }

    private static let types = MessageCatalogue.all.compactMap { ($0 as? any FrameMessage.Type)?.type.rawValue }

    private static func type(_ index: Int) -> UInt16 { types[index % types.count] }

    private var robot: RobotRuntime<SmallRobot, NoFaults>
    private var client = ClientSession(role: .operator, name: "fuzz", nonce: 0x1234_5678_9ABC_DEF1)
    private var nowNs: Int64 = 1_000_000_000
    private var sequence: UInt64 = 1
    /// What is done to the robot's next frame: where, and with which bits.
    private var bend: (place: Int, bits: UInt8)?

    var offence: String { robot.adapter.offence }

    init() {
        var parameters = SafetyParameters()
        parameters.isSimulator = true
        robot = RobotRuntime(
            adapter: SmallRobot(), faults: NoFaults(), parameters: parameters, random: SplitMix64(seed: 1),
            hashing: Self.hash, authentication: { Self.hash($0 + $1) }, at: nowNs)
        robot.datagramPort = 1
        client.hashing = Self.hash
        client.authentication = { Self.hash($0 + $1) }
        robot.linkOpened(Self.link, trust: .local, at: nowNs)
        robot.receive(client.hello(at: nowNs), on: Self.link, at: nowNs)
        for _ in 0..<40 { pass(milliseconds: 2) }
    }

    mutating func step(_ what: UInt8, _ bytes: inout ArraySlice<UInt8>) {
        let argument = bytes.popFirst() ?? 0
        switch what % 16 {
        case 0: pass(milliseconds: Int(argument))
        case 1: message(Int(argument), take(&bytes))
        case 2: robot.receive(take(&bytes), on: Self.link, at: nowNs)
        case 3: bend = (Int(argument), bytes.popFirst() ?? 0xFF)
        case 4: authority(argument)
        case 5: power(argument)
        case 6: setpoint(argument, take(&bytes))
        case 7: chunk(argument, take(&bytes))
        case 8: stop(argument)
        case 9: openOther(argument)
        case 10: _ = robot.receive(datagram: take(&bytes), at: nowNs)
        case 11: habits(argument)
        case 12: robotSays(Int(argument), take(&bytes))
        case 13: subscribe(argument)
        case 14: _ = client.receive(take(&bytes), at: nowNs)
        default: tampered(argument, take(&bytes))
        }
        deliver()
    }

    private func take(_ bytes: inout ArraySlice<UInt8>) -> [UInt8] {
        let count = min(Int(bytes.popFirst() ?? 0), bytes.count)
        defer { bytes.removeFirst(count) }
        return Array(bytes.prefix(count))
    }

    // MARK: Time and wire

    private mutating func pass(milliseconds: Int) {
        for _ in 0..<max(1, milliseconds) {
            nowNs += 1_000_000
            robot.advance(to: nowNs)
            for frame in client.advance(to: nowNs) { robot.receive(frame, on: Self.link, at: nowNs) }
            deliver()
        }
    }

    private mutating func deliver() {
        for action in robot.takeActions() {
            switch action {
            case .send(Self.link, let frames):
                for frame in frames { hear(bent(frame)) }
            case .sendDatagram(_, let bytes): _ = client.receive(datagram: bytes, at: nowNs)
            default: break
            }
        }
    }

    private mutating func hear(_ frame: [UInt8]) {
        for reply in client.receive(frame, at: nowNs).replies { robot.receive(reply, on: Self.link, at: nowNs) }
    }

    /// A bent frame is sealed again: what is checked beyond its sum is what is tested here.
    private mutating func bent(_ frame: [UInt8]) -> [UInt8] {
        guard let bend, let identity = robot.identity(of: Self.link) else { return frame }
        self.bend = nil
        for identity in [identity, .none] {
            guard let header = try? FrameCheck.open(frame.span.bytes, identity: identity, payloadLimit: .max) else {
                continue
            }
            var payload = Array(frame[FrameHeader.size..<FrameHeader.size + Int(header.payloadLength)])
            if !payload.isEmpty { payload[bend.place % payload.count] ^= bend.bits }
            return FrameSealer.frame(header, payload, identity: identity)
        }
        return frame
    }

    private mutating func send<M: FrameMessage>(_ message: M) {
        robot.receive(client.seal(message, at: nowNs), on: Self.link, at: nowNs)
    }

    // MARK: What a client may do

    private mutating func message(_ index: Int, _ payload: [UInt8]) {
        robot.receive(client.seal(payload: payload, type: Self.type(index), at: nowNs), on: Self.link, at: nowNs)
    }

    private mutating func authority(_ argument: UInt8) {
        var request = AuthorityRequest()
        (request.commandID, request.resourceID) = (client.commandID(), UInt32(argument % 3))
        request.action = argument & 4 == 0 ? .acquire : .release
        if let lease = client.leases[request.resourceID] {
            (request.epoch, request.sequence) = (lease.epoch, lease.sequence)
        }
        send(request)
    }

    private mutating func power(_ argument: UInt8) {
        if argument % 4 == 0 {
            var request = PowerRequest()
            (request.commandID, request.action) = (client.commandID(), argument & 4 == 0 ? .on : .off)
            return send(request)
        }
        if argument % 4 == 1 {
            var request = ResumeRequest()
            (request.commandID, request.resumeID) = (client.commandID(), client.commandID())
            return send(request)
        }
        var request = EnableRequest()
        (request.commandID, request.enableID) = (client.commandID(), client.commandID())
        let lease = client.leases[1]
        (request.leaseEpoch, request.leaseSequence) = (lease?.epoch ?? 0, lease?.sequence ?? 0)
        send(request)
    }

    /// Numbers from bytes: small ones, and every pattern of bits.
    private func floats(_ bytes: [UInt8], count: Int) -> [Float] {
        (0..<count).map { index in
            if bytes.count >= (index + 1) * 4 {
                return Float(bitPattern: bytes[index * 4..<index * 4 + 4].reduce(0) { $0 << 8 | UInt32($1) })
            }
            return index < bytes.count ? Float(Int8(bitPattern: bytes[index])) / 100 : 0
        }
    }

    private mutating func setpoint(_ argument: UInt8, _ bytes: [UInt8]) {
        var message = JointSetpoint()
        let (now, lease) = (client.robotTime(nowNs), client.leases[1])
        (message.sequence, message.stampNs, message.validUntilNs) = (sequence, now, now + Int64(argument) * 1_000_000)
        sequence += 1
        (message.leaseEpoch, message.leaseSequence) = (lease?.epoch ?? 0, lease?.sequence ?? 0)
        (message.resourceID, message.descriptorEpoch, message.mode) = (1, 1, .position)
        message.position = floats(bytes, count: 2)
        if argument & 1 == 1 { message.velocity = floats(bytes.reversed(), count: 2) }
        send(message)
    }

    private mutating func chunk(_ argument: UInt8, _ bytes: [UInt8]) {
        var message = ActionChunk()
        let (now, lease) = (client.robotTime(nowNs), client.leases[1])
        let horizon = Int(argument % 24)
        (message.commandID, message.chunkID) = (client.commandID(), sequence)
        sequence += 1
        (message.basedOnObservationNs, message.startNs) = (now - 10_000_000, now + Int64(bytes.first ?? 0) * 1_000_000)
        (message.stepPeriodNs, message.horizon) = (20_000_000, UInt32(horizon))
        (message.commitPrefix, message.validUntilNs) = (UInt32(argument / 24), now + 2_000_000_000)
        (message.space, message.descriptorEpoch, message.resourceID) = ("joint-position", 1, 1)
        (message.leaseEpoch, message.leaseSequence) = (lease?.epoch ?? 0, lease?.sequence ?? 0)
        message.position = floats(Array(bytes.dropFirst()), count: 2 * horizon)
        send(message)
    }

    private mutating func stop(_ argument: UInt8) {
        switch argument % 3 {
        case 0:
            var request = StopRequest()
            (request.commandID, request.kind) = (client.commandID(), argument & 4 == 0 ? .protective : .emergency)
            send(request)
        case 1:
            var release = StopRelease()
            release.commandID = client.commandID()
            send(release)
        default:
            var request = ResetRequest()
            request.commandID = client.commandID()
            send(request)
        }
    }

    private mutating func subscribe(_ argument: UInt8) {
        var subscribe = Subscribe()
        subscribe.commandID = client.commandID()
        subscribe.messageTypes = [UInt32(argument), UInt32(MessageType.wholeBodyState.rawValue)]
        send(subscribe)
    }

    private mutating func openOther(_ argument: UInt8) {
        if argument & 0x80 != 0 { return robot.linkClosed(Self.other, at: nowNs) }
        var second = ClientSession(
            role: Role(rawValue: Int32(argument % 8)), name: "second", nonce: UInt64(argument))
        robot.linkOpened(Self.other, trust: .local, at: nowNs)
        robot.receive(second.hello(at: nowNs), on: Self.other, at: nowNs)
    }

    private mutating func habits(_ argument: UInt8) {
        client.habits.answersChallenges = argument & 1 == 0
        client.habits.renewsLeases = argument & 2 == 0
        client.habits.comparesClocks = argument & 4 == 0
    }

    // MARK: What a robot may say

    /// Seals in the robot's name.
    private var robotsHand: FrameSealer {
        var sealer = FrameSealer()
        sealer.identity = robot.identity(of: Self.link) ?? .none
        return sealer
    }

    private mutating func robotSays(_ index: Int, _ payload: [UInt8]) {
        var sealer = robotsHand
        hear(sealer.seal(payload: payload, type: Self.type(index), at: nowNs))
    }

    /// An answer to the clock comparison, a lease or a heartbeat with eight bytes of the input as its time.
    private mutating func tampered(_ argument: UInt8, _ bytes: [UInt8]) {
        let time = Int64(bitPattern: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        var sealer = robotsHand
        if argument & 1 == 0 {
            var pong = TimePong()
            (pong.id, pong.robotReceiveNs) = (UInt64(argument), argument & 2 == 0 ? time : 1)
            (pong.robotSendNs, pong.bootID) = (argument & 4 == 0 ? time : 1, Array(repeating: 1, count: 16))
            hear(sealer.seal(pong, at: nowNs))
        } else {
            var granted = LeaseGranted()
            var lease = Lease()
            (lease.resourceID, lease.expiresNs, lease.epoch) = (UInt32(argument), time, 1)
            granted.lease = lease
            hear(sealer.seal(granted, at: time))
        }
    }
}
