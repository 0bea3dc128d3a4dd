import Foundation

/// Watches how long a process on this machine was ready to run and was not let: a simulator that the host starves must not
/// be blamed for being late.
///
/// Reads Linux's `/proc/PID/schedstat`: time on the processor, time waiting for it, slices; of the main thread.
public struct SchedulerWitness: Sendable {
    private let path: String
    private var lastWaitNs: Int64?

    /// - Parameter process: that shares this machine's processors with the tester.
    public init(process: Int32) { path = "/proc/\(process)/schedstat" }

    /// How long the process waited since the last call, ns; 0 where the system does not tell.
    mutating func waitedNs() -> Int64 {
        guard let text = try? String(contentsOfFile: path, encoding: .ascii),
            let total = text.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        else { return 0 }
        defer { lastWaitNs = total }
        return lastWaitNs.map { total - $0 } ?? 0
    }
}
