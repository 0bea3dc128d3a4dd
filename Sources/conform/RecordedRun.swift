import ConformReport
import Foundation

/// A run as conform check has left it in a folder: what was published, and what it rests on.
struct RecordedRun {
    let folder: URL
    let report: RunReport

    init(_ path: String) throws {
        folder = URL(fileURLWithPath: path)
        let file = folder.pathExtension == "json" ? folder : folder.appending(path: "result.json")
        do { report = try JSONReport.report(from: Data(contentsOf: file)) } catch let error as DecodingError {
            throw Failure(
                "\(file.path) is no result of this conform: \(error)", hint: "its schema must be pons.result/1",
                code: .usage)
        } catch {
            throw Failure(
                "can't read \(file.path): \(error.localizedDescription)",
                hint: "name a folder that conform check has written with --out", code: .usage)
        }
    }

    /// The bytes of recording.mcap; large.
    var recording: [UInt8] {
        get throws {
            let file = folder.appending(path: "recording.mcap")
            do { return Array(try Data(contentsOf: file)) } catch {
                throw Failure(
                    "can't read \(file.path): \(error.localizedDescription)",
                    hint: "the recording stands beside result.json", code: .usage)
            }
        }
    }
}
