import Foundation
import Testing

extension ProgramTests {
    /// Certificates, TLS and the relay, with programs of others looking on.
    @Suite struct LinkTests: ProgramRunner {
        /// Runs a program of the system; its output and errors together.
        private func system(_ program: String, _ arguments: [String], input: String = "") throws -> String {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments
            let (out, feed) = (Pipe(), Pipe())
            process.standardOutput = out
            process.standardError = out
            process.standardInput = feed
            try process.run()
            feed.fileHandleForWriting.write(Data(input.utf8))
            // s_client ends with its input; a handshake comes first.
            usleep(500_000)
            try feed.fileHandleForWriting.close()
            let data = out.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }

        private func keys(in folder: URL) throws -> URL {
            let keys = folder.appending(path: "keys")
            let made = try conform(["keys", "create", keys.path], in: folder)
            #expect(made.status == 0, "\(made.errors)")
            return keys
        }

        @Test func `keys are made once, issued by role, and valid to others`() throws {
            let folder = try folder()
            let keys = try keys(in: folder)
            let again = try conform(["keys", "create", keys.path])
            #expect(again.status == 2 && again.errors.contains("has an authority already"))
            let issued = try conform([
                "keys", "issue", keys.path, "--name", "alice", "--role", "operator", "--days", "30",
            ])
            #expect(issued.status == 0 && issued.output.contains("pons:role:operator"), "\(issued.errors)")
            let authority = keys.appending(path: "authority.pem").path
            for name in ["alice", "robot", "stop-only"] {
                let file = keys.appending(path: "\(name).pem").path
                #expect(try system("openssl", ["verify", "-CAfile", authority, file]).contains("OK"))
            }
            let stranger = keys.appending(path: "stranger.pem").path
            #expect(
                try system("openssl", ["verify", "-CAfile", authority, stranger]).contains("unable to get local issuer")
            )
            let mode = try FileManager.default.attributesOfItem(atPath: keys.appending(path: "authority.key").path)
            #expect(mode[.posixPermissions] as? Int == 0o600)
        }

        @Test(.timeLimit(.minutes(2))) func `a robot with keys speaks TLS 1-3 with those it knows, and nothing else`()
            throws
        {
            let folder = try folder()
            let keys = try keys(in: folder)
            let robot = try start(
                "pons-sim",
                ["--listen", "tls://127.0.0.1:0", "--keys", keys.path, "--plant", "exact", "--until-parent-exits"],
                folder)
            defer { stop(robot) }
            let address = try address(of: folder)
            let place = String(address.dropFirst("tls://".count))
            func client(_ more: [String]) throws -> String {
                try system(
                    "openssl",
                    ["s_client", "-connect", place, "-CAfile", keys.appending(path: "authority.pem").path] + more)
            }
            func certificate(_ name: String) -> [String] {
                ["-cert", keys.appending(path: "\(name).pem").path, "-key", keys.appending(path: "\(name).key").path]
            }
            let known = try client(certificate("observer"))
            #expect(known.contains("TLSv1.3") && known.contains("Verification: OK"), "\(known)")
            #expect(known.contains("CN = lab robot"), "\(known)")
            let older = try client(certificate("observer") + ["-tls1_2"])
            #expect(older.contains("alert protocol version"), "\(older)")
            for refused in [try client([]), try client(certificate("ended")), try client(certificate("stranger"))] {
                #expect(refused.contains("alert"), "\(refused)")
            }
            let outcome = try conform([
                "check", address, "--keys", keys.path, "--only", "security/*", "--only", "BCH-13", "--skip", "SEC-09",
                "--out", folder.appending(path: "o").path,
            ])
            #expect(outcome.status == 0 || outcome.status == 3, "\(outcome.output)\(outcome.errors)")
            #expect(outcome.output.contains("FAIL 0"))
        }

        /// What the packets of a connection say to anybody who reads along (`Tests/Native/tls_capture.py`).
        private struct Capture: Decodable {
            let offered: [String]?
            let chosen: [String]?
            let client: [String]
            let robot: [String]
            let readable: [String]
        }

        /// Captures the packets of the first connection while a robot is looked at.
        private func captured(_ address: String, _ more: [String] = []) throws -> Capture {
            let port = String(address.split(separator: ":").last ?? "")
            let script = Self.root.appending(path: "Tests/Native/tls_capture.py").path
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                (geteuid() == 0 ? [] : ["sudo", "-n"]) + ["python3", script, port, "humanoid", "lab robot"]
            let (out, feed) = (Pipe(), Pipe())
            (process.standardOutput, process.standardInput) = (out, feed)
            try process.run()
            var said = Data()
            while !said.contains(UInt8(ascii: "\n")) {
                let more = out.fileHandleForReading.availableData
                try #require(!more.isEmpty, "capturing packets needs root, or sudo without a password")
                said += more
            }
            let outcome = try conform(["plan", address] + more)
            #expect(outcome.status == 0, "\(outcome.errors)")
            try feed.fileHandleForWriting.close()
            said += out.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let line = said.split(separator: UInt8(ascii: "\n")).last ?? Data()
            return try JSONDecoder().decode(Capture.self, from: line)
        }

