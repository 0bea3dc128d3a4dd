import ConformDoctor
import ConformDriver
import ConformJudge
import Foundation
import PonsPort
import PonsSecurity
import PonsSimulator
import Testing
import VendorPorts

/// Faults of a set-up, each planted, each found and told apart, each with something to try.
@Suite(.serialized) struct DoctorTests: ProgramRunner {
    private func doctor(_ arguments: [String]) throws -> ProgramOutcome {
        try self.conform(["doctor"] + arguments)
    }

    /// 1 to 13: what is given on the command line.
    @Test(
        arguments: [
            (["192.168.1.20"], "ADDRESS-MALFORMED"),
            (["tls://192.168.1.20"], "ADDRESS-MALFORMED"),
            (["sim:humanoit"], "ADDRESS-MALFORMED"),
            (["sim:humanoid?mutant=MOT-0"], "ADDRESS-MALFORMED"),
            (["tcp://no-such-host.invalid:7447"], "ADDRESS-HOST"),
            (["tcp://127.0.0.1:1"], "ADDRESS-NOBODY"),
            (["unix:/nonexistent/robot.sock"], "ADDRESS-PATH"),
            (["unix:/etc/hostname"], "ADDRESS-NOT-SOCKET"),
            (["tls://127.0.0.1:1"], "KEYS-MISSING"),
            (["codec:false"], "CODEC-SILENT"),
            (["codec:cat"], "CODEC-SPEAKS-OTHERWISE"),
            (["/nonexistent/episode.mcap"], "FILE-MISSING"),
            (["--out", "/etc/hostname"], "OUT-NOT-FOLDER"),
            (["--suite", "/"], "SUITE"),
        ] as [([String], String)]) func `a fault of the command line is found`(arguments: [String], code: String) throws
    {
        let outcome = try doctor(arguments)
        #expect(outcome.status == 2, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("fault  \(code) "), "\(outcome.output)")
        #expect(outcome.output.contains("try  "), "\(outcome.output)")
    }

