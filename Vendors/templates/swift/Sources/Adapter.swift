import Foundation

/// The adapter of VENDOR's robot: tells the drives what Pons decided, and Pons what they measured.
///
/// The protocol is in docs/adapter-protocol.md of Pons. Your part is Drives.swift; print to standard error only.
@main
struct Adapter {
    private static let version: UInt16 = 1
    private var drives = Drives()

    static func main() {
        var adapter = Adapter()
        while let head = take(8) {
            var fields = Question(head)
            let (length, kind, version) = (
                Int(fields.next() as UInt32), fields.next() as UInt16, fields.next() as UInt16
            )
            guard version == Self.version, length <= 65_536, let body = take(length) else {
                giveUp("not a question of protocol version \(Self.version)")
            }
            var question = Question(body)
            let answer = adapter.answer(to: kind, &question)
            var message: [UInt8] = []
            message.append(UInt32(answer.count))
            message.append(kind)
            message.append(Self.version)
            message += answer
            guard write(1, message, message.count) == message.count else { giveUp("nobody reads") }
        }
    }

    private mutating func answer(to kind: UInt16, _ question: inout Question) -> [UInt8] {
        var answer: [UInt8] = []
        switch kind {
        case 1: answer.append(UInt32(Drives.jointCount))
        case 2: break
        case 3: return cycle(&question)
        case 4:
            let (what, index) = (question.next() as UInt32, Int(question.next() as UInt32))
            let (value, duration) = (Double(bitPattern: question.next()), question.next() as Int64)
            answer.append(UInt32(drives.inject(kind: what, index: index, value: value, durationNs: duration) ? 1 : 0))
        default: giveUp("unknown question \(kind)")
        }
        return answer
    }

    private mutating func cycle(_ question: inout Question) -> [UInt8] {
        let now: Int64 = question.next()
        _ = question.next() as UInt32  // permission
        let count = Int(question.next() as UInt32)
        guard count == Drives.jointCount else { giveUp("told \(count) joints, there are \(Drives.jointCount)") }
        var targets: [DriveTarget] = []
        for _ in 0..<count {
            targets.append(
                DriveTarget(
                    isEnabled: (question.next() as UInt32) != 0, position: question.float(), velocity: question.float(),
                    effort: question.float(), stiffness: question.float(), damping: question.float()))
        }
        drives.move(to: now, targets)
        var answer: [UInt8] = []
        answer.append(now)
        answer.append(UInt32(1))
        answer.append(UInt32(count))
        for joint in drives.joints {
            for value in [joint.position, joint.velocity, joint.effort, joint.temperature] { answer.append(value) }
        }
        // TODO the inertial unit and the battery, where there are such.
        for value in [0, 0, 0, 1, 0, 0, 0, 0, 0, 9.81, drives.charge, 48, 2] { answer.append(value) }
        return answer
    }

    /// As many bytes as that; `nil` where the input ends before.
    private static func take(_ count: Int) -> [UInt8]? {
        var (bytes, chunk): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 4096))
        while bytes.count < count {
            let got = read(0, &chunk, min(chunk.count, count - bytes.count))
            guard got > 0 else { return nil }
            bytes += chunk[..<got]
        }
        return bytes
    }
}

func giveUp(_ message: String) -> Never {
    FileHandle.standardError.write(Data("adapter: \(message)\n".utf8))
    exit(1)
}
