/// `ResponseHeader`. JSON of protobuf has 64-bit numbers as text, and leaves out what is 0.
public struct ResponseHeader: Codable, Equatable, Sendable {
    /// 0 is done.
    public var code: UInt64

    private enum Key: CodingKey { case code }

    public init(code: UInt64 = 0) { self.code = code }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        if !fields.contains(.code) {
            code = 0
        } else if let text = try? fields.decode(String.self, forKey: .code), let number = UInt64(text) {
            code = number
        } else {
            code = try fields.decode(UInt64.self, forKey: .code)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(String(code), forKey: .code)
    }
}