    /// 14 to 16: files.
    @Test func `a fault of a file is found`() throws {
        let folder = try self.folder()
        let text = folder.appending(path: "text.mcap")
        try Data("hello".utf8).write(to: text)
        #expect(try doctor([text.path]).output.contains("FILE-NOT-MCAP"))
        let other = folder.appending(path: "other.mcap")
        var bytes: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A, 1, 12, 0, 0, 0, 0, 0, 0, 0]
        bytes += [4, 0, 0, 0] + Array("ros2".utf8) + [0, 0, 0, 0]
        try Data(bytes).write(to: other)
        #expect(try doctor([other.path]).output.contains("FILE-PROFILE"))
        let suite = folder.appending(path: "suite")
        for part in ["Conformance/v1", "Spec/v1"] {
            let place = suite.appending(path: part)
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: Self.root.appending(path: part), to: place)
        }
        try FileManager.default.removeItem(at: suite.appending(path: "Spec/v1/pons-v1.binpb"))
        #expect(try doctor(["--suite", suite.path]).output.contains("SUITE-SCHEMA"))
        let test = suite.appending(path: "Conformance/v1/tests/motion/silence-stops.yaml")
        try (String(contentsOf: test, encoding: .utf8) + "\nbroken: [").write(
            to: test, atomically: true, encoding: .utf8)
        let broken = try doctor(["--suite", suite.path])
        #expect(broken.status == 2 && broken.output.contains("silence-stops.yaml"), "\(broken.output)")
    }

    /// 17 to 27: certificates.
    @Test(
        arguments: [
            ("folder", "KEYS-FOLDER"), ("authority", "KEYS-AUTHORITY"), ("role missing", "KEYS-ROLE-MISSING"),
            ("no PEM", "KEYS-NOT-PEM"), ("no key", "KEYS-NOT-PEM"), ("another's key", "KEYS-MISMATCH"),
            ("ended", "KEYS-ENDED"), ("another authority", "KEYS-OTHER-AUTHORITY"), ("another role", "KEYS-ROLE"),
            ("ends soon", "KEYS-SOON"), ("not yet", "KEYS-NOT-YET"), ("readable", "KEYS-READABLE"),
        ]) func `a fault of the certificates is found`(planted: String, code: String) throws
    {
        let folder = try self.folder().appending(path: "keys")
        try KeyRing(laboratory: "doctor").write(to: folder)
        #expect(KeyDoctor.examine(folder, at: Date()).map(\.code) == ["KEYS"])
        var now = Date()
        func file(_ name: String) -> URL { folder.appending(path: name) }
        func replace(_ name: String, by other: URL) throws {
            try FileManager.default.removeItem(at: file(name))
            try FileManager.default.copyItem(at: other, to: file(name))
        }
        switch planted {
        case "folder": try FileManager.default.removeItem(at: folder)
        case "authority": try FileManager.default.removeItem(at: file("authority.pem"))
        case "role missing": try FileManager.default.removeItem(at: file("operator.pem"))
        case "no PEM": try Data("hello".utf8).write(to: file("operator.pem"))
        case "no key": try FileManager.default.removeItem(at: file("operator.key"))
        case "another's key": try replace("operator.key", by: file("observer.key"))
        case "ended":
            try replace("operator.pem", by: file("ended.pem"))
            try replace("operator.key", by: file("ended.key"))
        case "another authority":
            try replace("operator.pem", by: file("stranger.pem"))
            try replace("operator.key", by: file("stranger.key"))
        case "another role":
            try replace("operator.pem", by: file("observer.pem"))
            try replace("operator.key", by: file("observer.key"))
        case "ends soon": now += 362 * 86_400
        case "not yet": now -= 30 * 86_400
        default:
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file("operator.key").path)
        }
        let findings = KeyDoctor.examine(folder, at: now)
        #expect(findings.map(\.code).contains(code), "\(findings)")
        #expect(findings.allSatisfy { !$0.fix.isEmpty })
    }

    /// 28 and 29: TLS where there is none, and none where there is.
    @Test func `a link of the wrong kind is found`() throws {
        let folder = try self.folder()
        let keys = folder.appending(path: "keys")
        try KeyRing(laboratory: "doctor").write(to: keys)
        for (listens, asks) in [("tls", "tcp"), ("tcp", "tls")] {
            let place = try self.folder()
            let robot = try self.start(
                "pons-sim",
                [
                    "--listen", "\(listens)://127.0.0.1:0", "--plant", "exact", "--keys", keys.path,
                    "--until-parent-exits",
                ],
                place)
            defer { self.stop(robot) }
            let port = try #require(try self.port(in: place.appending(path: "out.txt")))
            let outcome = try doctor(["\(asks)://127.0.0.1:\(port)", "--keys", keys.path])
            #expect(outcome.status == 2 && outcome.output.contains("ADDRESS-HANGS-UP"), "\(outcome.output)")
            let right = try doctor(["\(listens)://127.0.0.1:\(port)", "--keys", keys.path])
            #expect(right.status == 0 && right.output.contains("ROBOT-STATE"), "\(right.output)")
        }
    }

    /// The port that a listener says it got, as soon as it says so.
    private func port(in file: URL) throws -> Int? {
        for _ in 0..<500 {
            let text = try String(contentsOf: file, encoding: .utf8)
            if text.contains("\n"), let start = text.firstRange(of: "127.0.0.1:")?.upperBound {
                return Int(text[start...].prefix(while: \.isNumber))
            }
            usleep(20_000)
        }
        return nil
    }

    /// 30 and 31: somebody else listens there.
    @Test(
        .timeLimit(.minutes(2)),
        arguments: [("", "ADDRESS-SILENT"), ("HTTP/1.1 400 Bad Request\\r\\n\\r\\n", "ADDRESS-NOT-PONS")])
    func `something that is no robot is found`(says: String, code: String) throws {
        let place = try self.folder()
        let script = """
            import socket
            s=socket.socket(); s.bind(("127.0.0.1",0)); s.listen(8); print("127.0.0.1:%d" % s.getsockname()[1],flush=True)
            kept=[]
            while True:
                c,_=s.accept(); kept.append(c); c.sendall(b"\(says)"*4)
            """
        let file = place.appending(path: "listener.py")
        try Data(script.utf8).write(to: file)
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        other.arguments = ["python3", file.path]
        let out = place.appending(path: "out.txt")
        try Data().write(to: out)
        other.standardOutput = try FileHandle(forWritingTo: out)
        try other.run()
        defer { self.stop(other) }
        let port = try #require(try port(in: out))
        let outcome = try doctor(["tcp://127.0.0.1:\(port)"])
        #expect(outcome.status == 2 && outcome.output.contains(code), "\(outcome.output)")
    }

    /// 32 to 37: a robot that does not stand where a test starts.
    @Test(
        arguments: [
            ("{kind: STOP_SOURCE, index: 1, value: 1}", "ROBOT-STOP-PRESSED"),
            ("{kind: INTERLOCK, value: 0}", "ROBOT-INTERLOCK"),
            ("{kind: LOCAL_CONTROL, for: 60 s}", "ROBOT-LOCAL"),
            ("", "ROBOT-TEST"),
        ]) func `a robot that is not ready is found`(injection: String, code: String) throws
    {
        let stage = try VirtualStage(HumanoidConfiguration(plant: .exact), seed: 7)
        #expect(
            RobotDoctor.examine(stage, isSecured: false).map(\.code) == ["ROBOT", "ROBOT-SIMULATOR", "ROBOT-STATE"])
        let step = injection.isEmpty ? "" : "\n  - inject: {peer: S, \(injection.dropFirst())"
        try play(
            """
              - open: {peer: S, role: service}
              - wait: 200 ms
              - mode: {peer: S, mode: TEST}\(step)
            """, on: stage)
        let findings = RobotDoctor.examine(stage, isSecured: false)
        #expect(findings.map(\.code).contains(code), "\(findings)")
    }

    @Test func `a latched stop and a lab are told, and stand in nobody's way`() throws {
        var configuration = HumanoidConfiguration(plant: .exact)
        configuration.isLab = true
        let stage = try VirtualStage(configuration, seed: 7)
        try play(
            """
              - open: {peer: A, role: controller}
              - ready: A
              - send: {peer: A, message: StopRequest, fields: {kind: EMERGENCY}}
              - wait: 7 s
              - send: {peer: A, message: StopRelease}
            """, on: stage)
        let findings = RobotDoctor.examine(stage, isSecured: false)
        #expect(Set(findings.map(\.code)).isSuperset(of: ["ROBOT-LATCHED", "ROBOT-LAB"]), "\(findings)")
        #expect(findings.allSatisfy { $0.severity != .fault })
    }

    /// 38: an adapter that hears nothing from its robot.
    @Test func `a robot whose state nobody measures is found`() throws {
        var configuration = HumanoidConfiguration(plant: .exact)
        configuration.port = VendorPorts.remote(try VendorPorts.manifest("unitree-g1"), on: LoopbackBus())
        let stage = try VirtualStage(configuration, seed: 7)
        #expect(RobotDoctor.examine(stage, isSecured: false).map(\.code).contains("ROBOT-UNMEASURED"))
        configuration.port = try VendorPorts.simulated("unitree-g1")
        let sound = RobotDoctor.examine(try VirtualStage(configuration, seed: 7), isSecured: false)
        #expect(sound.allSatisfy { $0.severity != .fault }, "\(sound)")
    }

    private func play(_ steps: String, on stage: VirtualStage) throws {
        let source = """
            schema: pons.test/1
            id: planted
            requirements: [SAF-01]
            stimulus:
            \(steps)
            checks:
              - {id: none, never: {message: SafetyEvent, peer: A}}
            explain: {en: {why: A fault is planted.}}
            """
        let test = try DefinitionLoader.test(file: "planted.yaml", source: source)
        let descriptor = try RobotProbe.describe(on: stage)
        let evidence = ScenarioPlayer(stage: stage, test: test, descriptor: descriptor, seed: 1).play()
        let failed = evidence.records.first { $0.kind == .stepFailed }
        #expect(failed == nil, "\(failed?.note ?? "")")
    }
}
