import PonsTransport
import Testing

@Suite struct DatagramSocketTests {
    /// Stamps on what is sent lie where arriving datagrams lie: a program that never reads them would hear no more.
    @Test func `who has sent much still hears everything`() throws {
        let listener = try Socket.listen(.udp(host: "127.0.0.1", port: 0))
        let client = try Socket.connect(.udp(host: "127.0.0.1", port: UInt16(listener.port)))
        client.send([0])
        Socket.wait(for: [listener], until: MonotonicClock.nowNs + 5_000_000_000)
        let address = try #require(listener.receive()).address
        for number in 0..<40_000 {
            listener.send(Array(repeating: UInt8(number & 255), count: 100), to: address)
            while client.receive() != nil {}
        }
        for number in 0..<100 { client.send([UInt8(number)]) }
        Socket.wait(for: [listener], until: MonotonicClock.nowNs + 5_000_000_000)
        var heard: [UInt8] = []
        while let received = listener.receive() { heard += received.bytes }
        #expect(heard == Array(0..<100))
    }
}
