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

    /// The peer's time-out is 300 ms: counted from before the pause, the session would be over as it begins (LNK-07).
    @Test func `who connects while the robot's computer is busy is greeted all the same`() throws {
        let listener = try Socket.listen(.tcp(host: "127.0.0.1", port: 0))
        var configuration = HumanoidConfiguration(plant: .exact)
        (configuration.isRealTime, configuration.isLab) = (true, true)
        let robot = try Humanoid.make(
            configuration, random: SystemRandomNumberGenerator(), at: MonotonicClock.nowNs)
        let server = RobotServer(robot: robot, listener: listener)
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
