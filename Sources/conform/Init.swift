import ArgumentParser
import ConformDriver
import Foundation
import PonsMessages

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes ics.yaml and ixit.yaml: what the product has, and what the tests need to know of it.",
        discussion: """
            EXAMPLES
              conform init --discover tls://192.168.1.20:7447 --keys keys
              conform init --discover sim:humanoid --out my-robot

            Nothing of the robot is changed: it is read as an observer reads it. What its description shows is filled in;
            what nothing on the wire shows is left as 'ask'. Then: conform check URL --ics ics.yaml --ixit ixit.yaml
            """)

    @Option(help: ArgumentHelp("The robot to read, as for conform check.", valueName: "url"))
    var discover: String

    @Option(help: ArgumentHelp("Folder for the two files.", valueName: "dir"))
    var out = "."

    @Option(help: ArgumentHelp("Folder with the certificates to show on tls://.", valueName: "dir"))
    var keys: String?

    @Flag(help: "Replace files that are there.")
    var force = false

    @OptionGroup var suite: SuiteOptions

    func run() throws {
        try Failure.guarded {
            let suite = try suite.load()
            let target = try TargetArgument(discover)
            let descriptor = try target.describe(suite, keys: keys)
            let folder = URL(fileURLWithPath: out)
            try write(StatementFile.template(suite.catalogue, descriptor), to: folder, "ics.yaml")
            try write(ParameterFile.template(suite.catalogue, descriptor), to: folder, "ixit.yaml")
            print(
                "next: answer every 'ask', look at each joint, then conform plan \(discover) --ics \(path("ics.yaml")) --ixit \(path("ixit.yaml"))"
            )
        }
    }

    private func path(_ name: String) -> String { out == "." ? name : "\(out)/\(name)" }

    private func write(_ text: String, to folder: URL, _ name: String) throws {
        let file = folder.appending(path: name)
        if !force && FileManager.default.fileExists(atPath: file.path) {
            throw Failure(
                "\(path(name)) is there already", hint: "--force replaces it, --out DIR writes elsewhere", code: .usage)
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        } catch { throw Failure("can't write \(file.path): \(error.localizedDescription)", code: .usage) }
        print(path(name))
    }
}
