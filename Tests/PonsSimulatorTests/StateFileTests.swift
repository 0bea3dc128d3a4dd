import Foundation
import PonsMessages
import PonsTransport
import Testing

/// What a robot keeps over a power cycle, in a file.
@Suite struct StateFileTests {
    private func place() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)")
    }

    @Test func `a first boot has nothing latched`() throws {
        let stored = try StateFile(place()).load()
        #expect(stored.latch == nil && stored.epoch == 0)
    }

    @Test func `what is stored is what is loaded`() throws {
        let file = StateFile(place())
        try file.store(latch: .emergencyStop, epoch: 7)
        var stored = try file.load()
        #expect(stored.latch == .emergencyStop && stored.epoch == 7)
        try file.store(latch: nil, epoch: .max)
        stored = try file.load()
        #expect(stored.latch == nil && stored.epoch == .max)
    }

    @Test(arguments: [
        "", "pons-state", "pons-state 1 latch 9", "pons-state 2 latch 9 epoch 1", "pons-state 1 latch 99 epoch 1",
        "pons-state 1 latch 9 epoch -1", "pons-state 1 latch 9 epoch 1 more", "\u{0}\u{0}\u{0}\u{0}",
    ])
    func `a file that says nothing keeps the robot from starting`(content: String) throws {
        let url = place()
        try Data(content.utf8).write(to: url)
        let error = #expect(throws: StateFile.Unreadable.self) { try StateFile(url).load() }
        #expect(error?.description.contains("what was latched is unknown") == true)
    }
}
