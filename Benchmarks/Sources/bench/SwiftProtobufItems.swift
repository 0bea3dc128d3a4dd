import SwiftProtobuf

/// swift-protobuf; it offers no decoding into storage that is used again.
enum SwiftProtobufItems {
    static func all<M: SwiftProtobuf.Message>(_ message: Int, _ wire: [[UInt8]], _: M.Type) -> [Item] {
        let values = wire.map { try! M(serializedBytes: $0) }
        return [
            Item(codec: "swift-protobuf", message: message, operation: "encode") { count in
                for index in 0..<count { _ = try! values[index & 7].serializedBytes() as [UInt8] }
            },
            Item(codec: "swift-protobuf", message: message, operation: "decode new") { count in
                for index in 0..<count { _ = try! M(serializedBytes: wire[index & 7]) }
            },
        ]
    }
}
