import Foundation
import Testing

extension ProgramTests {
    /// Reports and evidence, as those meet them who were not there.
    @Suite struct PublishedRunTests: ProgramRunner {
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
            #expect(
                stranger.status == 8 && stranger.output.contains("no signature of the attestation is by a trusted key"))
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
                let body = Data(base64Encoded: text),
                let signature = Data(base64Encoded: signatures?.first?["sig"] ?? "")
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

        private struct Published: Decodable {
            struct Entry: Decodable { let requirement: String }
            let unshown: [Entry]
        }

        @Test func `whatever the verdicts, a report names what none of them shows`() throws {
            func unshown(_ arguments: [String]) throws -> (ids: [String], output: String, page: String) {
                let folder = try self.folder().appending(path: "run")
                let outcome = try conform(
                    ["check"] + arguments + ["--virtual-time", "--seed", "5", "--only", "*-01", "--out", folder.path])
                let result = try Data(contentsOf: folder.appending(path: "result.json"))
                let page = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
                return (
                    try JSONDecoder().decode(Published.self, from: result).unshown.map(\.requirement), outcome.output,
                    page
                )
            }
            let mover = try unshown(["sim:humanoid", "--profile", "MOTION"])
            #expect(mover.ids.contains("SEC-07") && !mover.ids.contains("PER-07"))
            // Judged on the robot's codec and on its files; those of other profiles and products are no concern of this one.
            #expect(
                mover.ids.contains("BCH-05") && mover.ids.contains("REC-05")
                    && mover.page.contains("conform check FILE.mcap"))
            #expect(!mover.ids.contains("REC-01") && !mover.ids.contains("BRN-01"))
            // What the tools and the suite must keep is nobody's certificate's concern.
            #expect(!mover.ids.contains("CNF-08") && !mover.ids.contains("REC-08"))
            #expect(mover.output.contains("No verdict here shows: \(mover.ids.joined(separator: ", "))"))
            #expect(mover.page.contains("What no verdict here shows") && mover.page.contains("机器人自身网络内的端口扫描器"))
            #expect(try unshown(["sim:humanoid", "--profile", "PERCEPTION"]).ids.contains("PER-07"))
            let brain = try unshown(["sim:brain"])
            #expect(brain.ids.isEmpty && !brain.page.contains("What no verdict here shows"))
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
    }
}
