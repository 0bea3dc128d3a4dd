import ArgumentParser
import ConformDriver
import Foundation

struct NewAdapter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-adapter",
        abstract:
            "Writes a project that is a conforming robot from the first minute, in Swift, C or Python, or behind ros2_control.",
        discussion: """
            EXAMPLES
              conform new-adapter --vendor Acme --language python acme-arm
              cd acme-arm && make check
              conform new-adapter --vendor Acme --language ros2 acme-cell     no program: a manifest names the controllers

            The project builds, runs and passes before a line is written: four joints with a simulated body. Each
            TODO in it names the fact that is needed and the requirement whose test will check it.
            """)

    enum Language: String, CaseIterable, ExpressibleByArgument { case swift, c, python, ros2 }

    @Option(help: "Who makes the robot, as on its name plate.")
    var vendor: String

    @Option(help: "swift, c or python; or ros2, for a robot behind ros2_control.")
    var language: Language

    @Argument(help: "The folder to write; it must not exist, or be empty.")
    var folder: String

    @Option(help: ArgumentHelp("Checkout of Pons; by default the nearest above.", valueName: "dir"))
    var suite: String?

    func run() throws {
        try Failure.guarded {
            guard !vendor.isEmpty, vendor.utf8.count <= 128, !vendor.contains(where: { "'\"\n#:{}[]".contains($0) })
            else {
                throw Failure(
                    "'\(vendor)' can't be a vendor's name", hint: "at most 128 bytes, without quotes, # : { } [ ]",
                    code: .usage)
            }
            let target = URL(fileURLWithPath: folder)
            let there = (try? FileManager.default.contentsOfDirectory(atPath: target.path)) ?? []
            guard there.isEmpty else {
                throw Failure(
                    "\(folder) is not empty: \(there.sorted().prefix(3).joined(separator: ", "))",
                    hint: "name another folder; nothing was written", code: .usage)
            }
            let templates = try root().appending(path: "Vendors/templates")
            do {
                try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
                try write(templates.appending(path: "common"), to: target)
                try write(templates.appending(path: language.rawValue), to: target)
            } catch {
                throw Failure("\(folder): \(error.localizedDescription)", hint: "check the path", code: .usage)
            }
            print(
                """
                \(folder): a robot of \(vendor) \(language == .ros2 ? "behind ros2_control" : "with an adapter in \(language.rawValue)")
                next: cd \(folder) && make check      (conform must be in your PATH, or: make check CONFORM=…)
                then: README.md there, and every TODO of manifest.yaml
                """)
        }
    }

    private func root() throws -> URL {
        do throws(DefinitionError) { return try Suite.locate(suite) } catch {
            throw Failure(error.description, code: .usage)
        }
    }

    private func write(_ template: URL, to target: URL) throws {
        guard let names = FileManager.default.enumerator(atPath: template.path) else { return }
        for case let name as String in names {
            let (from, to) = (template.appending(path: name), target.appending(path: name))
            guard let text = try? String(contentsOf: from, encoding: .utf8) else {
                try FileManager.default.createDirectory(at: to, withIntermediateDirectories: true)
                continue
            }
            try filled(text).write(to: to, atomically: true, encoding: .utf8)
        }
    }

    private func filled(_ text: String) -> String {
        let (command, source, build, clean) =
            switch language {
            case .python: ("python3 adapter.py", "adapter.py", "\t@python3 -m py_compile adapter.py", "")
            case .c:
                (
                    "./adapter", "adapter.c",
                    "\t@$(CC) -std=c11 -O2 -Wall -Wextra -Werror adapter.c -o adapter -lm", " adapter"
                )
            case .ros2: ("", "manifest.yaml", "\t@true", "")
            case .swift:
                (".build/release/adapter", "Sources/Drives.swift", "\t@swift build -c release", " .build")
            }
        return text.replacingOccurrences(of: "VENDOR", with: vendor)
            .replacingOccurrences(of: "COMMAND", with: command).replacingOccurrences(of: "SOURCE", with: source)
            .replacingOccurrences(of: "BUILD\n", with: build + "\n")
            .replacingOccurrences(of: "CLEAN\n", with: clean + "\n")
    }
}
