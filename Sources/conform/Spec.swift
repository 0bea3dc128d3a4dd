import ArgumentParser
import ConformDriver
import Foundation
import PonsSchema

struct Spec: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tools for those who edit the standard.", subcommands: [Lint.self])

    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Finds what a changed schema would break for readers of a released one.",
            discussion: """
                EXAMPLES
                  conform spec lint --against v1.0                 a tag, branch or commit of this checkout
                  conform spec lint --against pons-v1.0.binpb      a serialised FileDescriptorSet

                Numbers and names of fields that are gone must be reserved, numbers of enumerations never used again;
                type, presence, unit and stream class stay; ranges only widen; what is new is never required.

                EXIT CODES
                  0 nothing breaks    1 something does    2 usage
                """)

        @Option(help: ArgumentHelp("The released schema: a git reference, or a file.", valueName: "ref|file"))
        var against: String

        @Option(
            help: ArgumentHelp("Checkout with the schema; by default the nearest above this folder.", valueName: "dir"))
        var suite: String?

        func run() throws {
            try Failure.guarded {
                let root: URL
                do throws(DefinitionError) { root = try Suite.locate(suite) } catch {
                    throw Failure(error.description, code: .usage)
                }
                let old = try set(try released(in: root), named: against)
                let file = root.appending(path: Self.schema)
                guard let data = try? Data(contentsOf: file) else {
                    throw Failure("can't read \(file.path)", hint: "scripts/generate writes it", code: .usage)
                }
                let new = try set(Array(data), named: Self.schema)
                let comparison = SchemaComparison(from: old, to: new)
                for change in comparison.breaking {
                    print("breaks  \(change.place)  \(change.code)\n        \(change.what)\n        try  \(change.fix)")
                }
                for addition in comparison.additions { print("adds    \(addition)") }
                print(
                    "\(old.messageCount) messages of \(against): \(comparison.breaking.count) changes break a reader, \(comparison.additions.count) add something"
                )
                if !comparison.breaking.isEmpty { Foundation.exit(ExitStatus.failed.rawValue) }
            }
        }

        private static let schema = "Spec/v1/pons-v1.binpb"

        private func set(_ bytes: [UInt8], named name: String) throws -> SchemaSet {
            do throws(SchemaSet.Malformed) { return try SchemaSet(bytes) } catch {
                throw Failure(
                    "\(name): \(error.description)", hint: "protoc --descriptor_set_out writes one", code: .usage)
            }
        }

        /// The bytes of the released schema: of a file, or of a git reference.
        private func released(in root: URL) throws -> [UInt8] {
            if let data = try? Data(contentsOf: URL(fileURLWithPath: against)) { return Array(data) }
            let git = Process()
            let output = Pipe()
            git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            git.arguments = ["git", "-C", root.path, "show", "\(against):\(Self.schema)"]
            git.standardOutput = output
            git.standardError = FileHandle.nullDevice
            do { try git.run() } catch {
                throw Failure("git can't be started", hint: "name a file instead", code: .usage)
            }
            let data = output.fileHandleForReading.readDataToEndOfFile()
            git.waitUntilExit()
            guard git.terminationStatus == 0 else {
                throw Failure(
                    "'\(against)' is neither a file nor a git reference with \(Self.schema)",
                    hint: "git tag shows tags; git fetch --tags brings them", code: .usage)
            }
            return Array(data)
        }
    }
}
