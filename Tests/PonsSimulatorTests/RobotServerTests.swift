import Foundation
import PonsMessages
import PonsRobot
import PonsSession
import PonsSimulator
import PonsTransport
import Testing

/// The robot in real time, behind a socket of this computer.
@Suite struct RobotServerTests {
    /// A layer that knows at once who is there, and is open only when bytes have come.
    private final class Introduced: StreamLayer {
        private(set) var phase = StreamLayerPhase.opening
        private var output: [UInt8] = []

        func receive(_ wire: [UInt8]) -> [UInt8] {
            phase = .open(.clear)
            return wire
        }

        func send(_ plain: [UInt8]) { output += plain }

        func takeOutput() -> [UInt8] {
            defer { output = [] }
            return output
        }
    }

    /// A layer that counts how often any of its kind was heard, and never knows who is there.
    private final class Stranger: StreamLayer {
        let phase = StreamLayerPhase.opening
        private let hear: () -> Void

        init(_ hear: @escaping () -> Void) { self.hear = hear }

        func receive(_ wire: [UInt8]) -> [UInt8] {
            hear()
            return []
        }

        func send(_ plain: [UInt8]) {}
        func takeOutput() -> [UInt8] { [] }
    }

    private func realTimeServer() throws -> RobotServer<MountedAdapter, MutantFaults> {
        let listener = try Socket.listen(.tcp(host: "127.0.0.1", port: 0))
        var configuration = HumanoidConfiguration(plant: .exact)
        (configuration.isRealTime, configuration.isLab) = (true, true)
        let robot = try Humanoid.make(
            configuration, random: SystemRandomNumberGenerator(), at: MonotonicClock.nowNs)
        return RobotServer(robot: robot, listener: listener)
    }

    private func run(_ server: RobotServer<MountedAdapter, MutantFaults>, cycles: Int) {
        var left = cycles
        server.run {
            left -= 1
            return left < 0
        }
    }

    /// Proving who is there takes a robot's computer as long as a cycle (LNK-14).
    @Test func `of a flood of strangers one is heard a cycle, and each in its turn`() throws {
        let server = try realTimeServer()
        var heard = 0
        server.secure { _ in Stranger { heard += 1 } }
        let sockets = try (0..<40).map { _ in
            try Socket.connect(.tcp(host: "127.0.0.1", port: UInt16(server.port)))
        }
        for socket in sockets { socket.send([1]) }
        var counts: [Int] = []
        server.run {
            counts.append(heard)
            return heard == sockets.count || counts.count > 10_000
        }
        #expect(heard == sockets.count)
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $1 - $0 <= 1 })
    }

    /// Whoever opens links and leaves them keeps nobody out (LNK-14).
    @Test func `of too many strangers those who came first are sent away`() throws {
        let server = try realTimeServer()
        server.secure { _ in Stranger {} }
        let sockets = try (0..<70).map { _ in
            let socket = try Socket.connect(.tcp(host: "127.0.0.1", port: UInt16(server.port)))
            run(server, cycles: 1)
            return socket
        }
        run(server, cycles: 100)
        #expect(sockets.map { $0.receive()?.bytes.isEmpty ?? false } == (0..<70).map { $0 < 6 })
    }

    /// The peer's time-out is 300 ms: counted from before the pause, the session would be over as it begins (LNK-07).
    @Test func `who connects while the robot's computer is busy is greeted all the same`() throws {
        let server = try realTimeServer()
        server.secure { _ in Introduced() }

        let socket = try Socket.connect(.tcp(host: "127.0.0.1", port: UInt16(server.port)))
        var session = ClientSession(role: .observer, name: "early", nonce: 7)
        socket.send(session.hello(at: MonotonicClock.nowNs))
        usleep(900_000)

        var isDescribed = false
        let endNs = MonotonicClock.nowNs + 20_000_000_000
        server.run {
            guard let received = socket.receive() else { return MonotonicClock.nowNs > endNs }
            if received.bytes.isEmpty { return true }
            let (events, replies) = session.receive(received.bytes, at: MonotonicClock.nowNs)
            for reply in replies { socket.send(reply) }
            for event in events {
                switch event {
                case .opened: socket.send(session.seal(DescribeRequest(), at: MonotonicClock.nowNs))
                case .received(.describeReply, _, _): isDescribed = true
                default: break
                }
            }
            return isDescribed
        }
        #expect(isDescribed)
    }
}
