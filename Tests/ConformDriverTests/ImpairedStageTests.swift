import ConformDriver
import PonsMessages
import PonsSession
import PonsSimulator
import PonsTransport
import PonsVocabulary
import PonsWire
import Testing

@Suite struct ImpairedStageTests {
    /// From a link of mobile radio to the loop-back: what was sent before the change is still on its way when the next frames are fast.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func `a link that changes keeps the order of what is on its way`(seed: UInt64) throws {
        let stage = ImpairedStage(try VirtualStage(HumanoidConfiguration(plant: .exact), seed: seed))
        var session = ClientSession(role: .observer, name: "order", nonce: seed)
        var counters: [UInt32] = []
        let link = try stage.open(as: .observer, showing: nil, isNarrow: false)
        _ = stage.send(session.hello(at: stage.nowNs), on: link)

        func listen(milliseconds: Int64) {
            for _ in 0..<milliseconds {
                for frame in session.advance(to: stage.nowNs) { _ = stage.send(frame, on: link) }
                stage.advance(to: stage.nowNs + 1_000_000) { delivery in
                    guard case .bytes(let bytes) = delivery.content else { return false }
                    let (events, replies) = session.receive(bytes, at: delivery.timeNs)
                    for reply in replies { _ = stage.send(reply, on: link) }
                    for case .received(_, _, let header) in events { counters.append(header.counter) }
                    return false
                }
            }
        }
        listen(milliseconds: 100)
        for name in ["P4", "P0"] {
            stage.impair(try #require(LinkProfile.named(name)), .stream, seed: seed)
            listen(milliseconds: 500)
        }
        #expect(counters.count > 20)
        #expect(zip(counters, counters.dropFirst()).allSatisfy { $0 < $1 }, "\(counters)")
    }
}
