import Foundation
import PonsRecording
import Testing

/// The built program as a user meets it: what it prints, what it writes, how it ends.
@Suite(.serialized) struct CommandLineTests {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// A folder of this run alone.
    static let nowhere = FileManager.default.temporaryDirectory.appending(path: "pons-nobody-\(UUID().uuidString)").path

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static var products: URL {
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?.deletingLastPathComponent()
            ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    }

    /// Holds the folders of all tests; gone when the tests have run.
    private static let scratch: URL = {
        atexit { try? FileManager.default.removeItem(at: CommandLineTests.scratch) }
        return FileManager.default.temporaryDirectory.appending(path: "pons-test-\(UUID().uuidString.prefix(8))")
    }()

    func folder() throws -> URL {
        let url = Self.scratch.appending(path: String(UUID().uuidString.prefix(8)))
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    func start(_ program: String, _ arguments: [String], _ folder: URL) throws -> Process {
        let process = Process()
        process.executableURL = Self.products.appending(path: program)
        process.arguments = arguments
        process.currentDirectoryURL = Self.root
        process.standardInput = FileHandle.nullDevice
        for (name, set) in [("out.txt", true), ("err.txt", false)] {
            let file = folder.appending(path: name)
            try Data().write(to: file)
            let handle = try FileHandle(forWritingTo: file)
            if set { process.standardOutput = handle } else { process.standardError = handle }
        }
        try process.run()
        return process
    }

    /// Ends a child at once: children of a test runner may have SIGTERM blocked.
    func stop(_ process: Process) {
        guard process.isRunning, process.processIdentifier > 0 else { return }
        kill(process.processIdentifier, SIGKILL)
    }

    func conform(_ arguments: [String], in folder: URL? = nil) throws -> Outcome {
        let folder = try folder ?? self.folder()
        let process = try start("conform", arguments, folder)
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: try String(contentsOf: folder.appending(path: "out.txt"), encoding: .utf8),
            errors: try String(contentsOf: folder.appending(path: "err.txt"), encoding: .utf8))
    }

    @Test func `the same seed gives the same bytes, another seed another order`() throws {
        var results: [Data] = []
        for seed in ["7", "7", "8"] {
            let out = try folder()
            let outcome = try conform(["check", "sim:humanoid", "--virtual-time", "--seed", seed, "--out", out.path])
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
            results.append(try Data(contentsOf: out.appending(path: "result.json")))
            for name in ["report.html", "junit.xml", "recording.mcap"] {
                #expect(FileManager.default.fileExists(atPath: out.appending(path: name).path))
            }
        }
        #expect(results[0] == results[1])
        func order(_ data: Data) throws -> [String] {
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
            return try #require(object?["order"] as? [String])
        }
        #expect(try order(results[0]) != order(results[2]))
        let tests = FileManager.default.enumerator(atPath: Self.root.appending(path: "Conformance/v1/tests").path)
        // The others are played against brains, codecs and recordings.
        let files = (tests?.allObjects as? [String] ?? []).filter { name in
            name.hasSuffix(".yaml") && !["brain/", "codec/", "recording/"].contains(where: name.hasPrefix)
        }
        #expect(try Set(order(results[0])) == Set(files.map { String($0.dropLast(5)) }))
    }

    @Test func `a brain is judged, and a broken one by what it does wrong`() throws {
        let good = try conform(["check", "sim:brain", "--seed", "3", "--out", folder().path])
        #expect(good.status == 0 && good.output.contains("PASS 13"), "\(good.output)\(good.errors)")
        let bad = try conform([
            "check", "sim:brain?mutant=BRN-09", "--seed", "3", "--only", "BRN-09", "--out", folder().path,
        ])
        #expect(bad.status == 1 && bad.output.contains("silent-within-100-ms"), "\(bad.output)\(bad.errors)")
    }

