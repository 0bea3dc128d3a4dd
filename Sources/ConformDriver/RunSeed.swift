import PonsTransport

/// The seed of a run, from which whatever is drawn in it follows: what has a name of its own has numbers of its own, whichever is
/// played first.
struct RunSeed: Sendable {
    let value: UInt64

    /// The seed and a name, mixed.
    func mixed(with name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var generator = SplitMix64(seed: hash ^ value)
        return generator.next()
    }
}
