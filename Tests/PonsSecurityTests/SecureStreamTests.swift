import Foundation
import PonsMessages
import PonsSecurity
import PonsSession
import PonsTransport
import Testing

/// Both ends of a link, and a wire between them that a test may look into.
private struct Wire {
    let client: SecureStream
    let robot: SecureStream
    private(set) var seen: [UInt8] = []

    init(client: Credential, robot: Credential, admitsClear: Bool = false) throws {
        self.client = try SecureStream(.client, client)
        self.robot = try SecureStream(.robot { admitsClear }, robot)
    }

    /// Carries bytes until neither end has more; what each end read.
    mutating func settle() -> (client: [UInt8], robot: [UInt8]) {
        var read: (client: [UInt8], robot: [UInt8]) = ([], [])
        while true {
            let up = client.takeOutput(), down = robot.takeOutput()
            if up.isEmpty && down.isEmpty { return read }
            seen += up + down
            if !up.isEmpty { read.robot += robot.receive(up) }
            if !down.isEmpty { read.client += client.receive(down) }
        }
    }
}

@Suite("TLS 1.3, both ends known")
struct SecureStreamTests {
    let authority: KeyAuthority
    let robot: Credential

    init() throws {
        authority = try KeyAuthority(name: "lab")
        robot = try authority.credential(for: "robot 1", [.robot])
    }

    private func person(_ roles: Role..., lifetime: TimeInterval = 3600) throws -> Credential {
        let pair = try authority.issue(to: "alice", Set(roles.map { .role($0) }), lifetime: lifetime)
        return Credential(authority: authority.certificatePEM, own: pair)
    }

    @Test func eachEndLearnsWhoTheOtherIs() throws {
        var wire = try Wire(client: person(.observer, .operator), robot: robot)
        _ = wire.settle()
        guard case .open(let seenByRobot) = wire.robot.phase, case .open(let seenByClient) = wire.client.phase else {
            Issue.record("client \(wire.client.phase), robot \(wire.robot.phase)")
            return
        }
        #expect(seenByRobot.protection == .authenticated)
        #expect(seenByRobot.roles == [.observer, .operator])
        #expect(seenByRobot.name == "alice")
        #expect(seenByRobot.grants(.operator) && !seenByRobot.grants(.service))
        #expect(abs((seenByRobot.validForNs ?? 0) - 3_600_000_000_000) < 5_000_000_000)
        #expect(seenByClient.name == "robot 1")
    }

    @Test func bytesArriveWholeAndUnreadable() throws {
        var wire = try Wire(client: person(.controller), robot: robot)
        let secret = Array("move the left elbow, slowly".utf8)
        wire.client.send(secret)
        #expect(wire.settle().robot == secret)
        let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        wire.robot.send(large)
        #expect(wire.settle().client == large)
        #expect(!String(decoding: wire.seen, as: UTF8.self).contains("left elbow"))
    }

    @Test(arguments: ["no certificate", "another authority", "ended", "older TLS", "in clear"])
    func theRobotRefuses(who: String) throws {
        let stranger = try KeyAuthority(name: "lab")
        let pair = try stranger.issue(to: "alice", [.role(.operator)])
        let credential: Credential =
            switch who {
            case "no certificate": Credential(authority: authority.certificatePEM, own: nil)
            case "another authority": Credential(authority: authority.certificatePEM, own: pair)
            case "ended": try person(.operator, lifetime: -60)
            default: try person(.operator)
            }
        var wire = try Wire(client: credential, robot: robot)
        if who == "in clear" {
            _ = wire.robot.receive(Array("Pons".utf8))
        } else if who == "older TLS" {
            // A ClientHello of TLS 1.2: what openssl s_client -tls1_2 sends, without extensions.
            let hello: [UInt8] =
                [22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3] + Array(repeating: 7, count: 32) + [0, 0, 2, 0xC0, 0x2F, 1, 0]
            _ = wire.robot.receive(hello)
        } else {
            wire.client.send(Array("stop".utf8))
            #expect(wire.settle().robot.isEmpty)
        }
        guard case .failed(let sentence) = wire.robot.phase else {
            Issue.record("the robot admitted \(who): \(wire.robot.phase)")
            return
        }
        #expect(!sentence.isEmpty)
    }

    @Test func aClientTakesNobodyForARobot() throws {
        let impostor = try person(.operator)
        var wire = try Wire(client: person(.controller), robot: impostor)
        _ = wire.settle()
        guard case .failed = wire.client.phase else {
            Issue.record("an operator's certificate passed for a robot's")
            return
        }
    }

    @Test func aRobotInLabModeAdmitsClearText() throws {
        let wire = try Wire(client: person(.controller), robot: robot, admitsClear: true)
        #expect(wire.robot.receive([1, 2, 3]) == [1, 2, 3])
        #expect(wire.robot.phase == .open(.clear))
        wire.robot.send([4])
        #expect(wire.robot.takeOutput() == [4])
    }

    @Test(arguments: 0..<64)
    func aFlippedBitEndsTheLink(seed: Int) throws {
        var wire = try Wire(client: person(.controller), robot: robot)
        _ = wire.settle()
        wire.client.send(Array("enable".utf8))
        var record = wire.client.takeOutput()
        let bit = 5 * 8 + seed * 2 % ((record.count - 5) * 8)
        record[bit / 8] ^= 1 << (bit % 8)
        #expect(wire.robot.receive(record).isEmpty)
        guard case .failed = wire.robot.phase else {
            Issue.record("bit \(bit) was flipped and nobody noticed")
            return
        }
    }

    @Test func keysOfAFolderAreReadAndNamedWhenMissing() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pons-keys-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect { try Credential(folder: folder, name: "robot") } throws: { "\($0)".contains("authority.pem") }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try authority.certificatePEM.write(
            to: folder.appending(path: "authority.pem"), atomically: true, encoding: .utf8)
        try "rubbish".write(to: folder.appending(path: "robot.pem"), atomically: true, encoding: .utf8)
        try "rubbish".write(to: folder.appending(path: "robot.key"), atomically: true, encoding: .utf8)
        #expect { try Credential(folder: folder, name: "robot") } throws: { "\($0)".contains("openssl x509") }
    }
}
