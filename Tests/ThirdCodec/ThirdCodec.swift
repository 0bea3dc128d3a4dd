import SwiftProtobuf

/// What swift-protobuf makes of the same bytes.
public enum ThirdCodec {
    private static let byName = Dictionary(uniqueKeysWithValues: types.map { ($0.protoMessageName, $0) })

    /// Full names of the messages it knows.
    public static var names: some Collection<String> { byName.keys }

    /// The message in canonical form, or `nil` where it is refused.
    public static func recode(_ bytes: [UInt8], as name: String) -> [UInt8]? {
        guard let type = byName[name] else { preconditionFailure("the third codec does not know \(name)") }
        return try? type.init(serializedBytes: bytes).serializedBytes()
    }
}
