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

    /// The bytes of manifest.json.
    var manifest: Data {
        get throws {
            let file = folder.appending(path: Manifest.name)
            do { return try Data(contentsOf: file) } catch {
                throw Failure(
                    "can't read \(file.path): \(error.localizedDescription)",
                    hint: "conform check writes it when a run is over", code: .usage)
            }
        }
    }

    func checkedManifest(_ data: Data) throws -> Manifest {
        do { return try Manifest(reading: data) } catch {
            throw Failure(
                "manifest.json is damaged: \(error)", hint: "its schema must be pons.manifest/1", code: .mismatch)
        }
    }

    /// What is wrong with the files of the run by themselves: the manifest, and the attestation where there is one.
    func problems(trusting trusted: [SigningKey]) throws -> [String] {
        let data = try manifest
        var problems = try checkedManifest(data).problems(in: folder)
        let file = folder.appending(path: Attestation.name)
        if let signed = try? Data(contentsOf: file) {
            guard let attestation = try? Attestation(reading: signed) else {
                return problems + ["\(Attestation.name) is no DSSE envelope"]
            }
            problems += attestation.problems(manifest: data, trusted: trusted)
        } else if !trusted.isEmpty {
            problems.append("the run is not signed")
        }
        return problems
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
