/// CRC-32P4: polynomial 0xF4ACFB13, reflected, preset and final inversion all ones.
///
/// Chosen over the Ethernet polynomial because a safety check must differ from the one its transport uses (part BCH).
/// Check value of "123456789": 0x1697D06A. Cost: a table step a byte and
/// 1 KiB of table; sixteen bytes at once where `SlicingTables` are at hand.
public struct CRC32P4: Sendable {
    private var state: UInt32 = 0xFFFF_FFFF

    public init() {}

    /// The check sequence of everything given so far.
    public var value: UInt32 { ~state }

    public mutating func update(_ byte: UInt8) {
        state = Self.shifted(state ^ UInt32(byte))
    }

    /// Eight bytes, the first of them lowest.
    public mutating func update(word: UInt64) {
        #if hasFeature(Embedded)
            for shift in 0..<8 { update(UInt8(truncatingIfNeeded: word &>> UInt64(shift * 8))) }
        #else
            Self.slices.update(&state, word)
        #endif
    }

    /// The first `end` bytes.
    public mutating func update(_ bytes: RawSpan, upTo end: Int) {
        var done = 0
        #if !hasFeature(Embedded)
            done = Self.slices.update(&state, bytes, upTo: end)
        #endif
        for offset in done..<end { update(bytes.byte(at: offset)) }
    }

    private static func shifted(_ state: UInt32) -> UInt32 {
        state &>> 8 ^ table[Int(state & 0xFF)]
    }

    #if !hasFeature(Embedded)
        private static let slices = SlicingTables(shifted: shifted)
    #endif
}
