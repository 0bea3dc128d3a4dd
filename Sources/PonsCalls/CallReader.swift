import NIOCore
import NIOHTTP1

/// Reads calls of one connection, one at a time, and writes what is answered.
final class CallReader: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    typealias Hear = @Sendable (_ path: String, _ bytes: [UInt8], _ answer: EventLoopPromise<[UInt8]>) -> Void

    private let paths: Set<String>
    private let hear: Hear
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(paths: Set<String>, hear: @escaping Hear) {
        self.paths = paths
        self.hear = hear
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, [])
        // What is too long is counted, not kept.
        case .body(let bytes): if body.count <= HTTPCaller.largest { body += bytes.readableBytesView }
        case .end: if let head { answer(head, context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard paths.contains(head.uri) else { return respond(.notFound, [], head, context) }
        guard head.method == .POST else { return respond(.methodNotAllowed, [], head, context) }
        guard body.count <= HTTPCaller.largest else { return respond(.payloadTooLarge, [], head, context) }
        let answer = context.eventLoop.makePromise(of: [UInt8].self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        answer.futureResult.whenComplete { result in
            let (reader, context) = bound.value
            switch result {
            case .success(let bytes): reader.respond(.ok, bytes, head, context)
            case .failure: reader.respond(.serviceUnavailable, [], head, context)
            }
        }
        hear(head.uri, body, answer)
    }

    private func respond(
        _ status: HTTPResponseStatus, _ bytes: [UInt8], _ request: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        var head = HTTPResponseHead(version: request.version, status: status)
        head.headers = ["Content-Type": "application/json", "Content-Length": "\(bytes.count)"]
        if !request.isKeepAlive { head.headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        let isLast = !request.isKeepAlive
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if isLast { bound.value.close(promise: nil) }
        }
    }
}
