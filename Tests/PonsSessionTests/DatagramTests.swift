import PonsSession
import PonsVocabulary
import Testing

/// Frames as datagrams: sealed once, taken once.
@Suite struct DatagramTests {
    /// No cryptography, but a function of key and bytes.
    private static let authentication: DatagramChannel.Authentication = { key, bytes in
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        return (0..<32).map { round in
            for byte in key + bytes + [UInt8(round)] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            return UInt8(truncatingIfNeeded: hash >> 24)
        }
    }

    private func pair() -> (robot: DatagramChannel, client: DatagramChannel) {
        let keys = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        return (
            DatagramChannel(number: 7, sendKey: keys.0, receiveKey: keys.1, authentication: Self.authentication),
            DatagramChannel(number: 7, sendKey: keys.1, receiveKey: keys.0, authentication: Self.authentication)
        )
    }

    @Test func `what one end seals the other opens, once`() throws {
        var (robot, client) = pair()
        let datagram = client.seal([1, 2, 3])
        #expect(datagram.count == 3 + DatagramChannel.overhead)
        #expect(DatagramChannel.number(of: datagram) == 7)
        let first = try robot.open(datagram)
        #expect(first.frame == [1, 2, 3] && !first.isReplay)
        #expect(try robot.open(datagram).isReplay)
    }

    @Test func `one end's datagrams are not the other's, and no bit may turn`() throws {
        var (robot, client) = pair()
        let datagram = client.seal([1, 2, 3])
        #expect(throws: DatagramChannel.Failure.forged) { try client.open(datagram) }
        for bit in 0..<datagram.count * 8 {
            var turned = datagram
            turned[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: DatagramChannel.Failure.self) { try robot.open(turned) }
        }
        #expect(try !robot.open(datagram).isReplay, "what was refused has taken no number")
    }

    @Test func `datagrams may overtake each other within sixty-four`() throws {
        var (robot, client) = pair()
        let sent = (0..<100).map { client.seal([UInt8($0)]) }
        #expect(try !robot.open(sent[70]).isReplay)
        #expect(try robot.open(sent[6]).isReplay, "64 behind the newest: nobody knows")
        #expect(try !robot.open(sent[7]).isReplay)
        #expect(try robot.open(sent[7]).isReplay)
        #expect(try !robot.open(sent[69]).isReplay)
        #expect(try !robot.open(sent[99]).isReplay)
        #expect(try robot.open(sent[70]).isReplay)
        #expect(try !robot.open(sent[71]).isReplay)
    }

    @Test func `a jump far ahead forgets everything behind it`() throws {
        var (robot, client) = pair()
        let first = client.seal([1])
        for _ in 0..<200 { _ = client.seal([2]) }
        #expect(try !robot.open(client.seal([3])).isReplay)
        #expect(try robot.open(first).isReplay)
    }

    @Test func `a datagram is its channel, its number, the frame, and sixteen bytes of proof`() throws {
        var (robot, client) = pair()
        _ = client.seal([])
        let datagram = client.seal([])
        #expect(datagram.count == 28 && DatagramChannel.overhead == 28)
        #expect(Array(datagram[..<12]) == [7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
        #expect(DatagramChannel.number(of: Array(datagram[..<4])) == 7)
        var other = DatagramChannel(
            number: 0x0403_0201, sendKey: [1], receiveKey: [2], authentication: Self.authentication)
        #expect(Array(other.seal([]).prefix(4)) == [1, 2, 3, 4])
        #expect(throws: DatagramChannel.Failure.tooShort) { try robot.open(Array(datagram.dropLast())) }
        #expect(try robot.open(datagram).frame.isEmpty)
    }

    /// A datagram sealed by hand, with any number.
    private func sealed(channel: UInt8, sequence: UInt8) -> [UInt8] {
        let head = [channel, 0, 0, 0, sequence] + Array(repeating: UInt8(0), count: 7)
        return head + Self.authentication([UInt8](repeating: 2, count: 32), head).prefix(16)
    }

    @Test func `another channel's datagram is not this one's, and no datagram has the number 0`() throws {
        var (robot, _) = pair()
        #expect(throws: DatagramChannel.Failure.otherChannel) { try robot.open(sealed(channel: 8, sequence: 1)) }
        #expect(try robot.open(sealed(channel: 7, sequence: 0)).isReplay)
        #expect(try !robot.open(sealed(channel: 7, sequence: 1)).isReplay)
        #expect(DatagramChannel.carries(.jointSetpoint) && DatagramChannel.carries(.wholeBodyState))
        #expect(!DatagramChannel.carries(.stopRequest))
    }

    @Test func `bytes from anywhere are none`() {
        var (robot, _) = pair()
        var random: UInt64 = 99
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in
                random = random &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: random >> 33)
            }
            #expect(throws: DatagramChannel.Failure.self) { try robot.open(bytes) }
        }
        #expect(DatagramChannel.number(of: [1, 2, 3]) == nil)
    }
}