        @Test(.timeLimit(.minutes(2)))
        func `packets show TLS 1-3 and nothing else to read; in lab mode they show everything`()
            throws
        {
            let folder = try folder(), laboratory = try self.folder()
            let keys = try keys(in: folder)
            let common = ["--plant", "exact", "--until-parent-exits"]
            let robot = try start(
                "pons-sim", ["--listen", "tls://127.0.0.1:0", "--keys", keys.path] + common, folder)
            defer { stop(robot) }
            let sealed = try captured(try address(of: folder), ["--keys", keys.path])
            #expect(sealed.offered == ["0304"] && sealed.chosen == ["0304"])
            // Certificates, roles and names come after the keys: one hello in the clear, one change of ciphers that means nothing.
            for end in [sealed.client, sealed.robot] {
                #expect(Array(end.prefix(2)) == ["handshake", "change_cipher_spec"], "\(end)")
                #expect(end.count > 3 && end.dropFirst(2).allSatisfy { $0 == "application_data" }, "\(end)")
            }
            #expect(sealed.readable.isEmpty)
            let open = try start("pons-sim", ["--listen", "tcp://127.0.0.1:0"] + common, laboratory)
            defer { stop(open) }
            let clear = try captured(try address(of: laboratory))
            #expect(clear.offered == nil && clear.chosen == nil && clear.readable == ["humanoid"])
        }

        @Test(.timeLimit(.minutes(2)), arguments: ["tls", "udp"])
        func `a robot is judged through a relay that makes the link worse`(scheme: String) throws {
            let folder = try folder()
            let keys = try keys(in: folder)
            let robot = try start(
                "pons-sim",
                [
                    "--listen", "\(scheme)://127.0.0.1:0", "--keys", keys.path, "--plant", "exact",
                    "--until-parent-exits",
                ],
                folder)
            defer { stop(robot) }
            let behind = try address(of: folder)
            let before = try self.folder()
            let relay = try start(
                "conform", ["relay", behind, "--listen", "\(scheme)://127.0.0.1:0", "--profile", "P1", "--seed", "5"],
                before)
            defer { stop(relay) }
            var address = ""
            for _ in 0..<200 where address.isEmpty {
                usleep(20_000)
                let line = try String(contentsOf: before.appending(path: "out.txt"), encoding: .utf8)
                address = line.split(separator: " ").first { $0.hasPrefix(scheme) }.map(String.init) ?? ""
            }
            // Three programs share two cores with everything else here: one of three runs must be undisturbed.
            var outcomes: [ProgramOutcome] = []
            while outcomes.count < 3, outcomes.last.map({ $0.status != 0 }) ?? true {
                outcomes.append(
                    try conform([
                        "check", address, "--keys", keys.path, "--only", "CMD-03", "--only", "SAF-10", "--out",
                        folder.appending(path: "o\(outcomes.count)").path,
                    ]))
            }
            #expect(outcomes.last?.status == 0, "\(outcomes.map(\.output).joined())")
        }

        @Test(.timeLimit(.minutes(2))) func `a robot on this computer is judged over shared memory`() throws {
            let folder = try folder()
            let place = "shm:\(folder.path)/robot"
            let robot = try start("pons-sim", ["--listen", place, "--plant", "exact", "--until-parent-exits"], folder)
            defer { stop(robot) }
            awaitFile(folder.path + "/robot")
            // Three programs share two cores with everything else here: one of three runs must be undisturbed.
            var outcomes: [ProgramOutcome] = []
            while outcomes.count < 3, outcomes.last.map({ $0.status != 0 }) ?? true {
                outcomes.append(
                    try conform([
                        "check", place, "--only", "CMD-03", "--only", "SAF-10", "--only", "PER-14", "--out",
                        folder.appending(path: "o\(outcomes.count)").path,
                    ]))
            }
            #expect(outcomes.last?.status == 0, "\(outcomes.map(\.output).joined())")
        }

        @Test(.timeLimit(.minutes(2)), arguments: [nil, "BRN-09"])
        func `a brain that connects over TLS is judged by the robot it finds`(mutant: String?) throws {
            let folder = try folder()
            let keys = try keys(in: folder)
            let place = "unix:\(folder.path)/robot.sock"
            let secure = "tls://127.0.0.1:\(47_000 + Int(getpid()) % 10_000 + (mutant == nil ? 0 : 1))"
            let address = mutant == nil ? secure : place
            let brain = try start(
                "pons-brain",
                ["--robot", address, "--keys", keys.path, "--until-parent-exits"]
                    + (mutant.map { ["--mutant", $0] } ?? []),
                try self.folder())
            defer { stop(brain) }
            let outcome = try conform([
                "check", "brain:\(address)", "--keys", keys.path, "--only", "BRN-01", "--only", "BRN-03", "--only",
                "BRN-09",
                "--out", folder.appending(path: "o").path,
            ])
            if mutant == nil {
                #expect(outcome.status == 0 || outcome.status == 3, "\(outcome.output)\(outcome.errors)")
                #expect(outcome.output.contains("FAIL 0"), "\(outcome.output)")
            } else {
                #expect(outcome.status == 1 && outcome.output.contains("silent-within-100-ms"), "\(outcome.output)")
            }
        }
    }
}
