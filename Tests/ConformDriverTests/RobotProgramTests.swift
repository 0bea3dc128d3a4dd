import ConformDriver
import Foundation
import PonsMessages
import Testing

/// Programs that say they are robots, and what is said of those that are none.
@Suite struct RobotProgramTests {
    /// What a program does with the first question: its head is `question`, of `length` bytes.
    private func program(_ body: String) -> String {
        let script = """
            import struct, sys, time
            question = sys.stdin.buffer.read(24)
            def answer(kind, version, data):
                sys.stdout.buffer.write(struct.pack('<IHH', len(data), kind, version) + data); sys.stdout.buffer.flush()
            \(body)
            """
        return "python3 -c \"\(script.replacing("\"", with: "\\\""))\""
    }

    private func complaint(_ command: String) -> String {
        do throws(StageError) {
            _ = try VirtualStage(RobotProgram(command), seed: 1)
            return ""
        } catch { return "\(error.message); \(error.hint)" }
    }

    @Test(arguments: [
        ("sys.exit(3)", "has ended with status 3 at START"),
        ("answer(5, 1, b'')", "answered START with kind 5, version 1, 0 bytes; expected kind 1, version 1"),
        ("answer(1, 9, b'')", "version 9"),
        ("print('hello, tester')", "Does it print to standard output?"),
        ("answer(1, 1, b'\\x07\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00')", "an unknown action 7"),
        ("answer(1, 1, b'\\x01\\x01')", "an action of 2 bytes"),
        ("answer(1, 1, b'\\x01\\x01\\x00\\x00\\x00\\xff\\xff\\xff\\xff')", "where only 0 follow"),
    ])
    func `a program that is no robot is told what it did wrong`(_ body: String, _ expected: String) {
        let text = complaint(program(body))
        #expect(text.contains(expected), "\(text)")
        #expect(text.contains("docs/robot-protocol.md"))
    }

    @Test func `a command that can't be found is named`() {
        #expect(complaint("/no/such/robot --in-step").contains("/no/such/robot"))
    }

    /// It answers START, and ends when a link is opened: the tester sees a link that closes, and the next run says why.
    @Test func `a robot that ends closes its links and is lost`() throws {
        let command = program("answer(1, 1, b''); sys.stdin.buffer.read(16); answer(5, 1, b''); sys.exit(1)")
        let robot = try RobotProgram(command)
        let stage = try VirtualStage(robot, seed: 1)
        let link = try stage.open(as: .observer, showing: nil)
        var hasClosed = false
        stage.advance(to: stage.nowNs + 50_000_000) { delivery in
            if case .closed = delivery.content, delivery.link == link { hasClosed = true }
            return hasClosed
        }
        #expect(hasClosed)
        #expect(throws: StageError.self) { try VirtualStage(robot, seed: 2) }
    }
}
