import Foundation
import PonsDDS
import PonsPort
import Testing
import VendorPorts

/// On the loopback network, each test on a domain that no other process here is likely to use.
@Suite(.serialized) struct DDSBusTests {
    private static let topics = [
        NativeTopic("rt/go", NativeTopic.rosType("acme", "Go"), .toBody),
        NativeTopic("rt/state", NativeTopic.rosType("acme", "State"), .fromBody),
        NativeTopic("rt/call", NativeTopic.rosType("acme", "Call"), .toBody, isReliable: true),
    ]
    private let domain = UInt32(200 + ProcessInfo.processInfo.processIdentifier % 30)

    private func pair(_ topics: [NativeTopic] = topics) throws -> (adapter: DDSBus, body: DDSBus) {
        (
            try DDSBus(domain: domain, interface: "lo", side: .adapter, topics: topics),
            try DDSBus(domain: domain, interface: "lo", side: .body, topics: topics)
        )
    }

    /// Asks until the answer is yes; a peer is found within seconds, on a busy machine later.
    private func comes(_ isSo: () -> Bool) -> Bool {
        for _ in 0..<3000 {
            if isSo() { return true }
            usleep(10_000)
        }
        return false
    }

    private func message(_ count: Int, _ byte: UInt8) -> [UInt8] {
        [0, 1, 0, 0] + Array(repeating: byte, count: count)
    }

    @Test("messages go both ways and arrive whole") func bothWays() throws {
        let (adapter, body) = try pair()
        try #require(comes { adapter.isMatched && body.isMatched })
        // Smaller than a packet, larger than one, as large as is taken.
        for size in [4, 1000, 20_000, 65_532] {
            let (command, state) = (message(size, 7), message(size, 9))
            adapter.publish(command, on: "rt/call")
            var seen: [[UInt8]] = []
            #expect(
                comes {
                    seen += body.take("rt/call"); return !seen.isEmpty
                })
            #expect(seen == [command])
            seen = []
            // The reader of a stream may miss one.
            #expect(
                comes {
                    body.publish(state, on: "rt/state"); seen += adapter.take("rt/state"); return !seen.isEmpty
                })
            #expect(seen.first == state)
        }
        #expect(adapter.lostCount == 0 && body.lostCount == 0)
    }

    @Test("calls arrive in order, none missing") func inOrder() throws {
        let (adapter, body) = try pair()
        try #require(comes { adapter.isMatched && body.isMatched })
        var seen: [[UInt8]] = []
        for number in 0..<100 {
            adapter.publish(message(8, UInt8(number)), on: "rt/call")
            #expect(
                comes {
                    seen += body.take("rt/call"); return seen.count > number
                })
        }
        #expect(seen == (0..<100).map { message(8, UInt8($0)) })
    }

    @Test("what is too large is counted, not taken") func tooLarge() throws {
        let (adapter, body) = try pair()
        try #require(comes { adapter.isMatched && body.isMatched })
        adapter.publish(message(100_000, 1), on: "rt/call")
        adapter.publish(message(4, 2), on: "rt/call")
        var seen: [[UInt8]] = []
        #expect(
            comes {
                seen += body.take("rt/call"); return !seen.isEmpty
            })
        #expect(seen == [message(4, 2)])
        #expect(body.lostCount == 1)
    }

    @Test("a topic that is not there, and one that the other side writes, lose what is published") func wrongTopic()
        throws
    {
        let (adapter, _) = try pair()
        adapter.publish(message(4, 1), on: "rt/nothing")
        adapter.publish(message(4, 1), on: "rt/state")
        #expect(adapter.lostCount == 2)
        #expect(adapter.take("rt/go").isEmpty)
    }

    @Test("the same topic with another type is another topic") func otherType() throws {
        let adapter = try DDSBus(domain: domain, interface: "lo", side: .adapter, topics: Self.topics)
        let wrong = [NativeTopic("rt/call", NativeTopic.rosType("acme", "Other"), .toBody, isReliable: true)]
        let body = try DDSBus(domain: domain, interface: "lo", side: .body, topics: wrong + [Self.topics[1]])
        var states = 0
        #expect(
            comes {
                body.publish(message(4, 3), on: "rt/state"); states += adapter.take("rt/state").count; return states > 0
            })
        adapter.publish(message(4, 1), on: "rt/call")
        usleep(300_000)
        #expect(body.take("rt/call").isEmpty)
        #expect(!body.isMatched)
    }

    @Test("a network that isn't there is named", arguments: ["nothing0", "lo\"/><x"])
    func noNetwork(interface: String) {
        let failure = #expect(throws: DDSBus.Failure.self) {
            try DDSBus(domain: domain + 1, interface: interface, side: .adapter, topics: Self.topics)
        }
        #expect(failure?.description.contains(interface) ?? false, "\(failure?.description ?? "")")
    }

    @Test("no two topics of a port share a name, and each has a direction", arguments: VendorPorts.ids)
    func portTopics(port: String) throws {
        let topics = VendorPorts.topics(of: try VendorPorts.manifest(port))
        #expect(Set(topics.map(\.name)).count == topics.count)
        #expect(
            topics.allSatisfy {
                $0.name.hasPrefix("rt/") && $0.type.hasSuffix("_") && $0.type.contains("::msg::dds_::")
            })
        #expect(topics.contains { $0.direction == .toBody } && topics.contains { $0.direction == .fromBody })
    }
}
