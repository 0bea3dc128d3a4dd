import Foundation
import Testing

/// What the rooms of the house may know of each other.
@Suite struct LayerTests {
    @Test func `judge, statistics and core import no clock, socket or randomness`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let allowed: Set<String> = [
            "PonsMessages", "PonsReflection", "PonsSafety", "PonsSession", "PonsSpinal", "PonsVocabulary", "PonsWire",
        ]
        for room in [
            "PonsWire", "PonsVocabulary", "PonsSpinal", "PonsViews", "PonsMessages", "PonsSafety", "PonsSession",
            "PonsRobot", "ConformJudge",
        ] {
            let files = try FileManager.default.subpathsOfDirectory(
                atPath: root.appending(path: "Sources/\(room)").path)
            for file in files where file.hasSuffix(".swift") {
                let source = try String(contentsOf: root.appending(path: "Sources/\(room)/\(file)"), encoding: .utf8)
                for line in source.split(separator: "\n")
                where line.contains("import ") && !line.hasPrefix("//") && !line.hasPrefix(" ") {
                    let name = String(line.split(separator: " ").last!)
                    // Foundation only for the logarithms of the statistics.
                    let isMath = room == "ConformJudge" && file.hasPrefix("Statistics/") && name == "Foundation"
                    // A hash is a function of its bytes, and so is what a file of XML says.
                    let isHash = room == "ConformJudge" && name == "Crypto"
                    let isXML = file == "BodyModel.swift" && name.hasPrefix("Foundation")
                    #expect(allowed.contains(name) || isMath || isHash || isXML, "\(room)/\(file): \(line)")
                }
                for word in ["Date()", "ContinuousClock", "SystemRandomNumberGenerator", ".random(", "clock_gettime"] {
                    #expect(!source.contains(word), "\(room)/\(file) uses \(word)")
                }
            }
        }
    }
}
