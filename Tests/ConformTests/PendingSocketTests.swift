import PonsTransport
import Testing

@Suite struct PendingSocketTests {
    /// 64 links wait to be accepted; the kernel lets more wait outside, and asks again after a second.
    @Test(.timeLimit(.minutes(2)))
    func `a tester is not held up by a robot that takes its time to accept`() throws {
        let listener = try Socket.listen(.tcp(host: "127.0.0.1", port: 0))
        let endpoint = Endpoint.tcp(host: "127.0.0.1", port: UInt16(listener.port))
        let sockets = try (0..<80).map { _ in try Socket.connect(endpoint, timeoutMs: 2, mayPend: true) }
        #expect(throws: Socket.Failure.self) { try Socket.connect(endpoint, timeoutMs: 2) }
        for (number, socket) in sockets.enumerated() { socket.send([UInt8(number)]) }
        #expect(sockets[79].hasUnsent && !sockets[0].hasUnsent)
        // What waited comes once there is room.
        var peers: [Socket] = []
        var heard: Set<UInt8> = []
        while heard.count < sockets.count {
            while let peer = listener.accept() { peers.append(peer) }
            for peer in peers { if let received = peer.receive() { heard.formUnion(received.bytes) } }
            Socket.wait(for: [listener] + sockets, until: MonotonicClock.nowNs + 10_000_000)
        }
        #expect(heard == Set(0..<80))
    }
}
