import Foundation
import PonsTransport

/// How late this computer itself makes replies look: round trips to a peer that answers at once, on the same kind of link
/// (CNF-05). Measured before and after a run; what it finds goes into every verdict about time.
public struct HostCalibration: Sendable {
    /// From when each ping was due to when its answer came, sorted; ns.
    public let roundTripsNs: [Int64]

    public init(roundTripsNs: [Int64]) { self.roundTripsNs = roundTripsNs.sorted() }

    /// The share `q` of round trips takes no longer; ns.
    public func quantileNs(_ q: Double) -> Int64 {
        guard !roundTripsNs.isEmpty else { return 0 }
        return roundTripsNs[min(roundTripsNs.count - 1, Int((Double(roundTripsNs.count) * q).rounded(.up)) - 1)]
    }

    /// What counts as the tester's own share of a delay; ns.
    public var testerDelayNs: Int64 { quantileNs(0.999) }

    /// A limit may only be failed from this computer where it is at least four times as long; ns.
    public var shortestLimitNs: Int64 { 4 * testerDelayNs }

    /// The tester's share of a run that was calibrated before and after it: the larger, where it grew to more than twice.
    public static func testerDelayNs(before: HostCalibration, after: HostCalibration) -> Int64 {
        after.testerDelayNs > 2 * before.testerDelayNs ? after.testerDelayNs : before.testerDelayNs
    }

    /// A thread that answers everything at once, on a socket of this computer.
    private final class NullRobot: Thread {
        private let listener: Socket
        /// Should the peer never close.
        private let untilNs = MonotonicClock.nowNs + 2 * HostCalibration.patienceNs

        init(_ listener: Socket) { self.listener = listener }

        override func main() {
            Socket.wait(for: [listener], until: untilNs)
            guard let socket = listener.accept() else { return }
            while MonotonicClock.nowNs < untilNs {
                Socket.wait(for: [socket], until: untilNs)
                guard let received = socket.receive() else { continue }
                if received.bytes.isEmpty { return socket.close() }
                socket.send(received.bytes)
            }
        }
    }

    /// On a computer that is this slow, fewer pings have to do: what they show is bad enough.
    private static let patienceNs: Int64 = 20_000_000_000

    /// Pings the null robot, one a millisecond. Cost: as many milliseconds as pings, at most 20 s.
    public static func measure(pings: Int = 2000) throws(StageError) -> HostCalibration {
        do throws(Socket.Failure) {
            let listener = try Socket.listen(.tcp(host: "127.0.0.1", port: 0))
            NullRobot(listener).start()
            let socket = try Socket.connect(.tcp(host: "127.0.0.1", port: UInt16(listener.port)))
            defer {
                socket.close()
                listener.close()
            }
            return HostCalibration(roundTripsNs: ping(socket, pings))
        } catch {
            throw StageError(
                "this computer could not be calibrated: \(error.description)",
                hint: "may programs open sockets on 127.0.0.1 here?")
        }
    }

    /// An answer that never comes counts as 100 ms.
    private static func ping(_ socket: Socket, _ count: Int) -> [Int64] {
        let endNs = MonotonicClock.nowNs + patienceNs
        var due = MonotonicClock.nowNs + 10_000_000
        var roundTripsNs: [Int64] = []
        while roundTripsNs.count < count && MonotonicClock.nowNs < endNs {
            due = max(due + 1_000_000, MonotonicClock.nowNs)
            roundTripsNs.append(ping(socket, due))
        }
        return roundTripsNs
    }

    private static func ping(_ socket: Socket, _ due: Int64) -> Int64 {
        Socket.wait(for: [], until: due)
        socket.send([UInt8](repeating: 0x50, count: 64))
        while MonotonicClock.nowNs < due + 100_000_000 {
            Socket.wait(for: [socket], until: due + 100_000_000)
            if let received = socket.receive(), !received.bytes.isEmpty {
                return max(0, (received.kernelNs ?? MonotonicClock.nowNs) - due)
            }
        }
        return 100_000_000
    }
}
