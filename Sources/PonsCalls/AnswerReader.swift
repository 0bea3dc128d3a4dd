import NIOCore
import NIOHTTP1

/// Reads one answer.
final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    enum Failure: Error {
        case status(UInt)
        case tooLong
        case closed
    }

    private let answer: EventLoopPromise<[UInt8]>
    private var body: [UInt8] = []

    init(_ answer: EventLoopPromise<[UInt8]>) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): if head.status != .ok { answer.fail(Failure.status(head.status.code)) }
        case .body(let bytes):
            body += bytes.readableBytesView
            if body.count > HTTPCaller.largest { answer.fail(Failure.tooLong) }
        case .end: answer.succeed(body)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(Failure.closed) }
}
