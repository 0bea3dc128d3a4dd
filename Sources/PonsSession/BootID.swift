/// Sixteen random bytes, new at every boot of a robot.
public struct BootID: Equatable, Hashable, Sendable {
    public let words: [UInt64]

    public init<G: RandomNumberGenerator>(using generator: inout G) {
        words = [generator.next(), generator.next()]
    }

    /// From sixteen bytes of a message, or `nil` for any other count.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        words = [0, 8].map { start in
            (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64($1 * 8) }
        }
    }

    public var bytes: [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } }
    }
}
