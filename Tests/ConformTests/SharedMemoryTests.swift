import CIntruder
import Foundation
import PonsTransport
import Testing

/// Links between processes of one computer over shared memory.
@Suite(.serialized) struct SharedMemoryTests {
    private func place() -> String { "/tmp/pons-shm-\(getpid())-\(UInt32.random(in: 0 ... .max))" }

    private func pair(_ path: String) throws -> (robot: Socket, client: Socket) {
        let listener = try Socket.listen(.shared(path: path))
        // The robot hands the memory over when it accepts: somebody must do so while the client waits.
        let accepted = Accepted(listener)
        let client = try Socket.connect(.shared(path: path))
        return (try #require(accepted.wait()), client)
    }

    /// Accepts one peer on a thread of its own.
    private final class Accepted: @unchecked Sendable {
        private var socket: Socket?
        private let done = DispatchSemaphore(value: 0)

        init(_ listener: Socket) {
            nonisolated(unsafe) let listener = listener
            Thread.detachNewThread { [self] in
                for _ in 0..<500 where socket == nil {
                    socket = listener.accept()
                    if socket == nil { usleep(10_000) }
                }
                done.signal()
            }
        }

        func wait() -> Socket? {
            done.wait()
            return socket
        }
    }

    @Test func `bytes go both ways, in order, however many wait`() throws {
        let (robot, client) = try pair(place())
        #expect(robot.isLocal && client.isLocal && robot.isStream)
        let there = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        let back = Array(there.reversed())
        client.send(there)
        robot.send(back)
        var (heard, answered) = ([UInt8](), [UInt8]())
        let deadline = MonotonicClock.nowNs + 20_000_000_000
        while heard.count < there.count || answered.count < back.count, MonotonicClock.nowNs < deadline {
            Socket.wait(for: [robot, client], until: MonotonicClock.nowNs + 100_000_000)
            while let received = robot.receive(), !received.bytes.isEmpty { heard += received.bytes }
            while let received = client.receive(), !received.bytes.isEmpty { answered += received.bytes }
        }
        #expect(heard == there && answered == back)
        #expect(robot.receive() == nil && !client.hasUnsent)
    }

    @Test func `a writer without room is woken when there is some`() throws {
        let (robot, client) = try pair(place())
        client.send(Array(repeating: 7, count: 40_000))
        #expect(client.unsentCount == 40_000 - 16_384)
        #expect(robot.receive()?.bytes.count == 16_384)
        Socket.wait(for: [client], until: MonotonicClock.nowNs + 5_000_000_000)
        #expect(client.unsentCount == 40_000 - 2 * 16_384)
    }

    @Test func `what was sent before the end is heard, and then the end`() throws {
        let (robot, client) = try pair(place())
        client.send([1, 2, 3])
        client.close()
        Socket.wait(for: [robot], until: MonotonicClock.nowNs + 5_000_000_000)
        #expect(robot.receive()?.bytes == [1, 2, 3])
        #expect(robot.receive()?.bytes == [])
        robot.send([4])
        #expect(robot.receive()?.bytes == [])
    }

    @Test(arguments: [UInt32(16_385), 0xFFFF_FFFF, 0x8000_0000])
    func `an end that counts more than there is has ended, and nothing is read of it`(written: UInt32) throws {
        let path = place()
        let listener = try Socket.listen(.shared(path: path))
        let accepted = Accepted(listener)
        let intruder = intrude(path, written)
        let robot = try #require(accepted.wait())
        #expect(intruder >= 0)
        #expect(robot.receive()?.bytes == [] && robot.receive()?.bytes == [])
        close(intruder)
    }

    @Test(arguments: [0, 1, 2, 3]) func `what is handed over and is no link is refused`(count: Int) throws {
        let path = place()
        Thread.detachNewThread { _ = pretend(path, Int32(count)) }
        for _ in 0..<500 where !FileManager.default.fileExists(atPath: path) { usleep(10_000) }
        usleep(20_000)
        let failure = #expect(throws: Socket.Failure.self) {
            try Socket.connect(.shared(path: path), timeoutMs: 2000)
        }
        #expect(failure?.description.contains("can't reach shm:") == true)
    }

    @Test func `a socket that hands nothing over is no link, and nobody waits for ever`() throws {
        let path = place()
        let silent = try Socket.listen(.unix(path: path))
        let failure = #expect(throws: Socket.Failure.self) {
            try Socket.connect(.shared(path: path), timeoutMs: 100)
        }
        #expect(failure?.description.contains("timed out") == true, "\(failure.map(\.description) ?? "")")
        #expect(throws: Socket.Failure.self) { try Socket.connect(.shared(path: "/nonexistent/x")) }
        #expect(throws: Socket.Failure.self) {
            try Socket.connect(.shared(path: String(repeating: "x", count: 200)))
        }
        silent.close()
    }

    @Test func `addresses of shared memory are read like those of sockets`() throws {
        #expect(try Endpoint("shm:/tmp/a") == .shared(path: "/tmp/a"))
        #expect(try Endpoint("shm:///tmp/a").description == "shm:/tmp/a")
        let failure = #expect(throws: Endpoint.Malformed.self) { try Endpoint("shm:") }
        #expect(failure?.description == "'shm:' names no path; example: shm:/tmp/robot.sock")
    }
}
