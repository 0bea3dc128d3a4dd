import NIOCore
import NIOHTTP1
import NIOPosix
public import PonsPort
import Synchronization

/// The asking side of a robot's calls over HTTP.
///
/// Calls to one path follow each other; each has exactly one answer, an empty one where the robot gave none in time.
public final class HTTPCaller: NativeBus {
    /// More unanswered requests than this are not sent: they are answered at once, with nothing.
    private static let depth = 8
    static let largest = 65_536

    private struct Line {
        var waiting: [[UInt8]] = []
        var isBusy = false
        var answers: [[UInt8]] = []
    }

    private let host: String
    private let patience: TimeAmount
    private let calls: [String: NativeCall]
    private let names: [String: String]
    private let lines: Mutex<[String: Line]>

    /// - Parameters:
    ///   - host: name or address of the robot.
    ///   - patienceNs: how long an answer is waited for.
    public init(host: String, calls: [NativeCall], patienceNs: Int64 = 1_000_000_000) {
        self.host = host
        patience = .nanoseconds(patienceNs)
        self.calls = Dictionary(uniqueKeysWithValues: calls.map { ($0.requests, $0) })
        names = Dictionary(uniqueKeysWithValues: calls.map { ($0.answers, $0.requests) })
        lines = Mutex(Dictionary(uniqueKeysWithValues: calls.map { ($0.requests, Line()) }))
    }

    public func publish(_ bytes: [UInt8], on topic: String) {
        guard let call = calls[topic] else { return }
        let isFirst = lines.withLock { lines in
            if lines[topic]!.waiting.count >= Self.depth {
                lines[topic]!.answers.append([])
                return false
            }
            lines[topic]!.waiting.append(bytes)
            defer { lines[topic]!.isBusy = true }
            return !lines[topic]!.isBusy
        }
        if isFirst { goOn(call) }
    }

    public func take(_ topic: String) -> [[UInt8]] {
        guard let name = names[topic] else { return [] }
        return lines.withLock { lines in
            let answers = lines[name]!.answers
            lines[name]!.answers = []
            return answers
        }
    }

    /// Sends what waits longest.
    private func goOn(_ call: NativeCall) {
        let next = lines.withLock { lines -> [UInt8]? in
            lines[call.requests]!.isBusy = !lines[call.requests]!.waiting.isEmpty
            return lines[call.requests]!.isBusy ? lines[call.requests]!.waiting.removeFirst() : nil
        }
        guard let next else { return }
        ask(call, next).whenComplete { answer in
            self.lines.withLock { $0[call.requests]!.answers.append((try? answer.get()) ?? []) }
            self.goOn(call)
        }
    }

    private func ask(_ call: NativeCall, _ body: [UInt8]) -> EventLoopFuture<[UInt8]> {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let answer = loop.makePromise(of: [UInt8].self)
        let (host, port, patience) = (host, Int(call.port), patience)
        ClientBootstrap(group: loop).connectTimeout(patience).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(AnswerReader(answer))
            }
        }.connect(host: host, port: port).whenComplete { connected in
            switch connected {
            case .failure(let error): answer.fail(error)
            case .success(let channel):
                answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
                Self.send(body, to: call, of: host, on: channel)
            }
        }
        let late = loop.scheduleTask(in: patience) { answer.fail(ChannelError.connectTimeout(patience)) }
        answer.futureResult.whenComplete { _ in late.cancel() }
        return answer.futureResult
    }

    private static func send(_ body: [UInt8], to call: NativeCall, of host: String, on channel: any Channel) {
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: call.path)
        head.headers = [
            "Host": "\(host):\(call.port)", "Content-Type": "application/json", "Content-Length": "\(body.count)",
            "Connection": "close",
        ]
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
}
