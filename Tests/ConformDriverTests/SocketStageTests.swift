import ConformDriver
import Foundation
import PonsTransport
import PonsVocabulary
import Testing

@Suite struct SocketStageTests {
    /// What a tester did not hear while it was doing something else is no robot's fault.
    @Test func `a tester that was away is on record as such`() throws {
        let listener = try Socket.listen(.tcp(host: "127.0.0.1", port: 0))
        let stage = SocketStage(endpoint: .tcp(host: "127.0.0.1", port: UInt16(listener.port)))
        _ = try stage.open(as: .observer, showing: nil)
        func stallsNs() -> [Int64] {
            var lengths: [Int64] = []
            stage.advance(to: stage.nowNs) { delivery in
                if case .stall(let length) = delivery.content { lengths.append(length) }
                return false
            }
            return lengths
        }
        _ = stallsNs()
        usleep(30_000)
        #expect(stallsNs().contains { $0 >= 30_000_000 })
    }
}
