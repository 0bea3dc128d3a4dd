import ArgumentParser
import Foundation
import PonsPort

struct AdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter", abstract: "Looks at an adapter program by itself.",
        subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Springs the traps: an adapter translates, and never repairs.",
            discussion: """
                EXAMPLES
                  conform adapter check my-robot

                Every trap starts the program anew and compares what it measures with the law that a drive computes. The
                body must be simulated (the manifest says so): hardware would move. Exit 0: every trap held; 1: one did
                not; 2: there is no such adapter.
                """)

        @Argument(help: "The folder with the adapter's manifest.yaml.")
        var folder: String

        func run() throws {
            try Failure.guarded {
                let url = URL(fileURLWithPath: folder)
                let place = url.appending(path: "manifest.yaml")
                guard let source = try? String(contentsOf: place, encoding: .utf8) else {
                    throw Failure(
                        "\(place.path): not found",
                        hint: "name a folder with a manifest; conform new-adapter writes one",
                        code: .usage)
                }
                let manifest: PortManifest
                do throws(ManifestError) { manifest = try PortManifest(parsing: source, file: place.path) } catch {
                    throw Failure(error.description, code: .usage)
                }
                guard manifest.isSimulated else {
                    throw Failure(
                        "\(place.path) says simulated: false", hint: "traps move joints; use a simulated body for them",
                        code: .usage)
                }
                try report(AdapterTrial(manifest, in: url).run())
            }
        }

        private func report(_ findings: [AdapterTrial.Finding]) throws {
            for finding in findings {
                let mark = finding.problem == nil ? "HELD  " : "CAUGHT"
                print(
                    "\(mark)  \(finding.trap.rawValue.padding(toLength: 14, withPad: " ", startingAt: 0)) \(finding.trap.rule)"
                )
                if let problem = finding.problem { print("  seen    \(problem)") }
            }
            let caught = findings.count { $0.problem != nil }
            print("\(findings.count - caught) of \(AdapterTrial.Trap.allCases.count) traps held")
            if caught > 0 {
                throw Failure(
                    "\(caught) traps caught the adapter", hint: "docs/adapter-protocol.md has the rules", code: .failed)
            }
        }
    }
}
