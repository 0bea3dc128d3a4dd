/// Damages bytes the way links, bugs and attackers do.
struct Mutator {
    var random: Random

    init(seed: UInt64) { random = Random(seed: seed ^ 0xDA4A6E) }

    /// One to three damages.
    mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(3) { damageOnce(&bytes) }
        return bytes
    }

    private mutating func damageOnce(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(truncatingIfNeeded: random.next())) }
        let place = random.below(bytes.count)
        switch random.below(7) {
        case 0: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes[place] = random.pick([0, 1, 0x7F, 0x80, 0xFF])
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.remove(at: place)
        case 5: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        default:
            let end = min(bytes.count, place + 1 + random.below(16))
            bytes.insert(contentsOf: bytes[place..<end], at: place)
        }
    }
}
