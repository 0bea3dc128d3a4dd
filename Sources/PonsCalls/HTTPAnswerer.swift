import NIOCore
import NIOHTTP1
import NIOPosix
public import PonsPort
import Synchronization

/// The answering side of calls over HTTP: a simulated robot's. What isn't one of its calls is told so by a status.
public final class HTTPAnswerer: NativeBus {
    private typealias Answer = EventLoopPromise<[UInt8]>

    /// What was asked on each path, shared with the connections.
    private final class Lines: Sendable {
        private struct Line {
            var requests: [(bytes: [UInt8], answer: Answer)] = []
            var taken: [Answer] = []
        }

        private let lines = Mutex<[String: Line]>([:])

        func hear(_ name: String, _ bytes: [UInt8], _ answer: Answer) {
            lines.withLock { $0[name, default: Line()].requests.append((bytes, answer)) }
        }

        func take(_ name: String) -> [[UInt8]] {
            lines.withLock { lines in
                guard let requests = lines[name]?.requests else { return [] }
                lines[name]!.requests = []
                lines[name]!.taken += requests.map(\.answer)
                return requests.map(\.bytes)
            }
        }

        /// Whoever has waited longest for an answer.
        func next(_ name: String) -> Answer? {
            lines.withLock { lines in
                lines[name]?.taken.isEmpty == false ? lines[name]!.taken.removeFirst() : nil
            }
        }

        func end() {
            let waiting = lines.withLock { lines in
                defer { lines = [:] }
                return lines.values.flatMap { $0.requests.map(\.answer) + $0.taken }
            }
            for answer in waiting { answer.fail(ChannelError.eof) }
        }
    }

    private let names: [String: String]
    private let lines = Lines()
    private let channels: [any Channel]

    /// Listens on every port that calls have.
    ///
    /// - Throws: where a port can't be listened on.
    public init(host: String, calls: [NativeCall]) throws {
        names = Dictionary(uniqueKeysWithValues: calls.map { ($0.answers, $0.requests) })
        channels = try Set(calls.map(\.port)).map { [lines] port in
            try Self.listen(host, port, Set(calls.filter { $0.port == port }.map(\.path)), lines)
        }
    }

    deinit {
        for channel in channels { channel.close(promise: nil) }
        lines.end()
    }

    private static func listen(
        _ host: String, _ port: UInt16, _ paths: Set<String>, _ lines: Lines
    ) throws -> any Channel {
        try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        CallReader(paths: paths) { path, bytes, answer in
                            lines.hear(NativeCall(port: port, path: path).requests, bytes, answer)
                        })
                }
            }.bind(host: host, port: Int(port)).wait()
    }

    /// Answers whoever has waited longest.
    public func publish(_ bytes: [UInt8], on topic: String) {
        guard let name = names[topic] else { return }
        lines.next(name)?.succeed(bytes)
    }

    public func take(_ topic: String) -> [[UInt8]] { lines.take(topic) }
}
