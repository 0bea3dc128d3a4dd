import Foundation

/// Watches how long a process on this machine was ready to run and was not let: a simulator that the host starves must not
/// be blamed for being late. A thread that waits keeps those waiting whom it holds a lock for, so each of them counts.
///
/// Reads Linux's `/proc/PID/task/*/schedstat`: time on the processor, time waiting for it, slices.
public struct SchedulerWitness: Sendable {
    private let folder: String
    private var lastWaitsNs: [String: Int64] = [:]

    /// - Parameter process: that shares this machine's processors with the tester.
    public init(process: Int32) { folder = "/proc/\(process)/task" }

    /// How long the thread that waited most did so since the last call, ns; 0 where the system does not tell. Cost: reads a small
    /// file for each thread.
    mutating func waitedNs() -> Int64 {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var waits: [String: Int64] = [:]
        for thread in threads { waits[thread] = totalNs(of: thread) }
        defer { lastWaitsNs = waits }
        return waits.compactMap { thread, wait in lastWaitsNs[thread].map { wait - $0 } }.max() ?? 0
    }

    private func totalNs(of thread: String) -> Int64? {
        guard let text = try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .ascii) else {
            return nil
        }
        return text.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
    }
}
