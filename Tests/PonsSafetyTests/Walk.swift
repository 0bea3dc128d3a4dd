/// A seeded walk, and a digest of everything that was seen on it.
struct Walk {
    private var state: UInt64
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func flag() -> Bool { next() & 1 == 1 }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    /// Takes what was seen into the digest.
    mutating func saw(_ what: String) {
        for byte in what.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}
