public import Foundation
import PonsTransport

/// Looks at the computer that tests: where the report goes, and whether it can keep time at all.
public enum HostDoctor {
    /// Room a report may need; bytes.
    private static let room = 500_000_000
    /// Wake-ups later than this cost verdicts of tests with limits below 10 ms.
    private static let lateNs: Int64 = 4_000_000

    public static func examine(output: URL) -> [Finding] { [examine(output)] + [wakeUps()] }

    private static func examine(_ output: URL) -> Finding {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: output.path, isDirectory: &isFolder)
        if exists && !isFolder.boolValue {
            return .fault(
                "OUT-NOT-FOLDER", "\(output.path) is a file; the report needs a folder",
                fix: "name another with --out DIR")
        }
        let probed = exists ? output : existing(above: output)
        guard FileManager.default.isWritableFile(atPath: probed.path) else {
            return .fault(
                "OUT-READ-ONLY", "\(probed.path) can't be written to", fix: "name another folder with --out DIR")
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: probed.path)
        if let free = attributes?[.systemFreeSize] as? Int, free < room {
            return .note(
                "OUT-FULL",
                "\(free / 1_000_000) MB are free below \(probed.path); a whole run writes up to \(room / 1_000_000) MB",
                fix: "free some space, or name another folder with --out DIR")
        }
        return .ok("OUT", "the report can be written to \(output.path)")
    }

    private static func existing(above url: URL) -> URL {
        var folder = url.standardizedFileURL
        while folder.path != "/" && !FileManager.default.fileExists(atPath: folder.path) {
            folder.deleteLastPathComponent()
        }
        return folder
    }

    /// Sleeps of a millisecond, a few hundred of them: how late they end is how late every stimulus may be.
    private static func wakeUps() -> Finding {
        var late: [Int64] = []
        for _ in 0..<300 {
            let due = MonotonicClock.nowNs + 1_000_000
            usleep(1000)
            late.append(max(0, MonotonicClock.nowNs - due))
        }
        late.sort()
        let (median, worst) = (milliseconds(late[150]), milliseconds(late[299]))
        let count = late.count { $0 > lateNs }
        guard count > 3 else {
            return .ok(
                "HOST", "this computer wakes up \(median) ms late at the median, \(worst) ms at the worst of 300")
        }
        return .note(
            "HOST-SLOW",
            "this computer woke up more than 4 ms late \(count) of 300 times, \(worst) ms at the worst: tests with short limits will be INCONCLUSIVE",
            fix: "close other programs, or test from a computer that has nothing else to do")
    }

    private static func milliseconds(_ ns: Int64) -> String { "\((Double(ns) / 1e4).rounded() / 100)" }
}
