import Foundation
import NIOCore
import NIOPosix
import PonsCalls
import PonsPort
import Synchronization
import Testing

/// Both sides of calls over HTTP, on real sockets of this machine.
@Suite struct HTTPBusTests {
    private static let host = "127.0.0.1"
    /// Longer than all tests together: between two lines of a test a busy machine may do minutes of something else, and that is
    /// no robot that says nothing.
    private static let longNs: Int64 = 7_200_000_000_000

    /// The last port that was tried. Below those that the kernel gives to whoever asks for any: such a one may be another test's
    /// before the robot of this one has it.
    private static let lastPort = Mutex(UInt16(20_000 + getpid() % 10_000))

    /// A port that is free, and that no other test here uses.
    private func freePort() -> UInt16 {
        var port = Self.nextPort()
        for _ in 0..<1000 where !isFree(port) { port = Self.nextPort() }
        return port
    }

    private static func nextPort() -> UInt16 {
        lastPort.withLock { port in
            port += 1
            return port
        }
    }

    private func isFree(_ port: UInt16) -> Bool {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try? ServerBootstrap(group: group).bind(host: Self.host, port: Int(port)).wait()
        return (try? channel?.close().wait()) != nil
    }

    /// The next messages of a topic; none after 30 000 looks.
    private func next(_ bus: any NativeBus, _ topic: String) async throws -> [[UInt8]] {
        for _ in 0..<30_000 {
            let messages = bus.take(topic)
            if !messages.isEmpty { return messages }
            try await Task.sleep(nanoseconds: 2_000_000)
        }
        return []
    }

    /// What comes back for bytes on a connection of its own, until it is closed.
    private func answer(to bytes: [UInt8], port: UInt16, seconds: Int64 = 60) async throws -> String {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(collector) }
            }.connect(host: Self.host, port: Int(port)).get()
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        let late = channel.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
        try? await channel.closeFuture.get()
        late.cancel()
        return collector.text
    }

    private final class Collector: ChannelInboundHandler, @unchecked Sendable {
        typealias InboundIn = ByteBuffer
        private(set) var text = ""

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) { context.close(promise: nil) }
    }

    private func request(_ method: String, _ path: String, body: [UInt8]) -> [UInt8] {
        Array(
            "\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8)
            + body
    }

    @Test func `what is asked comes to the robot, and each answer back, in order`() async throws {
        let port = freePort()
        let calls = ["/a", "/b"].map { NativeCall(port: port, path: $0) }
        let robot = try HTTPAnswerer(host: Self.host, calls: calls)
        let caller = HTTPCaller(host: Self.host, calls: calls, patienceNs: Self.longNs)
        for number in UInt8(1)...3 { caller.publish([number], on: calls[0].requests) }
        caller.publish([9], on: calls[1].requests)
        #expect(try await next(robot, calls[1].requests) == [[9]])
        robot.publish([90], on: calls[1].answers)
        #expect(try await next(caller, calls[1].answers) == [[90]], "one path does not wait for another")
        for number in UInt8(1)...3 {
            #expect(try await next(robot, calls[0].requests) == [[number]])
            robot.publish([number * 10], on: calls[0].answers)
            #expect(try await next(caller, calls[0].answers) == [[number * 10]])
        }
        let long = [UInt8](repeating: 7, count: 60_000)
        caller.publish(long, on: calls[0].requests)
        #expect(try await next(robot, calls[0].requests) == [long])
        robot.publish(long, on: calls[0].answers)
        #expect(try await next(caller, calls[0].answers) == [long])
    }

    @Test func `where nobody answers, each call has one empty answer`() async throws {
        let call = NativeCall(port: freePort(), path: "/a")
        let caller = HTTPCaller(host: Self.host, calls: [call])
        for _ in 0..<40 { caller.publish([1], on: call.requests) }
        var answers: [[UInt8]] = []
        while answers.count < 40 {
            let more = try await next(caller, call.answers)
            if more.isEmpty { break }
            answers += more
        }
        #expect(answers == Array(repeating: [], count: 40), "nobody listens")

        // One that takes everything and says nothing.
        let robot = try HTTPAnswerer(host: Self.host, calls: [call])
        let waiting = HTTPCaller(host: Self.host, calls: [call], patienceNs: 3_000_000_000)
        waiting.publish([1], on: call.requests)
        #expect(try await next(waiting, call.answers) == [[]])
        #expect(try await next(robot, call.requests) == [[1]])
        // An answer that comes too late is nobody's.
        robot.publish([5], on: call.answers)
        let patient = HTTPCaller(host: Self.host, calls: [call], patienceNs: Self.longNs)
        patient.publish([2], on: call.requests)
        #expect(try await next(robot, call.requests) == [[2]])
        robot.publish([6], on: call.answers)
        #expect(try await next(patient, call.answers) == [[6]])
        #expect(waiting.take(call.answers).isEmpty)
    }

    @Test func `what is no call of the robot is told so`() async throws {
        let call = NativeCall(port: freePort(), path: "/a")
        let robot = try HTTPAnswerer(host: Self.host, calls: [call])
        #expect(try await answer(to: request("POST", "/b", body: []), port: call.port).hasPrefix("HTTP/1.1 404"))
        #expect(try await answer(to: request("GET", "/a", body: []), port: call.port).hasPrefix("HTTP/1.1 405"))
        let long = [UInt8](repeating: 32, count: 70_000)
        #expect(try await answer(to: request("POST", "/a", body: long), port: call.port).hasPrefix("HTTP/1.1 413"))
        #expect(robot.take(call.requests).isEmpty)
        // Another path of the same server is not found: the caller has an empty answer.
        let stranger = NativeCall(port: call.port, path: "/b")
        let caller = HTTPCaller(host: Self.host, calls: [stranger])
        caller.publish([1], on: stranger.requests)
        #expect(try await next(caller, stranger.answers) == [[]])
    }

    @Test(arguments: [UInt64(1), 2, 3, 4]) func `nonsense ends its own connection and no other`(seed: UInt64)
        async throws
    {
        let call = NativeCall(port: freePort(), path: "/a")
        let robot = try HTTPAnswerer(host: Self.host, calls: [call])
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        for _ in 0..<8 {
            var bytes = request("POST", "/a", body: [1, 2, 3])
            for _ in 0..<6 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % 60] = UInt8(truncatingIfNeeded: state >> 24)
            }
            async let said = answer(to: bytes, port: call.port, seconds: 2)
            // Some of it is a call all the same.
            for _ in 0..<20 {
                for _ in robot.take(call.requests) { robot.publish([], on: call.answers) }
                try await Task.sleep(nanoseconds: 1_000_000)
            }
            _ = try await said
        }
        let caller = HTTPCaller(host: Self.host, calls: [call], patienceNs: Self.longNs)
        caller.publish([1], on: call.requests)
        var asked: [[UInt8]] = []
        repeat { asked = try await next(robot, call.requests) } while !asked.isEmpty && asked.last != [1]
        #expect(asked.last == [1], "seed \(seed)")
        robot.publish([2], on: call.answers)
        _ = robot.take(call.requests)
    }

    @Test func `a port that is taken is told at once`() throws {
        let call = NativeCall(port: freePort(), path: "/a")
        let first = try HTTPAnswerer(host: Self.host, calls: [call])
        #expect(throws: (any Error).self) { try HTTPAnswerer(host: Self.host, calls: [call]) }
        withExtendedLifetime(first) {}
    }
}
