import Foundation
import PonsRecording
import Testing

extension ProgramTests {
    /// Robots in processes of their own, on real links, in real time.
    @Suite struct RobotProcessTests: ProgramRunner {
        @Test func `a recording that a robot has written is judged, and a file that is none is no recording`() throws {
            let place = try folder()
            let socket = place.appending(path: "s").path
            let robot = try startRecording(in: place, at: socket)
            defer { stop(robot) }
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

        /// A robot that keeps its recordings in a folder, listening.
        private func startRecording(in place: URL, at socket: String) throws -> Process {
            let robot = try start(
                "pons-sim",
                ["--listen", "unix:\(socket)", "--plant", "exact", "--recordings", place.path, "--until-parent-exits"],
                place)
            awaitFile(socket)
            return robot
        }

        @Test func `what a robot has kept of a stop outlives its process`() throws {
            let place = try folder()
            let socket = place.appending(path: "s").path
            let robot = try startRecording(in: place, at: socket)
            defer { stop(robot) }
            let live = try conform(["check", "unix:\(socket)", "--only", "MOT-03", "--out", folder().path])
            #expect(live.output.contains("MOT-03"), "\(live.output)\(live.errors)")
            kill(robot.processIdentifier, SIGKILL)
            robot.waitUntilExit()
            let name = try FileManager.default.contentsOfDirectory(atPath: place.path).first {
                $0.hasPrefix("incident-")
            }
            let file = MCAPReader(Array(try Data(contentsOf: place.appending(path: try #require(name)))))
            let stop = try #require(file.metadata["incident"]?["time_ns"].flatMap { UInt64($0) })
            #expect(file.metadata["incident"]?["cause"] == "COMMAND_TIMEOUT")
            #expect(file.messages.contains { $0.schema == "pons.v1.SafetyEvent" && $0.logNs == stop })
            #expect(file.messages.contains { $0.schema == "pons.v1.WholeBodyState" && $0.logNs < stop })
        }

        @Test(.timeLimit(.minutes(2))) func `something that is no robot is told apart from a robot that fails`() throws
        {
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
            let robot = try start(
                "pons-sim", ["--listen", "unix:\(socket)", "--until-parent-exits"], try self.folder())
            awaitFile(socket)
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
            let robot = try start(
                "pons-sim", ["--listen", "unix:\(socket)", "--until-parent-exits"], try self.folder())
            defer { stop(robot) }
            awaitFile(socket)
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
}
