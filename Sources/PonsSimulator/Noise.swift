/// Deterministic noise of a sensor, uniform in −1 … 1.
struct Noise: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    mutating func next() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(Int64(bitPattern: state)) / Double(Int64.max)
    }
}
