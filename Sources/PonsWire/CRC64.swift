/// CRC-64 for frames above 4 KiB: polynomial 0x42F0E1EBA9EA3693, reflected, preset and final inversion all ones.
///
/// Check value of "123456789": 0x995DC9BBDF1939FA. Cost: two table steps a byte and 128 bytes of table; sixteen
/// bytes at once where `SlicingTables` are at hand.
public struct CRC64: Sendable {
    private var state: UInt64 = .max

    public init() {}

    public var value: UInt64 { ~state }

    public mutating func update(_ byte: UInt8) {
        state = Self.shifted(state ^ UInt64(byte))
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

    private static func shifted(_ state: UInt64) -> UInt64 {
        let half = state &>> 4 ^ table[Int(state & 0xF)]
        return half &>> 4 ^ table[Int(half & 0xF)]
    }

    #if !hasFeature(Embedded)
        private static let slices = SlicingTables(shifted: shifted)
    #endif

    private static let table: [16 of UInt64] = [
        0x0000_0000_0000_0000, 0x7D9B_A138_5133_6649, 0xFB37_4270_A266_CC92, 0x86AC_E348_F355_AADB,
        0x64B6_2BCA_EBC3_87A1, 0x192D_8AF2_BAF0_E1E8, 0x9F81_69BA_49A5_4B33, 0xE21A_C882_1896_2D7A,
        0xC96C_5795_D787_0F42, 0xB4F7_F6AD_86B4_690B, 0x325B_15E5_75E1_C3D0, 0x4FC0_B4DD_24D2_A599,
        0xADDA_7C5F_3C44_88E3, 0xD041_DD67_6D77_EEAA, 0x56ED_3E2F_9E22_4471, 0x2B76_9F17_CF11_2238,
    ]
}
