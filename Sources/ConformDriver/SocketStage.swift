public import PonsTransport

/// Real time and real sockets. Notes its own stalls: a tester that did not run must not blame the robot.
public final class SocketStage: Stage {
    /// A wake-up later than this is a stall worth noting.
    private static let stallNs: Int64 = 4_000_000

    public let startsFresh = false
    private let endpoint: Endpoint
    private var sockets: [Int: Socket] = [:]
    private var nextLink = 1
    private var lastActiveNs = MonotonicClock.nowNs

    public init(endpoint: Endpoint) { self.endpoint = endpoint }

    public var nowNs: Int64 { MonotonicClock.nowNs }

    public func open() throws(StageError) -> Int {
        do throws(Socket.Failure) {
            sockets[nextLink] = try Socket.connect(endpoint)
        } catch {
            throw StageError(
                error.description, hint: "is the robot running and listening there? try: pons-sim --listen \(endpoint)")
        }
        defer { nextLink += 1 }
        return nextLink
    }

    public func close(_ link: Int) { sockets.removeValue(forKey: link)?.close() }

    public func send(_ bytes: [UInt8], on link: Int) -> UInt32? {
        guard let socket = sockets[link] else { return nil }
        socket.send(bytes)
        return socket.sentMark
    }

    public func advance(to deadline: Int64, _ deliver: (Delivery) -> Bool) {
        while true {
            let planned = max(min(deadline, nowNs + 50_000_000), nowNs)
            Socket.wait(for: Array(sockets.values), until: planned)
            let now = nowNs
            if now - planned > Self.stallNs {
                _ = deliver(Delivery(link: 0, timeNs: now, kernelNs: nil, content: .stall(now - planned)))
            }
            var isDone = false
            for delivery in arrivals() { if deliver(delivery) { isDone = true } }
            if isDone || nowNs >= deadline { return }
        }
    }

    private func arrivals() -> [Delivery] {
        var all: [Delivery] = []
        for (link, socket) in sockets.sorted(by: { $0.key < $1.key }) {
            for stamp in socket.sendStamps() {
                all.append(
                    Delivery(link: link, timeNs: nowNs, kernelNs: stamp.kernelNs, content: .sent(mark: stamp.mark)))
            }
            for _ in 0..<32 {
                guard let received = socket.receive() else { break }
                let now = nowNs
                if received.bytes.isEmpty && socket.isStream {
                    all.append(Delivery(link: link, timeNs: now, kernelNs: nil, content: .closed))
                    sockets.removeValue(forKey: link)?.close()
                    break
                }
                all.append(
                    Delivery(link: link, timeNs: now, kernelNs: received.kernelNs, content: .bytes(received.bytes)))
            }
        }
        return all
    }
}