    @Test(.timeLimit(.minutes(1))) func `a codec behind a pipe is asked for every vector, and one that ends is lost`()
        throws
    {
        let program = Self.products.appending(path: "pons-codec").path
        let good = try conform(["check", "codec:\(program)", "--out", folder().path])
        #expect(good.status == 0 && good.output.contains("PASS 6"), "\(good.output)\(good.errors)")
        let bad = try conform(["check", "codec:\(program) --mutant FMT-13", "--only", "FMT-13", "--out", folder().path])
        #expect(bad.status == 1 && bad.output.contains("same-bytes"), "\(bad.output)\(bad.errors)")
        let echo = try conform(["check", "codec:cat", "--only", "BCH-05", "--out", folder().path])
        #expect(echo.output.contains("was answered with"), "\(echo.output)\(echo.errors)")
        let dead = try conform(["check", "codec:false", "--out", folder().path])
        #expect(dead.status == 5 && dead.output.contains("ended with status 1"), "\(dead.output)\(dead.errors)")
    }

    @Test func `a recording that a robot has written is judged, and a file that is none is no recording`() throws {
        let place = try folder()
        let socket = place.appending(path: "s").path
        let robot = try start(
            "pons-sim",
            ["--listen", "unix:\(socket)", "--plant", "exact", "--recordings", place.path, "--until-parent-exits"],
            place)
        defer { stop(robot) }
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: socket) { usleep(20_000) }
        let live = try conform(["check", "unix:\(socket)", "--only", "REC-07", "--out", folder().path])
        #expect(live.output.contains("REC-07"), "\(live.output)\(live.errors)")
        let file = place.appending(path: "rec-07.mcap")
        let judged = try conform(["check", file.path, "--only", "REC-0*", "--out", folder().path])
        for id in ["REC-01", "REC-02", "REC-04", "REC-06"] {
            #expect(judged.output.contains("PASS         \(id)"), "\(judged.output)\(judged.errors)")
        }
        let text = place.appending(path: "text.mcap")
        try Data("hello".utf8).write(to: text)
        let none = try conform(["check", text.path, "--out", folder().path])
        #expect(none.status == 5 && none.errors.contains("magic of MCAP"), "\(none.output)\(none.errors)")
    }

    @Test func `a mutant run exits 1 and names what was required, expected and seen`() throws {
        let out = try folder()
        let outcome = try conform([
            "check", "sim:humanoid?mutant=SAF-06", "--virtual-time", "--seed", "1", "--only", "SAF-06", "--out",
            out.path,
        ])
        #expect(outcome.status == 1)
        for word in ["FAIL", "SAF-06", "required", "expected", "seen", "stays-latched", "conform explain"] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let page = try String(contentsOf: out.appending(path: "report.html"), encoding: .utf8)
        #expect(page.contains("<svg") && !page.contains("<script"))
    }

    @Test(
        arguments: [
            (["check", "sim:humanoid", "--virtual-time", "--only", "NO-SUCH"], 2, "did you mean"),
            (["check", "sim:humanoid", "--virtual-time", "--only", "REC-08"], 2, "has no test: about converters"),
            (["check", "sim:humanoid", "--virtual-time", "--skip", "*"], 2, "nothing to judge"),
            (["check", "sim:humanoit", "--virtual-time"], 2, "humanoid"),
            (["check", "sim:humanoid?mutant=MOT-3", "--virtual-time"], 2, "MOT-03"),
            (["check", "sim:humanoid?plant=mujuco", "--virtual-time"], 2, "mujoco"),
            (["check", "sim:humanoid?speed=3", "--virtual-time"], 2, "plant=mujoco|exact"),
            (["check", "sim:unitree-g1?variant=slow", "--virtual-time"], 2, "mutant=ID, mistake=NAME and plant"),
            (["check", "sim:unitree-g1?mistake=degree", "--virtual-time"], 2, "did you mean degrees"),
            (["check", "adapter:\(nowhere)", "--virtual-time"], 2, "conform new-adapter writes one"),
            (["new-adapter", "--vendor", "A", "--language", "c", "Vendors"], 2, "is not empty"),
            (["new-adapter", "--vendor", "A: B", "--language", "c", nowhere], 2, "can't be a vendor's name"),
            (["check", "tcp://127.0.0.1"], 2, "has no port"),
            (["check", "tcp://127.0.0.1:1", "--out", nowhere], 5, "can't reach"),
            (["check", "tcp://127.0.0.1:7447", "--virtual-time"], 2, "sim:, adapter: and robot: targets only"),
            (["check", "sim:humanoid", "--virtual-time", "--out", "/proc/nowhere"], 4, "can't write"),
            (["explain", "MOT-33"], 2, "did you mean"),
            (["report", "/nonexistent.json"], 2, "can't read"),
            (["check", "tls://127.0.0.1:7447"], 2, "--keys"),
            (["check", "tls://127.0.0.1:7447", "--keys", nowhere], 2, "conform keys create"),
            (["check", "sim:humanoid", "--virtual-time", "--link", "P9"], 2, "no link profile 'P9'"),
            (["check", "sim:humanoid", "--virtual-time", "--link", "jiter=5 ms"], 2, "did you mean jitter"),
            (["check", "sim:humanoid", "--virtual-time", "--link", "loss=1"], 2, "use 0 to 90 %"),
            (["check", "sim:humanoid", "--virtual-time", "--link", "jitter=5"], 2, "with its unit"),
            (["check", "sim:humanoid", "--virtual-time", "--link", "loss=1%,loss=2%"], 2, "loss twice"),
            (["check", "sim:humanoid", "--virtual-time", "--link", ",="], 2, "--link has no ''"),
            (["keys", "issue", nowhere, "--name", "alice", "--role", "operater"], 2, "did you mean operator"),
            (["keys", "issue", nowhere, "--name", "alice", "--role", "operator"], 2, "no authority in"),
            (["keys", "issue", nowhere, "--name", "../alice", "--robot"], 2, "can't name a file"),
            (["keys", "issue", nowhere, "--name", "alice"], 2, "--robot or --role"),
            (["check", "brain:udp://127.0.0.1:0"], 2, "on a stream"),
            (["check", "brain:tls://127.0.0.1:0"], 2, "--keys"),
            (["check", "sim:brain?mutant=BRN-9"], 2, "BRN-09"),
            (["check", "sim:codec?mutant=FMT-14"], 2, "FMT-13"),
            (["check", "codec:"], 2, "needs a command"),
            (["check", "robot:"], 2, "robot:build/my-robot --in-step"),
            (["check", "robot:false"], 5, "ended with status 1 at START"),
            (["spec", "lint", "--against", "no-such-tag"], 2, "neither a file nor a git reference"),
            (["spec", "lint", "--against", "/etc/hostname"], 2, "no serialised FileDescriptorSet"),
            (["spec", "lint", "--against", "Spec/v1/pons-v1.binpb"], 0, "0 changes break a reader"),
            (["check", "/nonexistent/episode.mcap"], 2, "can't be read"),
            (["check", "sim:recording?mutant=REC-1"], 2, "REC-01"),
            (["check", "sim:brain", "--only", "MOT-03"], 2, "for a brain"),
            (["relay", "tcp://127.0.0.1:1", "--listen", "udp://127.0.0.1:0"], 2, "different kinds"),
        ] as [([String], Int32, String)]) func `a mistake ends with a clear message and its code`(
            arguments: [String], status: Int32, message: String
        ) throws
    {
        let outcome = try conform(arguments)
        #expect(outcome.status == status, "\(outcome.output)\(outcome.errors)")
        #expect((outcome.output + outcome.errors).contains(message), "\(outcome.errors)")
    }

    @Test func `a malformed test definition is shown with line and caret`() throws {
        let copy = try folder()
        // Not FileManager: it also copies owners, which only root may.
        for part in ["Conformance", "Spec"] {
            let copying = Process()
            copying.executableURL = URL(fileURLWithPath: "/bin/cp")
            copying.arguments = ["-r", Self.root.appending(path: part).path, copy.path]
            try copying.run()
            copying.waitUntilExit()
        }
        let file = copy.appending(path: "Conformance/v1/tests/motion/silence-stops.yaml")
        let source = try String(contentsOf: file, encoding: .utf8).replacingOccurrences(
            of: "- ready:", with: "- raedy:")
        try source.write(to: file, atomically: true, encoding: .utf8)
        let outcome = try conform(["check", "sim:humanoid", "--virtual-time", "--suite", copy.path])
        #expect(outcome.status == 2)
        #expect(
            outcome.errors.contains("silence-stops.yaml:") && outcome.errors.contains("did you mean ready")
                && outcome.errors.contains("^"))
    }

    /// `/dev/full` takes no byte: the disk is full for this file.
    @Test(arguments: ["recording.mcap", "report.html"])
    func `a full disk ends the run with what was written kept`(file: String) throws {
        let out = try folder()
        try FileManager.default.createSymbolicLink(
            atPath: out.appending(path: file).path, withDestinationPath: "/dev/full")
        let outcome = try conform(["check", "sim:humanoid", "--virtual-time", "--seed", "1", "--out", out.path])
        #expect(outcome.status == 4, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("can't write") && outcome.errors.contains("space"))
        guard file != "recording.mcap" else { return }
        #expect(try Data(contentsOf: out.appending(path: "recording.mcap")).count > 100_000)
        #expect(outcome.errors.contains("is kept"))
    }

    @Test(.timeLimit(.minutes(2))) func `something that is no robot is told apart from a robot that fails`() throws {
        let folder = try folder()
        let script = """
            import socket,sys
            s=socket.socket(); s.bind(("127.0.0.1",0)); s.listen(8); print(s.getsockname()[1],flush=True)
            while True:
                c,_=s.accept(); c.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n"*4)
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        defer { stop(process) }
        let port = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let outcome = try conform(
            ["check", "tcp://127.0.0.1:\(port)", "--out", folder.appending(path: "o").path], in: folder)
        #expect(outcome.status == 5)
        #expect(outcome.errors.contains("not a Pons robot"))
    }

    /// Three tests, the first of which measures no time: on a loaded machine a late robot would add a failure, and a failure
    /// outranks a lost robot.
    private static let untimed = ["LNK-01", "LNK-03", "LNK-09"].flatMap { ["--only", $0] }

    @Test(.timeLimit(.minutes(2))) func `a robot that dies mid-run is lost, and what was played is kept`() throws {
        let folder = try folder()
        let socket = folder.appending(path: "robot.sock").path
        let robot = try start("pons-sim", ["--listen", "unix:\(socket)", "--until-parent-exits"], try self.folder())
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: socket) { usleep(20_000) }
        let out = folder.appending(path: "o")
        let run = try start(
            "conform", ["check", "unix:\(socket)", "--seed", "1", "--out", out.path] + Self.untimed, folder)
        let text = folder.appending(path: "out.txt")
        for _ in 0..<1500 {
            if try String(contentsOf: text, encoding: .utf8).contains("\nPASS ") { break }
            usleep(20_000)
        }
        #expect(robot.isRunning)
        stop(robot)
        run.waitUntilExit()
        #expect(run.terminationStatus == 5)
        let output = try String(contentsOf: text, encoding: .utf8)
        #expect(output.contains("The robot was lost") && output.contains("NOT RUN"))
        let recording = try Data(contentsOf: out.appending(path: "recording.mcap"))
        #expect(recording.count > 10_000)
        #expect(FileManager.default.fileExists(atPath: out.appending(path: "result.json").path))
    }

    /// Forwards a connection until told to stop, then drops the link in one of two ways.
    private static let cable = """
        import socket,sys,threading
        robot,port_file,how=sys.argv[1:4]
        server=socket.socket(); server.bind(("127.0.0.1",0)); server.listen(8)
        open(port_file,"w").write(str(server.getsockname()[1])+"\\n")
        ends=[]; cut=threading.Event()
        def pump(a,b):
            try:
                while True:
                    data=a.recv(65536)
                    if not data: break
                    if not cut.is_set(): b.sendall(data)
            except OSError: pass
            b.close()
        def serve():
            while not cut.is_set():
                try: client,_=server.accept()
                except OSError: return
                wire=socket.socket(socket.AF_UNIX); wire.connect(robot); ends.extend([client,wire])
                for pair in ((client,wire),(wire,client)): threading.Thread(target=pump,args=pair,daemon=True).start()
        threading.Thread(target=serve,daemon=True).start()
        sys.stdin.readline(); cut.set()
        if how=="closed":
            server.close()
            for end in ends:
                try: end.shutdown(2)
                except OSError: pass
        sys.stdin.readline()
        """

    @Test(.timeLimit(.minutes(2)), arguments: ["closed", "silent"])
    func `an unplugged link ends the run as a lost robot, and what was played is kept`(how: String) throws {
        let folder = try folder()
        let (socket, port) = (folder.appending(path: "robot.sock").path, folder.appending(path: "port"))
        let robot = try start("pons-sim", ["--listen", "unix:\(socket)", "--until-parent-exits"], try self.folder())
        defer { stop(robot) }
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: socket) { usleep(20_000) }
        let (cable, hand) = (Process(), Pipe())
        cable.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        cable.arguments = ["python3", "-c", Self.cable, socket, port.path, how]
        cable.standardInput = hand
        try cable.run()
        defer { stop(cable) }
        var number = ""
        for _ in 0..<200 where !number.hasSuffix("\n") {
            usleep(20_000)
            number = (try? String(contentsOf: port, encoding: .utf8)) ?? ""
        }
        let out = folder.appending(path: "o")
        let address = "tcp://127.0.0.1:\(number.trimmingCharacters(in: .whitespacesAndNewlines))"
        let run = try start("conform", ["check", address, "--seed", "1", "--out", out.path] + Self.untimed, folder)
        let text = folder.appending(path: "out.txt")
        for _ in 0..<1500 {
            if try String(contentsOf: text, encoding: .utf8).contains("\nPASS ") { break }
            usleep(20_000)
        }
        hand.fileHandleForWriting.write(Data("cut\n".utf8))
        run.waitUntilExit()
        let output = try String(contentsOf: text, encoding: .utf8)
        #expect(run.terminationStatus == 5, "\(output)")
        #expect(output.contains("The robot was lost") && output.contains("NOT RUN"), "\(output)")
        #expect(robot.isRunning)
        #expect(try Data(contentsOf: out.appending(path: "recording.mcap")).count > 10_000)
        #expect(FileManager.default.fileExists(atPath: out.appending(path: "result.json").path))
    }

    /// Each frame wakes the robot early; a thousand early wake-ups must not push its next cycle a second away.
    @Test func `a flood of sessions does not put off the robot's cycles`() throws {
        let folder = try folder()
        let robot = try start(
            "pons-sim", ["--listen", "tcp://127.0.0.1:0", "--plant", "exact", "--until-parent-exits"], folder)
        defer { stop(robot) }
        let address = try address(of: folder)
        let out = folder.appending(path: "o").path
        let flood = try conform(["check", address, "--only", "LNK-02", "--out", out])
        #expect(flood.output.contains("PASS         LNK-02"), "\(flood.output)\(flood.errors)")
        let after = try conform(["check", address, "--only", "TIM-12", "--out", out])
        #expect(after.output.contains("PASS         TIM-12"), "\(after.output)\(after.errors)")
        #expect(!after.output.contains("attempt"), "\(after.output)")
    }

    /// Where a robot that was just started says that it listens.
    func address(of folder: URL) throws -> String {
        for _ in 0..<200 {
            usleep(20_000)
            let line = try String(contentsOf: folder.appending(path: "out.txt"), encoding: .utf8)
            if let range = line.firstRange(of: "listening on ") {
                return line[range.upperBound...].split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            }
        }
        return ""
    }

    @Test(arguments: ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"])
    func `a robot behind real sockets is judged`(endpoint: String) throws {
        let folder = try folder()
        let robot = try start("pons-sim", ["--listen", endpoint, "--until-parent-exits"], folder)
        defer { stop(robot) }
        let address = try address(of: folder)
        let outcome = try conform([
            "check", address, "--only", "CMD-03", "--only", "SAF-10", "--out", folder.appending(path: "o").path,
        ])
        // On a loaded machine a timing check may stay inconclusive; a conforming robot never fails.
        #expect(outcome.status == 0 || outcome.status == 3, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("FAIL 0"))
    }

    @Test func `help shows examples and exit codes`() throws {
        let outcome = try conform(["--help"])
        #expect(outcome.output.contains("EXAMPLES") && outcome.output.contains("EXIT CODES"))
        #expect(try conform(["check", "--help"]).output.contains("EXAMPLES"))
    }

    @Test func `trace and explain know every requirement`() throws {
        let trace = try conform(["trace", "--strict"])
        #expect(trace.status == 0)
        #expect(trace.output.contains("0 gaps"))
        #expect(try conform(["explain", "MOT-03"]).output.contains("silence"))
        #expect(try conform(["explain", "monitor/clock", "--lang", "zh"]).output.contains("时钟"))
        #expect(try conform(["explain", "TESTER_STALL"]).output.contains("fix "))
        #expect(try conform(["explain", "TESTER_STALL", "--lang", "zh"]).output.contains("停顿"))
    }

    @Test func `trace names what is said in one language only`() throws {
        let copy = try folder()
        try FileManager.default.createDirectory(
            at: copy.appending(path: "Spec/v1"), withIntermediateDirectories: true)
        for path in ["Conformance", "Spec/v1/requirements.yaml"] {
            try FileManager.default.copyItem(at: Self.root.appending(path: path), to: copy.appending(path: path))
        }
        let file = copy.appending(path: "Conformance/v1/tests/motion/silence-stops.yaml")
        var lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        lines.removeLast()
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let outcome = try conform(["trace", "--strict", "--suite", copy.path])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("in one language only  motion/silence-stops: fix"))
        #expect(!outcome.output.contains("in one language only  motion/gains"))
    }

    @Test func `a failure is told in the reader's language, and the report has both`() throws {
        let out = try folder()
        let outcome = try conform([
            "check", "sim:humanoid?mutant=SAF-06", "--virtual-time", "--seed", "1", "--only", "SAF-06", "--lang", "zh",
            "--out", out.path,
        ])
        #expect(outcome.status == 1)
        for word in ["要求", "期望", "实测", "证据", "建议", "下一步", "可认证：否", "规范仍为草案"] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let shown = { (language: String) in
            let page = try String(contentsOf: out.appending(path: "report.html"), encoding: .utf8)
            #expect(page.contains("Likely causes") && page.contains("可能原因"))
            return page.contains("id=\"show-\(language)\" checked")
        }
        #expect(try shown("zh") && !shown("en"))
        #expect(try conform(["report", out.appending(path: "result.json").path]).status == 0)
        #expect(try shown("en") && !shown("zh"))
    }

    // MARK: Statements and plans

    @Test func `init writes a statement and parameters that check takes, and replaces nothing unasked`() throws {
        let folder = try folder()
        let files = folder.appending(path: "robot").path
        #expect(try conform(["init", "--discover", "sim:humanoid", "--out", files]).status == 0)
        let again = try conform(["init", "--discover", "sim:humanoid", "--out", files])
        #expect(again.status == 2 && again.errors.contains("--force"))
        let declared = ["--ics", "\(files)/ics.yaml", "--ixit", "\(files)/ixit.yaml"]
        let outcome = try conform(
            ["check", "sim:humanoid", "--virtual-time", "--only", "DSC-13", "--out", folder.path] + declared)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let result = try String(contentsOf: folder.appending(path: "result.json"), encoding: .utf8)
        #expect(result.contains("statementDigest") && result.contains("\"joint\" : \"left_elbow\""))
        #expect(!outcome.output.contains("no statement was given"))
    }

    @Test func `a certificate run refuses everything that chooses`() throws {
        let outcome = try conform([
            "check", "sim:humanoid", "--virtual-time", "--certify", "--only", "DSC-13", "--seed", "1",
        ])
        #expect(outcome.status == 2)
        for word in ["--only", "--tier full", "--ics", "seed", "virtual time"] {
            #expect(outcome.errors.contains(word), "\(word): \(outcome.errors)")
        }
    }

    @Test func `a certificate run needs every item answered`() throws {
        let folder = try folder()
        #expect(try conform(["init", "--discover", "sim:humanoid", "--out", folder.path]).status == 0)
        let outcome = try conform([
            "check", "sim:humanoid", "--certify", "--tier", "full", "--ics", "\(folder.path)/ics.yaml", "--ixit",
            "\(folder.path)/ixit.yaml", "--out", folder.path,
        ])
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("body.battery is not answered"), "\(outcome.errors)")
    }

    @Test func `a plan says for every test whether it runs, and why not`() throws {
        let outcome = try conform(["plan", "sim:humanoid?variant=bare", "--tier", "quick", "--profile", "MOTION"])
        #expect(outcome.status == 0)
        #expect(
            outcome.output.contains(
                "not applicable  MOT-20  motion/gripper-opening: command.setpoints (yes) && command.gripper (no)"))
        #expect(outcome.output.contains("not run         MOT-03  motion/silence-stops: not in the quick tier"))
        #expect(outcome.output.contains("run             M0  LNK-01  session/nothing-before-hello  when always"))
        let wrong = try conform(["plan", "--profile", "MOTOIN"])
        #expect(wrong.status == 2 && wrong.errors.contains("MOTION"))
    }

    // MARK: Runs that were published

    /// A short run of the broken robot, and what was said of it.
    private func published(_ target: String = "sim:humanoid?mutant=MOT-03", seed: String = "5") throws -> URL {
        let folder = try folder().appending(path: "run")
        _ = try conform([
            "check", target, "--virtual-time", "--seed", seed, "--only", "MOT-0*", "--only", "FMT-*", "--out",
            folder.path,
        ])
        return folder
    }

    @Test func `verdicts are derived again from the recording alone`() throws {
        let outcome = try conform(["verify", try published().path])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("0 differ: identical"))
    }

    @Test(arguments: ["sim:brain", "sim:codec", "sim:recording"])
    func `every kind of product can be judged again`(target: String) throws {
        let folder = try folder().appending(path: "run")
        #expect(try conform(["check", target, "--seed", "2", "--out", folder.path]).status == 0)
        let outcome = try conform(["verify", folder.path])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    @Test func `a verdict that was changed afterwards is found`() throws {
        let folder = try published()
        let file = folder.appending(path: "result.json")
        let text = try String(contentsOf: file, encoding: .utf8).replacing(
            "\"verdict\" : \"FAIL\"", with: "\"verdict\" : \"PASS\"")
        try Data(text.utf8).write(to: file)
        let outcome = try conform(["verify", folder.path])
        #expect(outcome.status == 8)
        #expect(outcome.output.contains("result.json was changed after the run"))
        #expect(outcome.output.contains("differs    motion/silence-stops"))
    }

    @Test func `evidence that was changed afterwards is found`() throws {
        let folder = try published()
        let file = folder.appending(path: "recording.mcap")
        var bytes = Array(try Data(contentsOf: file))
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: file)
        let outcome = try conform(["verify", folder.path])
        #expect(outcome.status == 8)
        #expect(outcome.output.contains("recording.mcap was changed after the run"))
        #expect(outcome.output.contains("the check sum of a chunk is wrong"))
    }

    @Test func `a signature is by somebody, over these files, and openssl agrees`() throws {
        let folder = try published()
        let keys = try self.folder()
        let (secret, open) = (keys.appending(path: "a.pem").path, keys.appending(path: "a.pub.pem").path)
        #expect(try conform(["keys", "signer", secret]).status == 0)
        #expect(try conform(["keys", "signer", keys.appending(path: "b.pem").path]).status == 0)
        #expect(try conform(["sign", folder.path, "--key", secret]).status == 0)
        #expect(try conform(["verify", folder.path, "--trust", open]).status == 0)
        let stranger = try conform(["verify", folder.path, "--trust", keys.appending(path: "b.pub.pem").path])
        #expect(stranger.status == 8 && stranger.output.contains("no signature of the attestation is by a trusted key"))
        let untrusted = try conform(["verify", folder.path])
        #expect(untrusted.status == 8 && untrusted.output.contains("--trust"))
        #expect(try opensslVerifies(folder.appending(path: "attestation.dsse.json"), open, keys))
        let refused = try conform(["sign", folder.path, "--key", open])
        #expect(refused.status != 0)
    }

    /// The envelope's bytes put together by hand, and verified by another program.
    private func opensslVerifies(_ file: URL, _ key: String, _ folder: URL) throws -> Bool {
        let envelope = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        let signatures = envelope?["signatures"] as? [[String: String]]
        guard let type = envelope?["payloadType"] as? String, let text = envelope?["payload"] as? String,
            let body = Data(base64Encoded: text), let signature = Data(base64Encoded: signatures?.first?["sig"] ?? "")
        else { return false }
        let signed = Data("DSSEv1 \(type.count) \(type) \(body.count) ".utf8) + body
        let (message, sum) = (folder.appending(path: "message.bin"), folder.appending(path: "signature.bin"))
        try signed.write(to: message)
        try signature.write(to: sum)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message.path, "-sigfile", sum.path,
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test func `two runs are compared`() throws {
        let (good, bad) = (try published("sim:humanoid", seed: "6"), try published())
        let worse = try conform(["diff", good.path, bad.path])
        #expect(worse.status == 1)
        #expect(worse.output.contains("verdict   motion/silence-stops: PASS → FAIL"))
        #expect(worse.output.contains("changed   target: sim:humanoid → sim:humanoid?mutant=MOT-03"))
        #expect(worse.output.contains("replies   median"))
        #expect(try conform(["diff", bad.path, good.path]).status == 0)
        let nothing = try conform(["diff", good.path, "/nowhere"])
        #expect(nothing.status == 2 && nothing.errors.contains("can't read"))
    }

    @Test func `one test is stepped through, and played again`() throws {
        let folder = try published()
        let stepped = try conform(["replay", folder.path, "MOT-03"])
        #expect(stepped.status == 1)
        #expect(stepped.output.contains("then FAIL, derived again FAIL"))
        #expect(stepped.output.contains("JointSetpoint"))
        let mended = try conform(["replay", folder.path, "motion/silence-stops", "--on", "sim:humanoid"])
        #expect(mended.status == 0 && mended.output.contains("then FAIL, now PASS"))
        let wrong = try conform(["replay", folder.path, "motion/silence-stop"])
        #expect(wrong.status == 2 && wrong.errors.contains("motion/silence-stops"))
    }

    @Test func `files that people write are checked`() throws {
        let folder = try folder()
        #expect(try conform(["init", "--discover", "sim:humanoid", "--out", folder.path]).status == 0)
        let files = ["\(folder.path)/ics.yaml", "\(folder.path)/ixit.yaml"]
        #expect(try conform(["lint"] + files).status == 0)
        let file = folder.appending(path: "ics.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        try Data(text.replacing("sensor.imu: yes", with: "sensor.imu: no").utf8).write(to: file)
        let outcome = try conform(["lint"] + files)
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("sensor.imu is no, but profile LEGGED needs it"), "\(outcome.output)")
        #expect(outcome.output.contains("ok  \(folder.path)/ixit.yaml"))
    }

    @Test func `a robot is recorded without being commanded`() throws {
        let file = try folder().appending(path: "watched.mcap")
        let outcome = try conform(["record", "sim:humanoid", "--for", "1 s", "--out", file.path])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let reader = MCAPReader(Array(try Data(contentsOf: file)))
        #expect(reader.problems.isEmpty && reader.hasSummary)
        #expect(reader.messages.count { $0.topic == "/O/received/WholeBodyState" } >= 190)
        #expect(reader.messages.contains { $0.topic == "/O/received/Image" || $0.topic == "/O/received/BulkChunk" })
        let wrong = try conform(["record", "sim:humanoid", "--for", "2 apples"])
        #expect(wrong.status == 2 && wrong.errors.contains("no time"))
    }
}
