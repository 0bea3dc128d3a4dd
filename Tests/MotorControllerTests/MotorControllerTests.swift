import Foundation
import MotorController
import PonsMessages
import PonsSession
import PonsWire
import Testing

/// The controller on this machine and on the emulated motor controller: the same bytes in, the same bytes out.
@Suite struct MotorControllerTests {
    private static let identity = SessionIdentity(bootID: (1, 2), sessionID: 3)
    private static let build = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/embedded")

    /// A frame and the time it arrives.
    private struct Arrival {
        var now: Int64
        var frame: [UInt8]
    }

    /// An answer: why the setpoint was refused (0: it was not), and the state frame that follows.
    private struct Answer: Equatable {
        var reason: Int32
        var frame: [UInt8]
    }

    private func setpoint(_ number: UInt64, at now: Int64) -> JointSetpoint {
        var setpoint = JointSetpoint()
        setpoint.sequence = number
        setpoint.stampNs = now
        setpoint.validUntilNs = now + 50_000_000
        setpoint.leaseEpoch = 1
        setpoint.leaseSequence = 1
        setpoint.resourceID = 1
        setpoint.descriptorEpoch = 1
        setpoint.mode = .position
        setpoint.position = (0..<30).map { Float(sin(Double(number) / 20 + Double($0))) }
        setpoint.velocity = Array(repeating: 0, count: 30)
        return setpoint
    }

    /// Two seconds at 100 Hz. Every kind of trouble comes along; after the 150th setpoint there is silence of 110 ms, and the watchdog fires.
    private func exchange() -> [Arrival] {
        var sealer = FrameSealer()
        sealer.identity = Self.identity
        var arrivals: [Arrival] = []
        for number in 0..<200 {
            let now = Int64(number) * 10_000_000 + (number < 150 ? 0 : 100_000_000)
            var message = setpoint(UInt64(number), at: now)
            switch number {
            case 20: message.validUntilNs = now - 1
            case 30: message.position[7] = .nan
            case 40: message.position.removeLast()
            case 50: message.sequence = nil
            case 60: message.descriptorEpoch = 2
            case 70: message.stiffness = Array(repeating: 1, count: 30)
            default: break
            }
            var frame = sealer.seal(message, at: now)
            switch number {
            case 25: frame[60] ^= 0x10
            case 35: frame.removeLast(3)
            case 45: frame = sealer.seal(payload: [0xFF], type: JointSetpoint.type.rawValue, at: now)
            case 55: frame = arrivals.last!.frame
            case 65: frame = sealer.seal(WholeBodyState(), at: now)
            case 130: frame = Array(repeating: 0, count: 52)
            default: break
            }
            arrivals.append(Arrival(now: now, frame: frame))
        }
        return arrivals
    }

    private func onThisMachine(_ arrivals: [Arrival]) -> [Answer] {
        var controller = MotorController(identity: Self.identity)
        controller.start(at: 0)
        return arrivals.map { arrival in
            let reason = controller.receive(arrival.frame.span.bytes, at: arrival.now)
            controller.tick(at: arrival.now)
            var storage = [UInt8](repeating: 0, count: MotorController.frameBytes)
            var span = storage.mutableSpan
            var room = span.mutableBytes
            let count = controller.encodeState(at: arrival.now, into: &room)
            return Answer(reason: reason?.rawValue ?? 0, frame: Array(storage.prefix(count)))
        }
    }

    private func onTheMotorController(_ arrivals: [Arrival]) throws -> [Answer] {
        let program = Self.build.appending(path: "motor-controller.elf")
        try #require(
            FileManager.default.fileExists(atPath: program.path), "build it first: scripts/check-embedded")
        let folder = FileManager.default.temporaryDirectory.appending(path: "pons-motor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var input: [UInt8] = []
        for arrival in arrivals {
            input += withUnsafeBytes(of: arrival.now.littleEndian, Array.init)
            input += withUnsafeBytes(of: UInt32(arrival.frame.count).littleEndian, Array.init) + arrival.frame
        }
        try Data(input).write(to: folder.appending(path: "input.bin"))

        let emulator = Process()
        emulator.executableURL = URL(filePath: "/usr/bin/env")
        emulator.arguments = [
            "timeout", "-k", "5", "60", "qemu-system-arm", "-M", "mps2-an386", "-nographic", "-icount", "shift=6",
            "-monitor",
            "none", "-serial", "none", "-semihosting-config", "enable=on,target=native", "-kernel", program.path,
        ]
        emulator.currentDirectoryURL = folder
        emulator.standardInput = FileHandle.nullDevice
        try emulator.run()
        emulator.waitUntilExit()
        try #require(emulator.terminationStatus == 0, "qemu-system-arm ended with \(emulator.terminationStatus)")

        let output = Array(try Data(contentsOf: folder.appending(path: "answers.bin")))
        var answers: [Answer] = []
        var offset = 0
        func word() -> UInt32 {
            defer { offset += 4 }
            return output[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        while offset < output.count {
            let reason = Int32(bitPattern: word())
            let count = Int(word())
            answers.append(Answer(reason: reason, frame: Array(output[offset..<offset + count])))
            offset += count
        }
        return answers
    }

    @Test func `the motor controller refuses what it must and says why`() throws {
        let answers = onThisMachine(exchange())
        let expected: [Int: RejectReason] = [
            20: .expired, 25: .integrity, 30: .notFinite, 35: .integrity, 40: .malformed, 45: .malformed,
            50: .fieldMissing, 55: .repeated, 60: .descriptorMismatch, 65: .unsupported, 130: .integrity,
        ]
        for (number, answer) in answers.enumerated() {
            if number < 150 {
                #expect(answer.reason == expected[number]?.rawValue ?? 0, "frame \(number)")
            } else {
                #expect(answer.reason == RejectReason.stopLatched.rawValue, "frame \(number) comes after the time-out")
            }
        }
        let last = try WholeBodyState(decoding: Array(answers.last!.frame.dropFirst(FrameHeader.size).dropLast(4)))
        #expect(last.safetyState == .protectiveStop)
    }

    @Test func `on the emulated processor it gives the same answers byte for byte`() throws {
        let arrivals = exchange()
        #expect(try onTheMotorController(arrivals) == onThisMachine(arrivals))
    }
}
