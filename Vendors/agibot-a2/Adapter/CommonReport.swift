/// `CommonResponse`: an answer that says only whether it was done.
public struct CommonReport: Codable, Equatable, Sendable {
    public var header: ResponseHeader?

    public init(code: UInt64 = 0) { header = ResponseHeader(code: code) }
}
