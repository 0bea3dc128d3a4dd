import Foundation
import Testing

extension ProgramTests {
    /// The built program as a user meets it: what it prints, what it writes, how it ends.
    @Suite struct CommandLineTests: ProgramRunner {
        @Test func `the same seed gives the same bytes, another seed another order`() throws {
            var results: [Data] = []
            for seed in ["7", "7", "8"] {
                let out = try folder()
                let outcome = try conform([
                    "check", "sim:humanoid", "--virtual-time", "--seed", seed, "--out", out.path,
                ])
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

        @Test(.timeLimit(.minutes(1)))
        func `a codec behind a pipe is asked for every vector, and one that ends is lost`()
            throws
        {
            let program = Self.products.appending(path: "pons-codec").path
            let good = try conform(["check", "codec:\(program)", "--out", folder().path])
            #expect(good.status == 0 && good.output.contains("PASS 6"), "\(good.output)\(good.errors)")
            let bad = try conform([
                "check", "codec:\(program) --mutant FMT-13", "--only", "FMT-13", "--out", folder().path,
            ])
            #expect(bad.status == 1 && bad.output.contains("same-bytes"), "\(bad.output)\(bad.errors)")
            let echo = try conform(["check", "codec:cat", "--only", "BCH-05", "--out", folder().path])
            #expect(echo.output.contains("was answered with"), "\(echo.output)\(echo.errors)")
            let dead = try conform(["check", "codec:false", "--out", folder().path])
            #expect(dead.status == 5 && dead.output.contains("ended with status 1"), "\(dead.output)\(dead.errors)")
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
            let liar = try conform(["explain", "MOVES-ON"]).output
            #expect(liar.contains("motion/silence-stops (stays-still)") && liar.contains("mutant=MOVES-ON"))
            #expect(try conform(["explain", "motion/silence-stops"]).output.contains("mutant=MOVES-ON"))
            let listed = try conform(["list", "mutants"]).output
            #expect(listed.contains("MOVES-ON") && listed.contains("MOT-03"))
        }

        @Test(arguments: ["MOT-03", "BRN-09", "FMT-13", "REC-05"])
        func `what explain says would fail does fail, whatever kind of product it is about`(requirement: String) throws
        {
            let explained = try conform(["explain", requirement]).output
            let line = try #require(explained.split(separator: "\n").first { $0.contains("see it fail conform ") })
            let command = line.split(separator: " ").drop { $0 != "conform" }.dropFirst()
            let arguments = command.map { $0.trimmingCharacters(in: ["\""]) }
            let outcome = try conform(arguments + ["--seed", "1", "--out", folder().path])
            #expect(outcome.status == 1 && outcome.output.contains("FAIL         "), "\(arguments) \(outcome.output)")
        }

        /// A suite to spoil.
        private func copyOfSuite() throws -> URL {
            let copy = try folder()
            try FileManager.default.createDirectory(
                at: copy.appending(path: "Spec/v1"), withIntermediateDirectories: true)
            for path in ["Conformance", "Spec/v1/requirements.yaml"] {
                try FileManager.default.copyItem(at: Self.root.appending(path: path), to: copy.appending(path: path))
            }
            return copy
        }

        @Test func `trace names what is said in one language only`() throws {
            let copy = try copyOfSuite()
            let file = copy.appending(path: "Conformance/v1/tests/motion/silence-stops.yaml")
            var lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            lines.removeLast()
            try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            let outcome = try conform(["trace", "--strict", "--suite", copy.path])
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("in one language only  motion/silence-stops: fix"))
            #expect(!outcome.output.contains("in one language only  motion/gains"))
        }

        @Test(arguments: ["about: 'product', ", "instrument_zh: "])
        func `an exclusion says whom it is about, in both languages`(
            lacking: String
        ) throws {
            let copy = try copyOfSuite()
            let file = copy.appending(path: "Spec/v1/requirements.yaml")
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
                line.contains("compressed video, and a test")
                    ? String(line).replacing(lacking, with: lacking.hasSuffix(": ") ? "other: " : "") : String(line)
            }
            try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
            let outcome = try conform(["trace", "--strict", "--suite", copy.path])
            #expect(outcome.status == 1 && outcome.output.contains("1 gaps"))
            #expect(outcome.output.split(separator: "\n").contains { $0.hasPrefix("PER-07") && $0.hasSuffix("GAP") })
        }

        @Test func `a failure is told in the reader's language, and the report has both`() throws {
            let out = try folder()
            let outcome = try conform([
                "check", "sim:humanoid?mutant=SAF-06", "--virtual-time", "--seed", "1", "--only", "SAF-06", "--lang",
                "zh",
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
    }
}
